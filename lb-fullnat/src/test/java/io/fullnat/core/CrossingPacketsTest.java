// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Packets between families, and of one, leave their loops as those do that are handled one by one:
/// two balancers get the same bursts, of which one is made to look at each packet. Some connections
/// have numbers that are moved, and what most of a burst is of changes.
class CrossingPacketsTest {
    private static final int FLOWS = 6;
    private static final int MOVED = 2;
    private static final int BURSTS = 200;

    /// Several connections of a rig, the first of them with numbers that are moved.
    private static final class Side {
        final Rig rig;
        final List<TcpFlow> flows = new ArrayList<>();

        /// @param careful whether each packet is an event
        Side(FamilyPair families, boolean careful) {
            rig = Rig.of(families).configured();
            ConnectionTable table = rig.balancer.workersThemselves().getFirst().connections();
            for (int i = 0; i < FLOWS; i++) {
                flows.add(TcpFlow.established(rig, 40000 + i));
            }
            List<Long> entries = new ArrayList<>();
            table.visit(0, Integer.MAX_VALUE, entries::add);
            for (int i = 0; i < FLOWS; i++) {
                long entry = entries.get(i);
                if (i < MOVED) {
                    table.shifts().set(entry, 1000 * i + 7, -5);
                }
                ConnectionLayout.metered(entry, careful);
                TcpMoves.watch(entry, ConnectionState.ESTABLISHED);
            }
        }

        List<byte[]> burst(long seed) {
            RandomGenerator random = Seed.generator(seed);
            boolean inbound = random.nextBoolean();
            boolean mostlyMoved = random.nextInt(4) == 0;
            int count = 1 + random.nextInt(64);
            for (int i = 0; i < count; i++) {
                int limit = mostlyMoved && random.nextInt(8) != 0 ? MOVED : FLOWS;
                TcpFlow flow = flows.get(random.nextInt(limit));
                PacketBuilder frame = inbound ? flow.client() : flow.server();
                (inbound ? rig.client : rig.server).send(segment(random, frame));
            }
            rig.run();
            List<byte[]> out = rig.out();
            out.forEach(CrossingPacketsTest::forgetIdentification);
            return out;
        }
    }

    /// What becomes IPv4 is numbered as it is translated.
    private static void forgetIdentification(byte[] frame) {
        if (!IpFrame.isIpv6(frame)) {
            ByteBuffer.wrap(frame).putShort(18, (short) 0).putShort(24, (short) 0);
        }
    }

    /// Some are too long for IPv6 with what it adds, some damaged, some without hops left.
    private static PacketBuilder segment(RandomGenerator random, PacketBuilder frame) {
        int length = random.nextInt(12) == 0 ? 1430 + random.nextInt(31) : random.nextInt(90);
        frame.flags(random.nextInt(3) == 0 ? Tcp.ACK | Tcp.PSH : Tcp.ACK)
                .sequence(random.nextInt())
                .acknowledgement(random.nextInt())
                .payload(new byte[random.nextInt(4) == 0 ? 0 : length]);
        if (random.nextInt(20) == 0) {
            frame.timeToLive(1);
        }
        return random.nextInt(20) == 0 ? frame.badTransportChecksum() : frame;
    }

    @ParameterizedTest
    @EnumSource
    void burstsLeaveAsPacketsDoThatAreLookedAtOneByOne(FamilyPair families) {
        long seed = Seed.of(20L);
        RandomGenerator random = Seed.generator(seed);
        Side fast = new Side(families, false);
        Side careful = new Side(families, true);
        try (Rig first = fast.rig;
                Rig second = careful.rig) {
            for (int burst = 0; burst < BURSTS; burst++) {
                long packets = random.nextLong();
                List<byte[]> expected = careful.burst(packets);
                assertThat(fast.burst(packets))
                        .as("%s, seed %d, burst %d", families, seed, burst)
                        .containsExactlyElementsOf(expected);
            }
            for (Outcome outcome : Outcome.values()) {
                assertThat(first.count(outcome)).as("%s", outcome).isEqualTo(second.count(outcome));
            }
            assertThat(first.count(Outcome.FORWARDED_IN)).isPositive();
            assertThat(first.count(Outcome.FORWARDED_OUT)).isPositive();
        }
    }
}
