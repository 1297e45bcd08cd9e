// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import io.fullnat.balancer.api.ApiRig;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table of docs/metrics.md says what is exported. `-Dupdate` writes it anew.
class MetricsPageTest {
    private static final Path PAGE = Path.of("../../docs/metrics.md");
    private static final Path MONITORING = Path.of("src/main/monitoring");
    private static final String START = "<!-- generated: metrics -->\n";

    private static String table(Metrics metrics) {
        StringBuilder text = new StringBuilder();
        text.append("\n| metric | type | labels | meaning |\n|---|---|---|---|\n");
        for (Family family : metrics.families()) {
            text.append(
                    "| `%s` | %s | %s | %s |%n"
                            .formatted(
                                    family.shown(),
                                    family.kind().name().toLowerCase(Locale.ROOT),
                                    String.join(", ", family.labels()),
                                    family.help()));
        }
        text.append("\nOf the JVM, as Prometheus' library names and explains them:\n");
        text.append(
                metrics.read(name -> true).jvm().stream()
                        .map(MetricsPageTest::shown)
                        .sorted()
                        .map(name -> "`" + name + "`")
                        .collect(Collectors.joining(",\n", "", ".\n")));
        return text.toString();
    }

    private static String shown(MetricSnapshot snapshot) {
        String name = snapshot.getMetadata().getPrometheusName();
        return switch (snapshot) {
            case CounterSnapshot _ -> name + "_total";
            case InfoSnapshot _ -> name + "_info";
            default -> name;
        };
    }

    @Test
    void theTableIsWhatIsExported() throws IOException {
        try (ApiRig rig = new ApiRig().serving();
                Metrics metrics = Metrics.of(rig)) {
            String page = Files.readString(PAGE);
            int start = page.indexOf(START) + START.length();
            if (System.getProperty("update") != null) {
                Files.writeString(PAGE, page.substring(0, start) + table(metrics));
                return;
            }
            assertThat(page.substring(start)).isEqualTo(table(metrics));
        }
    }

    /// All that is read was announced, once.
    @Test
    void whatIsExportedIsInTheTable() {
        try (ApiRig rig = new ApiRig().serving();
                Metrics metrics = Metrics.of(rig)) {
            Set<String> known =
                    metrics.families().stream().map(Family::shown).collect(Collectors.toSet());
            assertThat(metrics.families()).hasSameSizeAs(known);
            Reading reading = metrics.read(name -> true);
            assertThat(
                            Stream.concat(
                                    reading.others().stream().map(MetricsPageTest::shown),
                                    reading.tables().stream()
                                            .flatMap(table -> table.families().stream())
                                            .map(Family::shown)))
                    .hasSizeGreaterThan(100)
                    .doesNotHaveDuplicates()
                    .isSubsetOf(known);
        }
    }

    /// Those that come with the product name no metric, condition or state that is not there.
    @Test
    void dashboardAndRulesNameWhatThereIs() throws IOException {
        Set<String> known = new TreeSet<>();
        try (ApiRig rig = new ApiRig().serving();
                Metrics metrics = Metrics.of(rig)) {
            for (Family family : metrics.families()) {
                known.add(family.shown());
                if (family.kind() == Family.Kind.HISTOGRAM) {
                    for (String part : Set.of("_bucket", "_sum", "_count")) {
                        known.add(family.name() + part);
                    }
                }
            }
            metrics.read(name -> true).jvm().stream()
                    .map(MetricsPageTest::shown)
                    .forEach(known::add);
        }
        for (String file : Set.of("fullnat-dashboard.json", "fullnat-rules.yml")) {
            String text = Files.readString(MONITORING.resolve(file));
            assertThat(found("\\b(?:fullnat|jvm|process)_[a-z0-9_]+", text))
                    .as(file)
                    .isNotEmpty()
                    .isSubsetOf(known);
            assertThat(found("(?<=condition=\\\\?\")[A-Z_]+", text))
                    .as(file)
                    .isSubsetOf(Stream.of(Condition.values()).map(Condition::name).toList());
        }
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
