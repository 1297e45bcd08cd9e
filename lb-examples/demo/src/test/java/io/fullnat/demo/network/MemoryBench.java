// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.ArrayList;
import java.util.List;

/// A bench of ports in memory.
final class MemoryBench extends OutcomeBench {
    private final InMemoryIo io;
    private final FrameEnd client;
    private final FrameEnd server;

    MemoryBench(Settings settings) {
        this(open(settings), settings);
    }

    private MemoryBench(InMemoryIo io, Settings settings) {
        super(io, settings);
        this.io = io;
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
    }

    private static InMemoryIo open(Settings settings) {
        return InMemoryIo.builder()
                .buffers(8192)
                .wire(
                        PortSettings.of("wan", WAN_MAC).withQueues(settings.workers()),
                        PortSettings.of("client", CLIENT_MAC))
                .wire(
                        PortSettings.of("lan", LAN_MAC)
                                .withMtu(settings.lanMtu())
                                .withQueues(settings.workers()),
                        PortSettings.of("server", SERVER_MAC).withMtu(settings.lanMtu()))
                .open();
    }

    @Override
    void transmit(boolean fromClient, byte[] frame) {
        (fromClient ? client : server).send(frame);
    }

    @Override
    List<byte[]> arrived() {
        List<byte[]> frames = new ArrayList<>(client.receiveAll());
        frames.addAll(server.receiveAll());
        return frames;
    }

    @Override
    void cutClients() {
        io.wire("wan").link(false);
    }
}
