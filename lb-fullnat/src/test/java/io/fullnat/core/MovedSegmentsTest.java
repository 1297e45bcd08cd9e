// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Segments whose numbers are moved in loops of their own leave as those do that are handled one by
/// one: two balancers get the same bursts, of which one is made to look at each packet.
@Tag("optimized")
class MovedSegmentsTest {
    private static final int FLOWS = 5;
    private static final int BURSTS = 150;
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    private static final int PERIODS = 4;

    /// Several connections of a rig, all but the last with numbers that are moved.
    private static final class Side {
        final Rig rig;
        final List<TcpFlow> flows = new ArrayList<>();
        final List<Long> entries = new ArrayList<>();

        /// @param careful whether each packet is an event
        Side(FamilyPair families, long seed, boolean careful) {
            rig = Rig.of(families).configured();
            RandomGenerator random = Seed.generator(seed);
            SequenceShifts shifts =
                    rig.balancer.workersThemselves().getFirst().connections().shifts();
            for (int i = 0; i < FLOWS; i++) {
                flows.add(TcpFlow.established(rig, 40000 + i));
            }
            rig.balancer
                    .workersThemselves()
                    .getFirst()
                    .connections()
                    .visit(0, Integer.MAX_VALUE, entries::add);
            for (long entry : entries.subList(0, FLOWS - 1)) {
                ConnectionLayout.metered(entry, careful);
                shifts.set(entry, random.nextInt(), random.nextInt());
                int end = random.nextInt(3);
                if (end != 0) {
                    shifts.set(entry, end == 1 ? random.nextInt() : 0, end == 2 ? -7 : 0);
                }
                if (random.nextInt(4) != 0) {
                    int client = random.nextBoolean() ? 0 : random.nextInt();
                    shifts.timestamps(entry, client, random.nextInt());
                }
                if (random.nextInt(4) != 0) {
                    shifts.windows(entry, random.nextInt(29) - 14, random.nextInt(29) - 14);
                }
            }
        }

        /// What comes out of a burst from either side.
        List<byte[]> burst(long seed) {
            RandomGenerator random = Seed.generator(seed);
            boolean inbound = random.nextBoolean();
            int count = 1 + random.nextInt(40);
            for (int i = 0; i < count; i++) {
                TcpFlow flow = flows.get(random.nextInt(FLOWS));
                PacketBuilder frame = segment(random, inbound ? flow.client() : flow.server());
                (inbound ? rig.client : rig.server).send(frame);
            }
            rig.run();
            List<byte[]> out = rig.out();
            out.forEach(MovedSegmentsTest::forgetIdentification);
            return out;
        }

        /// The latest acknowledgements, as either direction's flow has them.
        List<Integer> acknowledged() {
            List<Integer> all = new ArrayList<>();
            for (long entry : entries) {
                all.add(Memory.getInt(entry + ConnectionLayout.ACKNOWLEDGED));
                all.add(
                        Memory.getInt(
                                entry
                                        + ConnectionLayout.FLOW_LENGTH
                                        + ConnectionLayout.ACKNOWLEDGED));
            }
            return all;
        }
    }

    /// What becomes IPv4 is numbered as it is translated, and plain packets are first.
    private static void forgetIdentification(byte[] frame) {
        if (!IpFrame.isIpv6(frame)) {
            ByteBuffer.wrap(frame).putShort(18, (short) 0).putShort(24, (short) 0);
        }
    }

