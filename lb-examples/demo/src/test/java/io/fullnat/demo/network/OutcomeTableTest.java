// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of outcomes, played in memory, and that nothing is missing in it.
class OutcomeTableTest {
    private static Stream<OutcomeCase> rows() {
        return OutcomeTable.rows();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aFrameEndsAsTheTableSays(OutcomeCase row) {
        row.play(MemoryBench::new);
    }

    private static Set<String> inRows() {
        Set<String> shown = new HashSet<>(Set.of(Counter.RECEIVED.name()));
        rows().forEach(row -> {
            shown.add(row.outcome.name());
            row.counters.forEach(counter -> shown.add(counter.name()));
        });
        return shown;
    }

    /// Rows are played over ports too, so what has one is shown there.
    @Test
    void everyOutcomeAndCounterHasARowOrAReason() {
        List<String> all = new ArrayList<>();
        Stream.of(Outcome.values()).map(Outcome::name).forEach(all::add);
        Stream.of(Counter.values()).map(Counter::name).forEach(all::add);
        List<String> shown = new ArrayList<>(inRows());
        shown.addAll(OutcomesElsewhere.ALL.keySet());

        assertThat(shown).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void whatIsSaidToBeShownElsewhereIsLookedAtThere() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("lb-fullnat", "lb-examples/demo")) {
            try (Stream<Path> files = Files.walk(Path.of("../..", module, "src", "test", "java"))) {
                files.filter(Files::isRegularFile).forEach(sources::add);
            }
        }
        for (String name : OutcomesElsewhere.ALL.keySet()) {
            String test = OutcomesElsewhere.ALL.get(name).test() + ".java";
            assertThat(sources.stream().filter(file -> file.endsWith(test)))
                    .as("%s for %s", test, name)
                    .singleElement()
                    .satisfies(file ->
                            assertThat(Files.readString(file))
                                    .containsPattern("(Outcome|Counter)\\." + name + "\\b"));
        }
    }
}
