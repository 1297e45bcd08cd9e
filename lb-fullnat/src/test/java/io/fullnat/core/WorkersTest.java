// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.network.Neighbour;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.memoryio.QueueChooser;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Several workers share nothing, and yet each answer finds the worker that knows its connection.
class WorkersTest {
    private static final int FLOWS = 2000;

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void eachAnswerFindsItsConnection(int workers) {
        try (Rig rig = rig(workers)) {
            Set<Integer> answered = new HashSet<>();
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);
                List<byte[]> reply = rig.serverSends(answerTo(request));

                assertThat(reply).as("answer of flow %d", flow).hasSize(1);
                answered.add(port(reply.getFirst(), 36));
            }
            assertThat(answered).hasSize(FLOWS);
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(FLOWS);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FLOWS);
            if (workers == 1) {
                assertThat(rig.count(Outcome.HANDED_OVER)).isZero();
            } else {
                // All but one in so many answers arrive at another worker than the owner.
                long expected = (long) FLOWS * (workers - 1) / workers;
                assertThat(rig.count(Outcome.HANDED_OVER))
                        .isBetween(expected * 8 / 10, expected * 12 / 10);
            }
        }
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void whereTheRssHashIsKnownNoAnswerIsHandedOver(int workers) {
        try (Rig rig = rig(workers, cardHash(workers))) {
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);

                assertThat(rig.serverSends(answerTo(request)))
                        .as("answer of flow %d", flow)
                        .hasSize(1);
            }
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(FLOWS);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(FLOWS);
            assertThat(rig.count(Outcome.HANDED_OVER)).isZero();
            for (int worker = 0; worker < workers; worker++) {
                assertThat(rig.balancer.counters().get(worker, Counter.CONNECTIONS))
                        .as("connections of worker %d", worker)
                        .isBetween(FLOWS / workers / 2L, FLOWS / workers * 2L);
            }
        }
    }

    /// Five and seven workers share out eight residues.
    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 4, 5, 7, 8, 16})
    void whereThePortTakesRulesNoAnswerIsHandedOver(int workers) {
        int residues = Integer.bitCount(workers) == 1 ? workers : 8;
        try (Rig rig = configured(new Rig(workers, 4096, new FlowHash(), 2 * residues))) {
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);

                assertThat(rig.serverSends(answerTo(request)))
                        .as("answer of flow %d", flow)
                        .hasSize(1);
            }
            assertThat(rig.io.wire("lan").near().rulesInPlace()).hasSize(2 * residues);
            assertThat(rig.count(Counter.STEERED_ADDRESSES)).isOne();
            assertThat(rig.count(Counter.FLOW_RULES_REFUSED)).isZero();
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(FLOWS);
            assertThat(rig.count(Outcome.HANDED_OVER)).isZero();
            for (int worker = 0; worker < workers; worker++) {
                assertThat(rig.balancer.counters().get(worker, Outcome.FORWARDED_OUT))
                        .as("answers at worker %d", worker)
                        .isBetween(FLOWS / workers / 2L, FLOWS / workers * 2L);
            }
        }
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 5, 8})
    void whereThePortRefusesTheRulesAnswersAreHandedOver(int workers) {
        try (Rig rig = configured(new Rig(workers, 4096, new FlowHash(), workers))) {
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);

                assertThat(rig.serverSends(answerTo(request)))
                        .as("answer of flow %d", flow)
                        .hasSize(1);
            }
            assertThat(rig.io.wire("lan").near().rulesInPlace()).isEmpty();
            assertThat(rig.count(Counter.STEERED_ADDRESSES)).isZero();
            assertThat(rig.count(Counter.FLOW_RULES_REFUSED)).isOne();
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(FLOWS);
            assertThat(rig.count(Outcome.HANDED_OVER)).isGreaterThan(FLOWS / 4);
        }
    }

    private static RssSelector cardHash(int queues) {
        byte[] key = new byte[40];
        Seed.generator(42).nextBytes(key);
        int[] redirection = IntStream.range(0, 128).map(entry -> entry % queues).toArray();
        return new RssSelector(new ReceiveSideScaling(key, redirection));
    }

    private static Stream<Arguments> spreads() {
        return Stream.of(1, 2, 4, 8)
                .flatMap(workers ->
                        Stream.of(
                                Arguments.of(workers, new FlowHash()),
                                Arguments.of(workers, cardHash(workers))));
    }

    @ParameterizedTest(name = "{0} workers, {1}")
    @MethodSource("spreads")
    void icmpErrorsFindTheirConnectionFromEitherSide(int workers, QueueChooser spread) {
        try (Rig rig = rig(workers, spread)) {
            for (int flow = 0; flow < 64; flow++) {
                byte[] request = ask(rig, 20_000 + flow);
                byte[] reply = rig.serverSends(answerTo(request)).getFirst();

                assertThat(rig.serverSends(Rig.fromServer().icmp(3, 3, 0).quoting(request, 8)))
                        .as("error about the request of flow %d", flow)
                        .hasSize(1);
                assertThat(rig.clientSends(Rig.fromClient().icmp(3, 3, 0).quoting(reply, 8)))
                        .as("error about the answer of flow %d", flow)
                        .hasSize(1);
            }
            assertThat(rig.count(Outcome.FORWARDED_ICMP)).isEqualTo(128);
        }
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 4})
    void packetsOfOneFlowKeepTheirOrder(int workers) {
        try (Rig rig = rig(workers)) {
            List<byte[]> requests = new ArrayList<>();
            for (int flow = 0; flow < 16; flow++) {
                requests.add(ask(rig, 20_000 + flow));
            }
            List<byte[]> received = new ArrayList<>();
            for (int number = 0; number < 200; number++) {
                for (byte[] request : requests) {
                    rig.server.send(answerTo(request).payload(Integer.toString(number)));
                }
                if (number % 20 == 19) {
                    rig.run();
                    received.addAll(rig.client.receiveAll());
                }
            }

            int[] next = new int[requests.size()];
            for (byte[] frame : received) {
                int flow = port(frame, 36) - 20_000;
                assertThat(payload(frame)).isEqualTo(Integer.toString(next[flow]++));
            }
            assertThat(next).containsOnly(200);
        }
    }

    /// Neighbours are configured, so that no worker has to ask first.
    private static Rig rig(int workers) {
        return rig(workers, new FlowHash());
    }

    private static Rig rig(int workers, QueueChooser spread) {
        return configured(new Rig(workers, 4096, spread));
    }

    private static Rig configured(Rig rig) {
        rig.configured();
        rig.apply(
                new Change.SetNeighbour(neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan")),
                new Change.SetNeighbour(neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan")));
        return rig;
    }

    private static Neighbour neighbour(String address, String mac, String device) {
        return new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device);
    }

    private static byte[] ask(Rig rig, int clientPort) {
        List<byte[]> out =
                rig.clientSends(Rig.fromClient().udp(clientPort, 53).payload("question"));
        assertThat(out).as("request from port %d", clientPort).hasSize(1);
        return out.getFirst();
    }

    private static PacketBuilder answerTo(byte[] request) {
        return Rig.fromServer().udp(5353, port(request, 34)).payload("answer");
    }

    private static String payload(byte[] frame) {
        int length = port(frame, 38) - 8;
        return new String(frame, 42, length, StandardCharsets.US_ASCII);
    }

    private static int port(byte[] frame, int at) {
        return ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
    }
}
