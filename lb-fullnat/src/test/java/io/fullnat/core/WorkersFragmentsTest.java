// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.memoryio.QueueChooser;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments arrive at another worker than whole packets of their connection: NICs spread them by
/// addresses alone, or give all to one queue. They find their connection, whose worker sends them.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class WorkersFragmentsTest {
    private static final int FLOWS = 48;
    private static final int MIXED = 24;
    private static final int PART = 1_000;
    private static final int LENGTH = 2_500;

    private final FamilyPair families;

    WorkersFragmentsTest(FamilyPair families) {
        this.families = families;
    }

    private static RssSelector cardHash(int queues) {
        byte[] key = new byte[40];
        Seed.generator(42).nextBytes(key);
        int[] redirection = IntStream.range(0, 128).map(entry -> entry % queues).toArray();
        return new RssSelector(new ReceiveSideScaling(key, redirection));
    }

    /// As [FlowHash], but for what it cannot read, which goes by addresses.
    private static QueueChooser byAddresses() {
        FlowHash whole = new FlowHash();
        return (l2, length, queues) -> {
            boolean wide = Memory.getNetworkShort(l2 + 12) == 0x86DD;
            boolean fragment =
                    wide
                            ? Memory.getByte(l2 + 20) == 44
                            : (Memory.getNetworkShort(l2 + 20) & 0x3FFF) != 0;
            int sum =
                    Memory.getNetworkShort(l2 + (wide ? 36 : 28))
                            + Memory.getNetworkShort(l2 + (wide ? 52 : 32));
            return fragment ? sum % queues : whole.choose(l2, length, queues);
        };
    }

    private static Stream<Arguments> spreads() {
        return Stream.of(1, 2, 4)
                .flatMap(workers ->
                        Stream.of(
                                Arguments.of(workers, "all to one", new FlowHash()),
                                Arguments.of(workers, "by addresses", byAddresses()),
                                Arguments.of(workers, "known", cardHash(workers))));
    }

    private Rig rig(int workers, QueueChooser spread) {
        return Rig.of(families, workers, 4096, spread, 0).configured();
    }

    private static byte[] question(Rig rig, int clientPort) {
        return rig.request().udp(clientPort, 53).payload(Parts.noise(LENGTH, clientPort)).toBytes();
    }

    /// Sends a question in fragments, in an order that changes, and returns the server's port.
    private int askInParts(Rig rig, int clientPort, int identification) {
        List<byte[]> parts =
                new ArrayList<>(Parts.cut(question(rig, clientPort), identification, PART));
        if (identification % 2 == 0) {
            parts.addFirst(parts.removeLast());
        }
        parts.forEach(rig.client::send);
        rig.run();
        List<byte[]> out = rig.out();
        assertThat(out).as("fragments from port %d", clientPort).hasSize(3);
        byte[] whole = Parts.joined(out);
        int port = IpFrame.sourcePort(whole);
        assertThat(whole)
                .isEqualTo(
                        rig.forwarded()
                                .udp(port, 5353)
                                .payload(Parts.noise(LENGTH, clientPort))
                                .toBytes());
        return port;
    }

    private static int askWhole(Rig rig, int clientPort) {
        List<byte[]> out = rig.clientSends(rig.request().udp(clientPort, 53).payload("short"));
        assertThat(out).as("datagram from port %d", clientPort).hasSize(1);
        return IpFrame.sourcePort(out.getFirst());
    }

    @ParameterizedTest(name = "{0} workers, {1}")
    @MethodSource("spreads")
    void fragmentsFindTheConnectionOfWholeDatagrams(int workers, String how, QueueChooser spread) {
        try (Rig rig = rig(workers, spread)) {
            for (int flow = 0; flow < FLOWS; flow++) {
                int port = askWhole(rig, 20_000 + flow);
                assertThat(askInParts(rig, 20_000 + flow, 2 * flow)).isEqualTo(port);
                assertThat(askInParts(rig, 20_000 + flow, 2 * flow + 1)).isEqualTo(port);
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FLOWS);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(7L * FLOWS);
            assertThat(rig.count(Outcome.FRAGMENT)).isZero();
        }
    }

    /// Where nobody knows a connection, one begins where the fragments arrive.
    @ParameterizedTest(name = "{0} workers, {1}")
    @MethodSource("spreads")
    void fragmentsOfOneClientHaveOneConnection(int workers, String how, QueueChooser spread) {
        try (Rig rig = rig(workers, spread)) {
            for (int flow = 0; flow < FLOWS; flow++) {
                int port = askInParts(rig, 20_000 + flow, 2 * flow);
                assertThat(askInParts(rig, 20_000 + flow, 2 * flow + 1)).isEqualTo(port);
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FLOWS);
        }
    }

    /// Where the NIC's hash is known, a connection begins at the worker to which it brings whole
    /// datagrams: they find it.
    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2, 4})
    void wholeDatagramsFindTheConnectionOfFragments(int workers) {
        try (Rig rig = rig(workers, cardHash(workers))) {
            for (int flow = 0; flow < FLOWS; flow++) {
                int port = askInParts(rig, 20_000 + flow, flow);
                assertThat(askWhole(rig, 20_000 + flow)).isEqualTo(port);
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FLOWS);
        }
    }

    @ParameterizedTest(name = "{0} workers, {1}")
    @MethodSource("spreads")
    void answersInFragmentsFindTheirConnection(int workers, String how, QueueChooser spread) {
        try (Rig rig = rig(workers, spread)) {
            for (int flow = 0; flow < FLOWS; flow++) {
                int port = askWhole(rig, 20_000 + flow);
                byte[] answer =
                        rig.answer().udp(5353, port).payload(Parts.noise(LENGTH, port)).toBytes();
                List<byte[]> parts = new ArrayList<>(Parts.cut(answer, flow, PART));
                if (flow % 2 == 0) {
                    parts.addFirst(parts.removeLast());
                }
                parts.forEach(rig.server::send);
                rig.run();
                assertThat(Parts.joined(rig.out()))
                        .isEqualTo(
                                rig.answered()
                                        .udp(53, 20_000 + flow)
                                        .payload(Parts.noise(LENGTH, port))
                                        .toBytes());
            }
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(3L * FLOWS);
        }
    }

    /// Where nobody knows how packets are spread, first fragments ask all workers; not those of a
    /// flood, which would be as many times the work.
    @Test
    void noMoreThanTwoThousandFirstFragmentsASecondGoRound() {
        try (Rig rig = Rig.of(families, 2, 8192, new FlowHash(), 0).configured()) {
            sendFirsts(rig, 0, 2_100);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2_100);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(2_100);
            long before = rig.count(Outcome.HANDED_OVER);
            assertThat(before).as("there and back").isEqualTo(2 * 2_000);
            rig.pass(Duration.ofMillis(10));
            sendFirsts(rig, 2_100, 100);
            assertThat(rig.count(Outcome.HANDED_OVER) - before).isEqualTo(2 * 20);
        }
    }

    private void sendFirsts(Rig rig, int from, int count) {
        for (int i = 0; i < count; i++) {
            byte[] whole =
                    rig.requestFrom(families.clients.stranger(from + i))
                            .udp(20_000, 53)
                            .payload(Parts.noise(LENGTH, 0))
                            .toBytes();
            rig.client.send(Parts.cut(whole, 7, PART).getFirst());
            if (i % 32 == 31) {
                rig.run();
                rig.out();
            }
        }
        rig.run();
        rig.out();
    }

    /// A datagram by itself has no connection that another worker could know.
    @Test
    void datagramsByThemselvesDoNotGoRound() {
        try (Rig rig = rig(2, new FlowHash())) {
            rig.apply(new Change.SetPolicy(rig.udp, ServicePolicy.DEFAULT.withOnePacket(true)));
            askInParts(rig, 20_000, 1);
            assertThat(rig.count(Outcome.HANDED_OVER)).isZero();
        }
    }

    /// Datagrams of many ports at once, their fragments mixed, the last ones first: each worker has
    /// room for as many that wait for their first one.
    @ParameterizedTest(name = "{0} workers, {1}")
    @MethodSource("spreads")
    void mixedFragmentsAreTheirOwnDatagrams(int workers, String how, QueueChooser spread) {
        try (Rig rig = rig(workers, spread)) {
            List<List<byte[]>> all = new ArrayList<>();
            for (int flow = 0; flow < MIXED; flow++) {
                all.add(Parts.cut(question(rig, 20_000 + flow), flow, PART));
            }
            for (int part = 0; part < 3; part++) {
                for (List<byte[]> parts : all) {
                    rig.client.send(parts.get((part + 2) % 3));
                }
                rig.run();
            }
            Map<Integer, List<byte[]>> out =
                    rig.out().stream().collect(groupingBy(Parts::identification));
            assertThat(out).hasSize(MIXED);
            Set<Integer> salts = new HashSet<>();
            for (List<byte[]> parts : out.values()) {
                byte[] data = IpFrame.udpData(Parts.joined(parts));
                salts.add((int) data[0]);
                assertThat(data).isEqualTo(Parts.noise(LENGTH, data[0]));
            }
            assertThat(salts).hasSize(MIXED);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(MIXED);
            assertThat(rig.count(Outcome.FRAGMENT)).isZero();
        }
    }
}
