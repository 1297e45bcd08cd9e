package io.fullnat.core;

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
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// A row of the table of outcomes: what is there, the frame that comes, how it ends, the frames
/// that leave, byte by byte. Frames are made for the local port that the balancer chose for the
/// flow.
final class OutcomeCase {
    final String description;
    final Outcome outcome;
    final List<Counter> counters = new ArrayList<>();

    private final List<Consumer<Rig>> before = new ArrayList<>();
    private final List<IntFunction<PacketBuilder>> out = new ArrayList<>();
    private Supplier<Rig> rig = () -> new Rig().configured();
    private IntFunction<PacketBuilder> in = port -> question();
    private boolean fromClient;
    private boolean anyAnswer;
    private int localPort;

    private OutcomeCase(Outcome outcome, String description) {
        this.outcome = outcome;
        this.description = description;
    }

    static OutcomeCase row(Outcome outcome, String description) {
        return new OutcomeCase(outcome, description);
    }

    OutcomeCase in(Supplier<Rig> other) {
        rig = other;
        return this;
    }

    OutcomeCase given(Consumer<Rig> step) {
        before.add(step);
        return this;
    }

    /// A flow of datagrams is there; its local port is the one that frames are made for.
    OutcomeCase connected() {
        return given(r -> localPort = sourcePort(r.clientSends(question()).getLast()));
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

    OutcomeCase out(IntFunction<PacketBuilder> frame) {
        out.add(frame);
        return this;
    }

    /// The answer's bytes are another test's.
    OutcomeCase anyAnswer() {
        anyAnswer = true;
        return this;
    }

    OutcomeCase counts(Counter... others) {
        counters.addAll(Arrays.asList(others));
        return this;
    }

    static PacketBuilder question() {
        return Rig.fromClient().udp(40000, 53).payload("question");
    }

    static int sourcePort(byte[] frame) {
        return ((frame[34] & 0xFF) << 8) | (frame[35] & 0xFF);
    }

    void play() {
        try (Rig there = rig.get()) {
            before.forEach(step -> step.accept(there));
            Map<Outcome, Long> outcomes = outcomes(there);
            Map<Counter, Long> counts = counts(there);
            PacketBuilder frame = in.apply(localPort);
            List<byte[]> sent = fromClient ? there.clientSends(frame) : there.serverSends(frame);
            if (localPort == 0 && !sent.isEmpty()) {
                localPort = sourcePort(sent.getFirst());
            }

            if (!anyAnswer) {
                assertThat(sent)
                        .as("frames that leave")
                        .containsExactlyElementsOf(
                                out.stream().map(f -> f.apply(localPort).toBytes()).toList());
            }
            assertThat(changed(outcomes, outcomes(there))).isEqualTo(Map.of(outcome, 1L));
            Map<Counter, Long> more = changed(counts, counts(there));
            assertThat(more.get(Counter.RECEIVED)).isOne();
            for (Counter counter : counters) {
                assertThat(more).as("counters").containsEntry(counter, 1L);
            }
        }
    }

    private static Map<Outcome, Long> outcomes(Rig rig) {
        Map<Outcome, Long> all = new EnumMap<>(Outcome.class);
        Arrays.asList(Outcome.values()).forEach(each -> all.put(each, rig.count(each)));
        return all;
    }

    private static Map<Counter, Long> counts(Rig rig) {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        Arrays.asList(Counter.values()).forEach(each -> all.put(each, rig.count(each)));
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
