// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Honest senders beside a flood: each of their packets that is due an answer gets one. Frames of a
/// second go by in steps of a millisecond.
class AnswersInAFloodTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final int MILLISECONDS = 1500;
    private static final int FLOOD_PER_MS = 20;
    private static final int UNUSED = 9;

    private final Rig rig = new Rig();
    private final RandomGenerator random = Seed.generator(11);

    @AfterEach
    void close() {
        rig.close();
    }

    private static PacketBuilder from(int source, String destination) {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                .ipv4(new Ipv4Address(source), Ipv4Address.parse(destination));
    }

    private int stranger() {
        return 0x2000_0000 | (random.nextInt() >>> 3);
    }

    private int ofOneNetwork() {
        return 0xCB00_7100 | random.nextInt(256);
    }

    /// Floods, with one honest packet in every ten milliseconds.
    ///
    /// @param honest the honest packet of a number
    /// @return the addresses of honest senders that heard nothing; they are 10.0.0.0/8
    private Set<Integer> unanswered(Runnable flood, IntFunction<PacketBuilder> honest) {
        Set<Integer> waiting = new HashSet<>();
        for (int ms = 0; ms < MILLISECONDS; ms++) {
            for (int i = 0; i < FLOOD_PER_MS; i++) {
                flood.run();
            }
            if (ms % 10 == 0) {
                rig.client.send(honest.apply(ms / 10));
                waiting.add(honest(ms / 10));
            }
            rig.pass(Duration.ofMillis(1));
            for (byte[] frame : rig.client.receiveAll()) {
                waiting.remove(destination(frame));
            }
            rig.server.receiveAll();
        }
        assertThat(rig.count(Counter.ERRORS_SUPPRESSED)).as("of the flood").isPositive();
        return waiting;
    }

    private static int honest(int number) {
        return 10 << 24 | number << 8 | 5;
    }

    private static int destination(byte[] frame) {
        return frame[30] << 24
                | (frame[31] & 0xFF) << 16
                | (frame[32] & 0xFF) << 8
                | (frame[33] & 0xFF);
    }

    @Test
    void datagramsOfOneNetworkMuteNobody() {
        rig.configured();

        assertThat(
                        unanswered(
                                () ->
                                        rig.client.send(
                                                from(ofOneNetwork(), Rig.VIP).udp(1000, UNUSED)),
                                n -> from(honest(n), Rig.VIP).udp(1000, UNUSED)))
                .isEmpty();
    }

    @Test
    void datagramsOfManyNetworksToOneAddressMuteNoOther() {
        rig.configured();

        assertThat(
                        unanswered(
                                () -> rig.client.send(from(stranger(), Rig.VIP).udp(1000, UNUSED)),
                                n -> from(honest(n), ADDRESS).udp(1000, UNUSED)))
                .isEmpty();
    }

    @Test
    void datagramsMuteNoResets() {
        rig.configured();

        assertThat(
                        unanswered(
                                () -> rig.client.send(from(stranger(), Rig.VIP).udp(1000, UNUSED)),
                                n ->
                                        from(honest(n), Rig.VIP)
                                                .tcp(1000, UNUSED)
                                                .flags(Tcp.SYN)
                                                .sequence(1)))
                .isEmpty();
    }

    @Test
    void strangersMuteNoErrorsAboutConnections() {
        rig.configured();
        for (int n = 0; n < MILLISECONDS / 10; n++) {
            rig.clientSends(from(honest(n), Rig.VIP).udp(1000, 53));
        }
        long connections = rig.count(Counter.CONNECTIONS_CREATED);

        assertThat(
                        unanswered(
                                () -> rig.client.send(from(stranger(), Rig.VIP).udp(1000, UNUSED)),
                                n -> from(honest(n), Rig.VIP).timeToLive(1).udp(1000, 53)))
                .isEmpty();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isEqualTo(connections);
    }
}
