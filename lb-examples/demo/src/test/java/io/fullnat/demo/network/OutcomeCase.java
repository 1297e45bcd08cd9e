// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;

/// A row of the table of outcomes: what is there, the frame that comes, what happens then, how the
/// frame ends, the frames that leave, byte by byte. Frames are made for the local port that the
/// balancer chose for the flow.
final class OutcomeCase {
    final String description;
    final Outcome outcome;
    final List<Counter> counters = new ArrayList<>();

    private final List<Consumer<OutcomeBench>> before = new ArrayList<>();
    private final List<IntFunction<byte[]>> out = new ArrayList<>();
    private final List<Consumer<OutcomeBench>> after = new ArrayList<>();
    private OutcomeBench.Settings settings = OutcomeBench.Settings.USUAL;
    private IntFunction<PacketBuilder> in = port -> question();
    private boolean fromClient;
    private int localPort;

    private OutcomeCase(Outcome outcome, String description) {
        this.outcome = outcome;
        this.description = description;
    }

    static OutcomeCase row(Outcome outcome, String description) {
        return new OutcomeCase(outcome, description);
    }

    OutcomeCase with(OutcomeBench.Settings others) {
        settings = others;
        return this;
    }

    OutcomeCase given(Consumer<OutcomeBench> step) {
        before.add(step);
        return this;
    }

    /// A flow of datagrams is there; its local port is the one that frames are made for.
    OutcomeCase connected() {
        return connected(question());
    }

    /// A flow is there that began so.
    OutcomeCase connected(PacketBuilder first) {
        return given(bench -> localPort = sourcePort(bench.clientSends(first).getLast()));
    }

    OutcomeCase client(PacketBuilder frame) {
        in = port -> frame;
        fromClient = true;
        return this;
    }

    OutcomeCase client(IntFunction<PacketBuilder> frame) {
        in = frame;
        fromClient = true;
        return this;
    }

    OutcomeCase server(IntFunction<PacketBuilder> frame) {
        in = frame;
        return this;
    }

    /// What happens when the frame is there.
    OutcomeCase then(Consumer<OutcomeBench> step) {
        after.add(step);
        return this;
    }

    OutcomeCase out(IntFunction<PacketBuilder> frame) {
        return outBytes(port -> frame.apply(port).toBytes());
    }

    OutcomeCase outBytes(IntFunction<byte[]> frame) {
        out.add(frame);
        return this;
    }

    OutcomeCase counts(Counter... others) {
        counters.addAll(Arrays.asList(others));
        return this;
    }

    static PacketBuilder question() {
        return OutcomeBench.fromClient().udp(40000, 53).payload("question");
    }

    static int sourcePort(byte[] frame) {
        return port(frame, 0);
    }

    static int destinationPort(byte[] frame) {
        return port(frame, 2);
    }

    private static int port(byte[] frame, int offset) {
        int at = 14 + (frame[14] & 0x0F) * 4 + offset;
        return ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
    }

    /// Plays it.
    ///
    /// @param benches make what it is played on; it is closed at the end
    void play(Function<OutcomeBench.Settings, OutcomeBench> benches) {
        try (OutcomeBench bench = benches.apply(settings)) {
            bench.configured();
            before.forEach(step -> step.accept(bench));
            Map<Outcome, Long> outcomes = outcomes(bench);
            Map<Counter, Long> counts = counts(bench);
            PacketBuilder frame = in.apply(localPort);
            List<byte[]> sent =
                    new ArrayList<>(
                            fromClient ? bench.clientSends(frame) : bench.serverSends(frame));
            after.forEach(step -> step.accept(bench));
            sent.addAll(bench.out());
            if (localPort == 0 && !sent.isEmpty()) {
                localPort = sourcePort(sent.getFirst());
            }

            assertThat(sent)
                    .as("frames that leave")
                    .containsExactlyElementsOf(out.stream().map(f -> f.apply(localPort)).toList());
            assertThat(changed(outcomes, outcomes(bench))).isEqualTo(Map.of(outcome, 1L));
            Map<Counter, Long> more = changed(counts, counts(bench));
            assertThat(more.get(Counter.RECEIVED)).isOne();
            for (Counter counter : counters) {
                assertThat(more).as("counters").containsEntry(counter, 1L);
            }
        }
    }

    private static Map<Outcome, Long> outcomes(OutcomeBench bench) {
        Map<Outcome, Long> all = new EnumMap<>(Outcome.class);
        Arrays.asList(Outcome.values()).forEach(each -> all.put(each, bench.count(each)));
        return all;
    }

    private static Map<Counter, Long> counts(OutcomeBench bench) {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        Arrays.asList(Counter.values()).forEach(each -> all.put(each, bench.count(each)));
        return all;
    }

    private static <K> Map<K, Long> changed(Map<K, Long> before, Map<K, Long> after) {
        Map<K, Long> changed = new HashMap<>();
        after.forEach((key, count) -> {
            long more = count - before.getOrDefault(key, 0L);
            if (more != 0) {
                changed.put(key, more);
            }
        });
        return changed;
    }

    @Override
    public String toString() {
        return outcome + ": " + description;
    }
}