    private static PacketBuilder segment(RandomGenerator random, PacketBuilder frame) {
        frame.flags(random.nextInt(3) == 0 ? Tcp.ACK | Tcp.PSH : Tcp.ACK)
                .sequence(number(random))
                .acknowledgement(number(random))
                .window(random.nextInt(4) == 0 ? random.nextInt(3) : random.nextInt(0x10000))
                .payload(new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(90)]);
        ByteBuffer options = ByteBuffer.allocate(20);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> options.put(new byte[] {1, 1, 8, 10});
            case 3 -> options.put(new byte[] {8, 10});
            case 4 -> options.put(new byte[] {1, 1, 5, 10});
            case 5 -> options.put(new byte[] {1, 1, 8, 9});
            default -> {
                return random.nextInt(20) == 0 ? frame.badTransportChecksum() : frame;
            }
        }
        options.putInt(number(random)).putInt(number(random));
        byte[] bytes = new byte[(options.position() + 3) & -4];
        options.flip().get(bytes, 0, options.limit());
        return random.nextInt(20) == 0
                ? frame.tcpOptions(bytes).badTransportChecksum()
                : frame.tcpOptions(bytes);
    }

    /// Numbers at both ends of their range come often.
    private static int number(RandomGenerator random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(3) - 1;
            case 1 -> (random.nextInt(3) - 1) << 16;
            default -> random.nextInt();
        };
    }

    @ParameterizedTest
    @EnumSource
    void burstsLeaveAsPacketsDoThatAreLookedAtOneByOne(FamilyPair families) {
        long seed = Seed.of(18L);
        RandomGenerator random = Seed.generator(seed);
        for (int round = 0; round < 6; round++) {
            long numbers = random.nextLong();
            Side fast = new Side(families, numbers, false);
            Side careful = new Side(families, numbers, true);
            try (Rig first = fast.rig;
                    Rig second = careful.rig) {
                for (int burst = 0; burst < BURSTS; burst++) {
                    long packets = random.nextLong();
                    List<byte[]> expected = careful.burst(packets);
                    assertThat(fast.burst(packets))
                            .as("%s, seed %d, burst %d", families, seed, burst)
                            .containsExactlyElementsOf(expected);
                }
                assertThat(first.count(Outcome.FORWARDED_IN))
                        .isEqualTo(second.count(Outcome.FORWARDED_IN))
                        .isPositive();
            }
        }
    }

    /// One packet a burst: there what is noted does not depend on which packets come first.
    @ParameterizedTest
    @EnumSource
    void whatIsAcknowledgedIsNotedInTheServersNumbers(FamilyPair families) {
        RandomGenerator random = Seed.generator(Seed.of(19L));
        Side fast = new Side(families, 7, false);
        Side careful = new Side(families, 7, true);
        try (Rig first = fast.rig;
                Rig second = careful.rig) {
            for (int i = 0; i < 200; i++) {
                TcpFlow flow = fast.flows.get(random.nextInt(FLOWS));
                TcpFlow same = careful.flows.get(fast.flows.indexOf(flow));
                long packet = random.nextLong();
                if (random.nextBoolean()) {
                    first.clientSends(segment(Seed.generator(packet), flow.client()));
                    second.clientSends(segment(Seed.generator(packet), same.client()));
                } else {
                    first.serverSends(segment(Seed.generator(packet), flow.server()));
                    second.serverSends(segment(Seed.generator(packet), same.server()));
                }
                assertThat(fast.acknowledged()).isEqualTo(careful.acknowledged());
            }
        }
    }

    /// What is no plain segment goes on to be looked at, in its turn.
    @ParameterizedTest
    @EnumSource
    void aResetAmongSegmentsEndsTheConnection(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            TcpFlow flow = TcpFlow.established(rig, 40000);
            List<Long> entries = new ArrayList<>();
            rig.balancer
                    .workersThemselves()
                    .getFirst()
                    .connections()
                    .visit(0, Integer.MAX_VALUE, entries::add);
            rig.balancer
                    .workersThemselves()
                    .getFirst()
                    .connections()
                    .shifts()
                    .set(entries.getFirst(), 0, 1000);
            rig.client.send(flow.client().sequence(flow.clientNext).acknowledgement(7));
            rig.client.send(flow.client().sequence(flow.clientNext).acknowledgement(8));
            rig.client.send(flow.client().flags(Tcp.RST).sequence(flow.clientNext));
            rig.run();
            List<byte[]> out = rig.out();
            assertThat(out).hasSize(3);
            assertThat(flow.state()).isEqualTo("TCP_CLOSE");
            assertThat(acknowledgement(out.getFirst())).isEqualTo(7 - 1000);
            assertThat(acknowledgement(out.get(1))).isEqualTo(8 - 1000);
        }
    }

    private static int acknowledgement(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + 8);
    }

    @Test
    void aWorkerAllocatesNothing() throws Exception {
        ServicePolicy policy = ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true));
        try (MeasuredWorker worker = new MeasuredWorker(1024)) {
            worker.apply(FamilyPair.V4_TO_V4.with(Rig.service(Rig.TCP, 8080).withPolicy(policy)));
            FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
            FrameEnd server = new FrameEnd(worker.io.wire("lan").far(), worker.io.buffers());
            for (int i = 0; i < 100; i++) {
                worker.step(); // addresses are announced
            }
            client.receiveAll();
            server.receiveAll();
            client.send(Rig.fromClient().tcp(1024, 80).flags(Tcp.SYN).sequence(7));
            worker.work();
            byte[] syn = server.receiveAll().getFirst();
            int moved = ByteBuffer.wrap(syn).getInt(IpFrame.transport(syn) + 4);
            PacketBuilder answer = Rig.fromServer().tcp(8080, IpFrame.sourcePort(syn));
            server.send(answer.flags(Tcp.SYN | Tcp.ACK).sequence(100).acknowledgement(moved + 1));
            worker.work();
            client.receiveAll();
            PacketBuilder request = Rig.fromClient().tcp(1024, 80).flags(Tcp.ACK);
            request.sequence(8).acknowledgement(101);
            answer.flags(Tcp.ACK).sequence(101);
            long least = Long.MAX_VALUE;
            for (int period = 0; period <= PERIODS; period++) {
                long allocated = 0;
                for (int i = 0; i < (period == 0 ? WARM_UP : MEASURED); i++) {
                    client.send(request);
                    server.send(answer);
                    allocated += worker.work();
                    assertThat(server.receiveAll()).hasSize(1);
                    assertThat(client.receiveAll()).hasSize(1);
                }
                least = period == 0 ? least : Math.min(least, allocated);
            }
            assertThat(least).as("bytes allocated by the worker").isZero();
        }
    }
}
