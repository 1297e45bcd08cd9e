// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Datagrams too large for the servers' link: a real kernel puts our fragments together, and learns
/// the path's MTU from our errors.
@NetworkTest
class FragmentIT {
    private static final int MTU = 1400;
    private static final int ECHO_PORT = 7;
    private static final int TIMEOUT_MS = 5_000;
    private static final Endpoint SERVICE = new Endpoint(Lab.VIRTUAL, ECHO_PORT);

    private static final String YAML =
            """
            workers: {count: 1, connections: 1024}
            memory: {hugepages: none}
            ports:
              - {name: outside, device: "af_packet:%s"}
              - {name: inside, device: "af_packet:%s", mtu: %d}
            addresses:
              - {address: %s, device: outside}
              - {address: %s, device: inside}
              - {address: %s/32, device: outside}
            services:
              - protocol: udp
                address: %s
                servers: [{address: "%s:%d"}]
                locals: [{address: %s, device: inside}]
            """
                    .formatted(
                            Lab.OUTSIDE_INTERFACE,
                            Lab.INSIDE_INTERFACE,
                            MTU,
                            Lab.OUTSIDE,
                            Lab.INSIDE,
                            Lab.VIRTUAL,
                            SERVICE,
                            Lab.serverAddress(1),
                            ECHO_PORT,
                            Lab.LOCAL.getFirst());

    private final Lab lab = Lab.create("fullnat-fragment", 1);
    private final RunningBalancer balancer =
            lab.balancer()
                    .call(() ->
                            RunningBalancer.overDpdk(ConfigurationFile.parse("fragments", YAML)));
    private final DatagramSocket server = bound(lab.server(1));
    private final DatagramSocket client = connected(lab.client());

    private static DatagramSocket bound(NetworkNamespace namespace) {
        return namespace.call(() -> {
            DatagramSocket socket =
                    new DatagramSocket(
                            new InetSocketAddress(Lab.serverAddress(1).toString(), ECHO_PORT));
            socket.setSoTimeout(TIMEOUT_MS);
            return socket;
        });
    }

    private static DatagramSocket connected(NetworkNamespace namespace) {
        return namespace.call(() -> {
            DatagramSocket socket = new DatagramSocket();
            socket.connect(new InetSocketAddress(Lab.VIRTUAL.toString(), ECHO_PORT));
            socket.setSoTimeout(TIMEOUT_MS);
            return socket;
        });
    }

    @AfterEach
    void close() {
        server.close();
        client.close();
        balancer.close();
        lab.close();
    }

    private long count(Outcome outcome) {
        return balancer.engine().counters().total(outcome);
    }

    private void send(byte[] payload) throws IOException {
        client.send(new DatagramPacket(payload, payload.length));
    }

    private byte[] arrived() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        server.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    /// 1372 bytes fit the link exactly.
    @ParameterizedTest
    @ValueSource(ints = {1372, 1373, 1380, 1381, 1472})
    void aDatagramThatMayBeFragmentedArrives(int length) throws IOException {
        client.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, false);

        send(Noise.of(length));

        assertThat(arrived()).isEqualTo(Noise.of(length));
        until(() -> count(Outcome.FORWARDED_IN) == 1);
        assertThat(balancer.engine().counters().total(Counter.FRAGMENTED))
                .isEqualTo(length > 1372 ? 1 : 0);
    }

    @Test
    void aSenderThatForbidsFragmentsLearnsTheMtuAndSendsLess() throws IOException {
        client.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
        send(Noise.of(1373));
        until(() -> count(Outcome.TOO_BIG) == 1);

        until(() -> refused(Noise.of(1373)));
        until(() ->
                !refused(Noise.of(1372))); // the kernel tells an error that came by the next send
        assertThat(arrived()).isEqualTo(Noise.of(1372));
    }

    private boolean refused(byte[] payload) {
        try {
            send(payload);
            return false;
        } catch (IOException tooLong) {
            assertThat(tooLong).hasMessageContaining("too long");
            return true;
        }
    }

    private static void until(BooleanSupplier happened) {
        long deadlineNs = System.nanoTime() + 1_000_000L * TIMEOUT_MS;
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as("nanoseconds too late").isNegative();
            LockSupport.parkNanos(1);
        }
    }
}
