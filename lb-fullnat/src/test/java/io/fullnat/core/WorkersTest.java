// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.memoryio.QueueChooser;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Several workers share nothing, and yet each answer finds the worker that knows its connection.
@ParameterizedClass
@EnumSource(FamilyPair.class)
@Tag("optimized")
class WorkersTest {
    private static final int FLOWS = 2000;

    private final FamilyPair families;

    WorkersTest(FamilyPair families) {
        this.families = families;
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2, 4, 8, 16})
    void eachAnswerFindsItsConnection(int workers) {
        try (Rig rig = rig(workers)) {
            Set<Integer> answered = new HashSet<>();
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);
                List<byte[]> reply = rig.serverSends(answerTo(rig, request));

                assertThat(reply).as("answer of flow %d", flow).hasSize(1);
                answered.add(IpFrame.destinationPort(reply.getFirst()));
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

                assertThat(rig.serverSends(answerTo(rig, request)))
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
        try (Rig rig = Rig.of(families, workers, 4096, new FlowHash(), 2 * residues).configured()) {
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);

                assertThat(rig.serverSends(answerTo(rig, request)))
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
        try (Rig rig = Rig.of(families, workers, 4096, new FlowHash(), workers).configured()) {
            for (int flow = 0; flow < FLOWS; flow++) {
                byte[] request = ask(rig, 20_000 + flow);

                assertThat(rig.serverSends(answerTo(rig, request)))
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
                byte[] reply = rig.serverSends(answerTo(rig, request)).getFirst();

                assertThat(
                                rig.serverSends(
                                        rig.families
                                                .servers
                                                .portUnreachable(rig.answer())
                                                .quoting(request, 8)))
                        .as("error about the request of flow %d", flow)
                        .hasSize(1);
                assertThat(
                                rig.clientSends(
                                        rig.families
                                                .clients
                                                .portUnreachable(rig.request())
                                                .quoting(reply, 8)))
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
                    rig.server.send(answerTo(rig, request).payload(Integer.toString(number)));
                }
                if (number % 20 == 19) {
                    rig.run();
                    received.addAll(rig.client.receiveAll());
                }
            }

            int[] next = new int[requests.size()];
            for (byte[] frame : received) {
                int flow = IpFrame.destinationPort(frame) - 20_000;
                assertThat(new String(IpFrame.udpData(frame), US_ASCII))
                        .isEqualTo(Integer.toString(next[flow]++));
            }
            assertThat(next).containsOnly(200);
        }
    }

    private Rig rig(int workers) {
        return rig(workers, new FlowHash());
    }

    private Rig rig(int workers, QueueChooser spread) {
        return Rig.of(families, workers, 4096, spread, 0).configured();
    }

    private static byte[] ask(Rig rig, int clientPort) {
        List<byte[]> out = rig.clientSends(rig.request().udp(clientPort, 53).payload("question"));
        assertThat(out).as("request from port %d", clientPort).hasSize(1);
        return out.getFirst();
    }

    private static PacketBuilder answerTo(Rig rig, byte[] request) {
        return rig.answer().udp(5353, IpFrame.sourcePort(request)).payload("answer");
    }
}
