// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A report as a whole.
final class DoctorTest {
    private final Sample sample = new Sample();

    @Test
    void findsNothingWhereAllIsWell() {
        Report report = Doctor.examine(sample.reading());

        assertThat(report.findings()).isEmpty();
        assertThat(report.unseen()).isEmpty();
        assertThat(report.lines(false))
                .containsExactly(
                        "balancer: process 4711, UP, services 1, workers 2",
                        "",
                        "0 faults, 0 warnings, 0 hints; 16 checks found nothing");
        assertThat(report.lines(true)).contains("FINE links", "FINE neighbours", "FINE conditions");
    }

    @Test
    void tellsTheWorstFirstWithFigureReasonAndRemedy() {
        sample.clockSource = Optional.of("hpet");
        sample.advice.add(new Running.Advice("NOT_PINNED", ""));
        sample.health.put("wan", Optional.of("no carrier"));
        Report report = Doctor.examine(sample.reading());

        assertThat(report.findings().stream().map(Finding::name))
                .containsExactly("LINK_DOWN", "CLOCK_SOURCE", "NOT_PINNED");
        assertThat(report.lines(false))
                .containsSubsequence(
                        "FAULT LINK_DOWN: port wan",
                        "  seen  no carrier (GET /v2/health)",
                        "  why   what should leave by it is dropped and counted as `LINK_DOWN`",
                        "  do    `ip link set dev eth0 up` if that is down; else look at cable and"
                                + " switch. The port goes on by itself when the link is back",
                        "1 fault, 1 warning, 1 hint; 13 checks found nothing");
    }

    @Test
    void saysTheSameToPrograms() {
        sample.health.put("wan", Optional.of("no carrier"));
        JsonNode json = Doctor.examine(sample.reading()).json();

        assertThat(json.path("running").asBoolean()).isTrue();
        assertThat(json.path("faults").asInt()).isOne();
        assertThat(json.at("/findings/0/level").asText()).isEqualTo("fault");
        assertThat(json.at("/findings/0/name").asText()).isEqualTo("LINK_DOWN");
        assertThat(json.at("/findings/0/subject").asText()).isEqualTo("port wan");
        assertThat(json.at("/findings/0/seen").asText()).isEqualTo("no carrier");
        assertThat(json.at("/findings/0/remedy").asText()).contains("ip link set dev eth0 up");
    }

    /// One that breaks hides no other.
    @Test
    void saysWhichCheckCouldNotBeMade() {
        sample.advice.add(new Running.Advice("NO_SUCH_ADVICE", ""));
        sample.health.put("wan", Optional.of("no carrier"));
        Report report = Doctor.examine(sample.reading());

        assertThat(report.findings().stream().map(Finding::name)).containsExactly("LINK_DOWN");
        assertThat(report.unseen().stream().map(Observation.Unseen::what))
                .containsExactly("CPUs, hugepages, NUMA nodes and limits");
    }

    @Test
    void withoutABalancerOnlyMachineAndConfigurationAreLookedAt() {
        sample.runs = false;
        sample.adviceBefore.add(new Running.Advice("NOT_PINNED", ""));
        assertThat(sample.found()).containsExactly("FAULT NO_BALANCER", "HINT NOT_PINNED");
        sample.asked = true;
        assertThat(sample.found()).containsExactly("HINT NO_BALANCER", "HINT NOT_PINNED");
        List<String> lines = Doctor.examine(sample.reading()).lines(true);
        assertThat(lines.getFirst())
                .isEqualTo(
                        "balancer: none seen at /run/fullnat.sock; only machine and configuration"
                                + " were looked at");
        assertThat(lines).doesNotContain("FINE links");
    }
}
