// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeTarget;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.Arrays;

/// Datagrams to and from one server, from a port of its own, so that only its answers and ICMP
/// errors about it are heard. For one thread.
final class ProbeDatagrams implements Closeable {
    private static final int MAX_LENGTH = 65_507;

    private final DatagramSocket socket;
    private final byte[] greeting;
    private final Deadline deadline;

    private ProbeDatagrams(DatagramSocket socket, byte[] greeting, Deadline deadline) {
        this.socket = socket;
        this.greeting = greeting;
        this.deadline = deadline;
    }

    static ProbeDatagrams open(ProbeTarget target, Deadline deadline) throws IOException {
        DatagramSocket socket = bound(target);
        try {
            socket.connect(SocketAddresses.of(target.endpoint()));
            return new ProbeDatagrams(socket, target.greeting(), deadline);
        } catch (IOException | RuntimeException | Error failed) {
            socket.close();
            throw failed;
        }
    }

    private static DatagramSocket bound(ProbeTarget target) throws CannotAskException {
        try {
            return new DatagramSocket(SocketAddresses.source(target));
        } catch (IOException failed) {
            throw new CannotAskException(failed);
        }
    }

    void send(byte[] payload) throws IOException {
        byte[] all = Arrays.copyOf(greeting, greeting.length + payload.length);
        System.arraycopy(payload, 0, all, greeting.length, payload.length);
        socket.send(new DatagramPacket(all, all.length));
    }

    byte[] receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[MAX_LENGTH], MAX_LENGTH);
        socket.setSoTimeout(deadline.millis());
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    @Override
    public void close() {
        socket.close();
    }
}
