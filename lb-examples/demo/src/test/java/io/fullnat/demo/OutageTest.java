// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.run.Termination;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The step of the demo in which a real server dies, on the backend in memory.
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
    private void play(String ignored, Duration patience) {
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
            Outage outage = new Outage(backend, termination, this::tell, patience);
            memory.start();
            assertThat(outage.play(System.nanoTime())).isEqualTo(interrupting);
            outage.judge(summary, faults);
            memory.stop();
            memory.mortalTraffic().forEach(log -> errors.add(log.firstError()));
        }
    }

    @Test
    void aServerThatDiesIsOutAndComesBack() {
        play("", Outage.PATIENCE);

        assertThat(faults).isEmpty();
        assertThat(errors).hasSize(2).containsOnly("");
        assertThat(told)
                .extracting(line -> line.substring("  0 s  ".length()))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("real server 203.0.113.13:8080 dies"),
                        line -> assertThat(line).isEqualTo("it is out: tcp: connection refused"),
                        line -> assertThat(line).matches("the others answered [1-9].* requests"),
                        line -> assertThat(line).isEqualTo("it is started again"),
                        line -> assertThat(line).isEqualTo("it is asked again"));
        assertThat(summary.getFirst())
                .matches(
                        "  real server 203\\.0\\.113\\.13:8080 died: [1-9][0-9]* requests in"
                                + " flight failed");
    }

    @Test
    void aServerThatGoesOnIsNotTakenOut() {
        play("killServer", Duration.ofSeconds(1));

        assertThat(faults)
                .containsExactly(
                        "real server 203.0.113.13:8080 was not taken out after it died, within"
                                + " 1000 ms");
    }

    @Test
    void aServerThatStaysDeadIsNotAskedAgain() {
        play("reviveServer", Duration.ofSeconds(2));

        assertThat(faults)
                .containsExactly(
                        "real server 203.0.113.13:8080 was not asked again after its return,"
                                + " within 2000 ms");
    }

    @Test
    void whatTheUserEndsIsNoFaultOfTheServer() {
        interrupting = true;
        play("", Outage.PATIENCE);

        assertThat(told).hasSize(1);
        assertThat(summary).isEmpty();
        assertThat(faults).isEmpty();
    }
}
