// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.run.Termination;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The steps of the demo in which real servers fail, on the backend in memory.
final class OutageTest {
    private final List<String> told = new ArrayList<>();
    private final List<String> summary = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final Termination termination = new Termination();
    private boolean interrupting;

    private void tell(String line) {
        told.add(line);
        if (interrupting) {
            termination.request();
        }
    }

    /// @param ignored the method of [Backend] that does nothing
    private void play(Mishap mishap, String ignored, Duration patience) {
        try (MemoryBackend memory = MemoryBackend.open()) {
            Backend backend =
                    (Backend)
                            Proxy.newProxyInstance(
                                    Backend.class.getClassLoader(),
                                    new Class<?>[] {Backend.class},
                                    (_, method, arguments) ->
                                            method.getName().equals(ignored)
                                                    ? ignored
                                                    : method.invoke(memory, arguments));
            Outage outage = new Outage(backend, mishap, termination, this::tell, patience);
            memory.start();
            assertThat(outage.play(System.nanoTime())).isEqualTo(interrupting);
            outage.judge(summary, faults);
            memory.stop();
            memory.struckTraffic().forEach(log -> errors.add(log.firstError()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "KILLED | 203.0.113.13:8080 | is killed | connection refused | is started again",
                "FROZEN | 203.0.113.12:8080 | freezes | no answer in time | goes on",
                "BROKEN | 203.0.113.11:8080 | answers with status 500 | HTTP status 500"
                        + " | answers as it should again"
            })
    void aServerThatFailsIsOutAndComesBack(
            Mishap mishap, String server, String befallen, String reason, String over) {
        play(mishap, "", Outage.PATIENCE);

        assertThat(faults).isEmpty();
        assertThat(errors).hasSize(2).containsOnly("");
        assertThat(told)
                .extracting(line -> line.substring("  0 s  ".length()))
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .isEqualTo("real server " + server + " " + befallen),
                        line -> assertThat(line).isEqualTo("it is out: http: " + reason),
                        line -> assertThat(line).matches("the others answered [1-9].* requests"),
                        line -> assertThat(line).isEqualTo("it " + over),
                        line ->
                                assertThat(line)
                                        .isEqualTo(
                                                "it is in again, at first with a part of its"
                                                        + " share"),
                        line -> assertThat(line).isEqualTo("it has its whole share again"));
        assertThat(summary.getFirst())
                .matches(
                        "  "
                                + Pattern.quote(server + " " + befallen)
                                + ": [1-9][0-9]* requests in flight failed");
    }

    @Test
    void aServerThatGoesOnIsNotTakenOut() {
        play(Mishap.KILLED, "strike", Duration.ofSeconds(1));

        assertThat(faults)
                .containsExactly(
                        "real server 203.0.113.13:8080 was not taken out, within" + " 1000 ms");
    }

    @Test
    void aServerThatStaysDeadIsNotAskedAgain() {
        play(Mishap.KILLED, "heal", Duration.ofSeconds(2));

        assertThat(faults)
                .containsExactly(
                        "real server 203.0.113.13:8080 was not given a part of its share after its return,"
                                + " within 2000 ms");
    }

    @Test
    void whatTheUserEndsIsNoFaultOfTheServer() {
        interrupting = true;
        play(Mishap.KILLED, "", Outage.PATIENCE);

        assertThat(told).hasSize(1);
        assertThat(summary).isEmpty();
        assertThat(faults).isEmpty();
    }
}
