// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.List;

/// A host with addresses of both families and a way out onto a wire, for tests of its parts: these
/// are made by the tests, beside those that the host has itself.
final class OneHost implements AutoCloseable {
    static final String MAC = "02:00:00:00:00:01";
    static final String PEER = "02:00:00:00:00:02";
    static final String ALL = "ff:ff:ff:ff:ff:ff";
    static final String NONE = "00:00:00:00:00:00";
    static final String OWN = "10.0.0.1";
    static final String OWN_6 = "2001:db8::1";

    final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(1024)
                    .wire(
                            PortSettings.of("host", MAC).withQueueDepth(1024),
                            PortSettings.of("peer", PEER).withQueueDepth(1024))
                    .open();
    final SimulatedHost host =
            SimulatedHost.at(io.wire("host").near(), io.buffers())
                    .address(OWN + "/24")
                    .address(OWN_6 + "/64")
                    .start();
    final Outbox outbox = new Outbox(io.wire("host").near(), io.buffers(), host.counters());
    private final FrameEnd peer = new FrameEnd(io.wire("peer").far(), io.buffers());

    /// Sets the host's time.
    void at(long ms) {
        host.doWork(ms * 1_000_000);
    }

    /// Sends what there is to send.
    List<byte[]> out() {
        outbox.flush();
        host.doWork(host.nowNs());
        return peer.receiveAll();
    }

    @Override
    public void close() {
        out();
        assertThat(io.buffers().inUse()).as("buffers in use").isZero();
        io.close();
    }
}
