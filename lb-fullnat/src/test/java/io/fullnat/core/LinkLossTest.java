// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A link goes down and comes back under traffic: nothing that could not be sent counts as sent.
final class LinkLossTest {
    private static PacketBuilder request(int client) {
        return Rig.fromClient().udp(20000 + client, 53).payload(new byte[30]);
    }

    @Test
    void whatCannotLeaveIsCountedAsThat() {
        try (Rig rig = new Rig().configured()) {
            rig.client.send(request(1));
            rig.run();
            assertThat(rig.server.receiveAll()).hasSize(1);
            long sent = rig.balancer.counters().total(Counter.SENT);

            rig.io.wire("lan").link(false);
            // before and after the control plane has seen it
            rig.client.send(request(1));
            rig.client.send(request(2));
            rig.run();
            rig.pass(Duration.ofMillis(200));
            rig.client.send(request(1));
            rig.client.send(request(3));
            rig.run();

            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(4);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_IN)).isEqualTo(1);
            assertThat(rig.balancer.counters().total(Counter.SENT)).isEqualTo(sent);

            rig.io.wire("lan").link(true);
            rig.pass(Duration.ofMillis(200));
            rig.out(); // announcements
            for (int client = 1; client <= 3; client++) {
                rig.client.send(request(client));
            }
            rig.run();

            assertThat(rig.server.receiveAll()).hasSize(3);
            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(4);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_IN)).isEqualTo(4);
        }
    }

    @Test
    void theOtherDirectionGoesOnWhileOneLinkIsDown() {
        try (Rig rig = new Rig().configured()) {
            rig.client.send(request(1));
            rig.run();
            byte[] received = rig.server.receiveAll().getFirst();
            int localPort = ((received[34] & 0xFF) << 8) | (received[35] & 0xFF);
            rig.io.wire("wan").link(false);
            rig.pass(Duration.ofMillis(200));

            rig.server.send(Rig.fromServer().udp(5353, localPort).payload(new byte[30]));
            rig.run();

            assertThat(rig.balancer.counters().total(Outcome.LINK_DOWN)).isEqualTo(1);
            assertThat(rig.balancer.counters().total(Outcome.FORWARDED_OUT)).isZero();
            assertThat(rig.io.buffers().inUse()).isZero();
        }
    }

    /// At the other end may be another switch: it learns where our addresses are, by one worker's
    /// requests, each sent twice (RFC 5227 §2.3); the port whose link stayed sends none.
    @Test
    void aLinkThatComesBackIsToldItsAddresses() {
        try (Rig rig = new Rig(2, 1024).configured()) {
            rig.io.wire("wan").link(false);
            rig.pass(Duration.ofMillis(200));
            rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.9/24", "wan")));
            rig.pass(Duration.ofSeconds(5));
            assertThat(rig.out()).isEmpty();

            rig.io.wire("wan").link(true);
            rig.pass(Duration.ofMillis(200));

            assertThat(announced(rig)).containsExactlyInAnyOrder("192.0.2.1", Rig.VIP, "192.0.2.9");
            rig.pass(Duration.ofSeconds(2));
            assertThat(announced(rig)).containsExactlyInAnyOrder("192.0.2.1", Rig.VIP, "192.0.2.9");
            rig.pass(Duration.ofSeconds(9));
            assertThat(rig.out()).isEmpty();
        }
    }

    /// The addresses that ARP requests for themselves have told the clients' side, and none the
    /// servers'.
    private static List<String> announced(Rig rig) {
        assertThat(rig.server.receiveAll()).isEmpty();
        return rig.client.receiveAll().stream()
                .map(ByteBuffer::wrap)
                .peek(frame -> assertThat(frame.getShort(12)).isEqualTo((short) 0x0806))
                .peek(frame -> assertThat(frame.getShort(20)).as("request").isEqualTo((short) 1))
                .peek(frame -> assertThat(frame.getInt(28)).isEqualTo(frame.getInt(38)))
                .map(frame ->
                        (frame.get(28) & 0xFF)
                                + "."
                                + (frame.get(29) & 0xFF)
                                + "."
                                + (frame.get(30) & 0xFF)
                                + "."
                                + (frame.get(31) & 0xFF))
                .toList();
    }
}
