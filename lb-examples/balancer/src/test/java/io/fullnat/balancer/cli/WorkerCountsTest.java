// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static io.fullnat.balancer.cli.CommandRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.balancer.cli.output.Column;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `ipvsadm -L --cpu N` with traffic: each worker's own counts, which make up the sums.
final class WorkerCountsTest {
    private static final int INVALID = 2;
    private static final int NO_SERVICE = 10;
    private static final int SYN_BYTES = 40;
    private static final int CONNECTIONS = 20;

    private final CommandRig rig = CommandRig.withService();

    @BeforeEach
    void connect() {
        rig.pass(Duration.ofSeconds(1)); // a second begins, whose rates are looked at
        for (int port = 40_001; port <= 40_000 + CONNECTIONS; port++) {
            rig.connect(port);
        }
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /// The numbers of the service's row and the server's, which are the same.
    private List<Long> counts(String options) {
        List<String> rows = rig.done("ipvsadm -L " + WEB + " " + options).lines().toList();
        assertThat(rows).hasSize(4);
        List<Long> service = numbers(rows.get(2));
        assertThat(numbers(rows.get(3))).as("of the only server").isEqualTo(service);
        return service;
    }

    private static List<Long> numbers(String row) {
        return Arrays.stream(row.substring(33).strip().split(" +", -1)).map(Long::valueOf).toList();
    }

    private static List<Long> syns(long count) {
        return List.of(count, count, 0L, count * SYN_BYTES, 0L);
    }

    private long listed(int cpu) {
        return rig.done("ipvsadm -Lnc --cpu " + cpu).lines().count();
    }

    @Test
    void statisticsOfAWorkerAreThoseOfItsConnections() {
        long first = listed(1);
        long second = listed(2);
        assertThat(List.of(first, second)).allMatch(count -> count > 0, "both workers have some");
        assertThat(first + second).isEqualTo(CONNECTIONS);

        assertThat(counts("--stats --cpu 1")).isEqualTo(syns(first));
        assertThat(counts("--stats --cpu 2 -X")).isEqualTo(syns(second));
        assertThat(counts("--stats --cpu 0")).isEqualTo(syns(CONNECTIONS));
        assertThat(counts("--stats")).isEqualTo(syns(CONNECTIONS));
    }

    @Test
    void ratesOfAWorkerAreThoseOfItsConnections() {
        rig.pass(Duration.ofSeconds(1));

        assertThat(counts("--rate --cpu 1")).isEqualTo(syns(listed(1)));
        assertThat(counts("--rate --cpu 2")).isEqualTo(syns(listed(2)));
        assertThat(counts("--rate")).isEqualTo(syns(CONNECTIONS));
    }

    @Test
    void zeroedCountsBeginAgainOnEachWorker() {
        rig.done("ipvsadm -Z");
        long before = listed(1);
        for (int port = 50_001; port <= 50_010; port++) {
            rig.connect(port);
        }

        assertThat(counts("--stats --cpu 1")).isEqualTo(syns(listed(1) - before));
        assertThat(counts("--stats")).isEqualTo(syns(10));
    }

    @Test
    void connectionsOfAWorkerStandInTheListOfServices() {
        String row = rig.done("ipvsadm -Ln --cpu 2").lines().toList().getLast();

        assertThat(row).endsWith(" 0          " + Column.left(listed(2), 10));
    }

    @Test
    void jsonHasTheSameCounts() throws Exception {
        String text = rig.done("ipvsadm -L --stats --cpu 1 --json");

        JsonNode service = new ObjectMapper().readTree(text).path("services").path(0);
        assertThat(service.path("traffic").path("connections").asLong()).isEqualTo(listed(1));
        assertThat(service.path("realServers").path(0).path("traffic").path("inBytes").asLong())
                .isEqualTo(listed(1) * SYN_BYTES);
    }

    @Test
    void aWorkerThatIsNotThereIsRefusedAndThoseThatAreAreNamed() {
        rig.refused(INVALID, "ipvsadm -L --stats --cpu 3", "--cpu 3", "workers 1-2", "0 is all");
        rig.refused(INVALID, "ipvsadm -L --rate --cpu 3", "--cpu 3", "workers 1-2", "0 is all");
        rig.refused(INVALID, "ipvsadm -L --stats --cpu -1", "--cpu");
        rig.refused(INVALID, "ipvsadm -L --stats --cpu x", "--cpu", "x");
        rig.refused(NO_SERVICE, "ipvsadm -L -t 192.0.2.81:80 --stats --cpu 1", "192.0.2.81:80");
    }
}
