// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Metrics as Debian's Prometheus sees them: it scrapes a balancer with traffic, and its tools read
/// the rules and the dashboard that come with the product.
@NetworkTest
@Timeout(240)
class PrometheusIT {
    private static final Path MONITORING = Path.of("../balancer/src/main/monitoring");
    private static final Path RULES = MONITORING.resolve("fullnat-rules.yml").toAbsolutePath();
    private static final String YAML =
            Scene.yaml(1, 1) + "metrics: {listen: \"" + Prometheus.TARGET + "\"}\n";
    private static final String SERVICE = "{service=\"" + Scene.HTTP + "\",protocol=\"tcp\"}";
    private static final Pattern NAME = Pattern.compile("\\b(?:fullnat|jvm)_[a-z0-9_]+");
    private static final Pattern ALERT = Pattern.compile("- alert: *(\\w+)");
    private static final Pattern FIRES =
            Pattern.compile("alertname: *(\\w+)\\s+exp_alerts:\\s+- exp_labels:");

    @TempDir private Path folder;

    @BeforeAll
    static void requirePrometheus() {
        NetworkCondition.require("prometheus");
        NetworkCondition.require("promtool");
    }

    private static void request(BalancerProcess balancer, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            balancer.inClient(() -> {
                HonestClients.get(Scene.HTTP);
                return true;
            });
        }
    }

    /// Runs Prometheus' tool, which must be content and have nothing to say.
    private static String promtool(Path input, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(words));
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(input.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    @Test
    void aServerScrapesWhatItsToolsFindWellFormed() throws Exception {
        try (BalancerProcess balancer = BalancerProcess.start(folder, YAML);
                Prometheus prometheus = Prometheus.start(folder, balancer.lab.balancer(), RULES)) {
            request(balancer, 5);
            Shell.until(
                    "five connections are scraped",
                    () -> is(prometheus, "fullnat_service_connections_total" + SERVICE, 5));

            assertThat(prometheus.sum("up{job=\"fullnat\"}")).isOne();
            assertThat(prometheus.sum("fullnat_server_up" + SERVICE)).isEqualTo(2);
            assertThat(prometheus.sum("fullnat_server_connections_total" + SERVICE)).isEqualTo(5);
            assertThat(prometheus.sum("fullnat_worker_burst_packets_sum"))
                    .isEqualTo(prometheus.sum("fullnat_worker_received_packets_total"));
            assertThat(prometheus.sum("fullnat_worker_busy_seconds_total")).isPositive();
            assertThat(prometheus.query("fullnat_port_up == 1")).hasSize(2);
            assertThat(prometheus.sum("jvm_memory_used_bytes")).isPositive();
            JsonNode target = prometheus.ask("targets").path("activeTargets").path(0);
            assertThat(target.path("lastError").asText()).isEmpty();

            Path text = folder.resolve("metrics.txt");
            Files.writeString(
                    text,
                    Prometheus.read(balancer.lab.balancer(), Prometheus.TARGET, "/metrics", ""));
            assertThat(promtool(text, "check", "metrics")).as("complaints").isEmpty();
            assertThat(promtool(text, "check", "rules", RULES.toString())).contains("SUCCESS");
            namesOfRulesAndDashboardExist(prometheus);
            countsNeverGoBack(balancer, prometheus);
        }
    }

    private static boolean is(Prometheus prometheus, String expression, double expected) {
        try {
            return prometheus.sum(expression) == expected;
        } catch (IOException e) {
            return false;
        }
    }

    /// And each expression can be evaluated.
    private static void namesOfRulesAndDashboardExist(Prometheus prometheus) throws Exception {
        Set<String> known = new TreeSet<>();
        for (JsonNode name : prometheus.ask("label/__name__/values")) {
            known.add(name.asText());
        }
        known.add("fullnat_port_speed_bytes"); // of links that know it
        known.add("fullnat_port_descriptors"); // of devices of DPDK
        known.add("fullnat_port_receive_waiting_packets"); // of drivers that tell
        known.add("fullnat_service_templates"); // of services with persistence
        Set<String> named = new TreeSet<>();
        JsonNode dashboard =
                new JsonMapper().readTree(MONITORING.resolve("fullnat-dashboard.json").toFile());
        for (JsonNode expression : dashboard.findValues("expr")) {
            named.addAll(names(expression.asText()));
            prometheus.query(
                    expression
                            .asText()
                            .replace("$__rate_interval", "1m")
                            .replaceAll("\\$(instance|service)", ".*"));
        }
        assertThat(named).hasSizeGreaterThan(20);
        named.addAll(names(Files.readString(RULES)));

        assertThat(known).containsAll(named);
        assertThat(prometheus.ask("rules").path("groups").path(0).path("rules"))
                .hasSizeGreaterThan(10)
                .allSatisfy(rule -> assertThat(rule.path("health").asText()).isEqualTo("ok"));
    }

    private static Set<String> names(String text) {
        return NAME.matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// A server that is removed takes its own series with it, and nothing of the service's.
    private static void countsNeverGoBack(BalancerProcess balancer, Prometheus prometheus)
            throws Exception {
        String server = Lab.serverAddress(2) + ":" + Scene.HTTP_PORT;
        assertThat(
                        balancer.ask(
                                        List.of(
                                                "ipvsadm",
                                                "-d",
                                                "-t",
                                                Scene.HTTP.toString(),
                                                "-r",
                                                server))
                                .status())
                .isZero();
        request(balancer, 3);
        Shell.until(
                "eight connections are scraped",
                () -> is(prometheus, "fullnat_service_connections_total" + SERVICE, 8));

        assertThat(prometheus.query("fullnat_server_up{server=\"" + server + "\"}")).isEmpty();
        for (JsonNode name : prometheus.ask("label/__name__/values")) {
            if (name.asText().endsWith("_total")) {
                assertThat(prometheus.sum("resets(" + name.asText() + "[5m])"))
                        .as(name.asText())
                        .isZero();
            }
        }
    }

    /// What the alerts say of series that are made up: each of them something, once.
    @Test
    void alertsFireWhenTheyShould() throws Exception {
        Path rules = Files.copy(RULES, folder.resolve("fullnat-rules.yml"));
        Path test =
                Files.copy(
                        Path.of("src/test/resources/fullnat-rules-test.yml"),
                        folder.resolve("fullnat-rules-test.yml"));

        assertThat(promtool(rules, "test", "rules", test.toString())).contains("SUCCESS");
        Set<String> alerts = found(ALERT, rules);
        assertThat(alerts).hasSizeGreaterThan(10);
        assertThat(found(FIRES, test)).isEqualTo(alerts);
    }

    private static Set<String> found(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
