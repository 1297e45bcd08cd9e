// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Rounds of a listing: on a terminal and off it, with pauses that take no time.
class RepetitionTest {
    private static final List<String> WORDS = List.of("service", "list");
    private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Deque<Repetition.Round> rounds = new ArrayDeque<>();
    private final List<Duration> pauses = new ArrayList<>();
    private Optional<Terminal> terminal = Optional.empty();
    private boolean begun;

    private void round(String text) {
        rounds.add((stdout, stderr) -> {
            stdout.print(text);
            stdout.flush();
            return 0;
        });
    }

    private void failure(String partly, String why, int status) {
        rounds.add((stdout, stderr) -> {
            stdout.print(partly);
            stderr.print(why);
            return status;
        });
    }

    /// Does all rounds, and is interrupted in the pause behind the last one.
    private int run(PrintWriter to, List<String> words, Duration interval) {
        Repetition.Pause pause =
                new Repetition.Pause() {
                    @Override
                    public void begin() {
                        begun = true;
                    }

                    @Override
                    public boolean isInterrupted(Duration length) {
                        pauses.add(length);
                        return rounds.isEmpty();
                    }
                };
        Instant noon = Instant.parse("2026-05-01T12:00:00Z");
        return new Repetition(() -> terminal, pause, () -> noon.plusSeconds(pauses.size()))
                .run(
                        words,
                        interval,
                        (stdout, stderr) -> {
                            assertThat(begun).isTrue();
                            return rounds.remove().show(stdout, stderr);
                        },
                        to,
                        new PrintWriter(err));
    }

    private int run() {
        return run(new PrintWriter(out), WORDS, TWO_SECONDS);
    }

    @Test
    void roundsFollowEachOtherWithAnEmptyLineBetween() {
        round("one\n");
        round("");
        round("three\nlines\n");

        assertThat(run()).isZero();

        assertThat(out).hasToString("one\n\n\nthree\nlines\n");
        assertThat(err).hasToString("");
        assertThat(pauses).containsExactly(TWO_SECONDS, TWO_SECONDS, TWO_SECONDS);
    }

    @Test
    void aFailureEndsItWhereNobodyLooks() {
        round("one\n");
        failure("", "fullnat: no balancer answers at /s\n", 43);
        round("never\n");

        assertThat(run()).isEqualTo(43);

        assertThat(out).hasToString("one\n\n");
        assertThat(err).hasToString("fullnat: no balancer answers at /s\n");
        assertThat(rounds).hasSize(1);
    }

    /// A reader that has gone is found out about by the caller that made the output.
    @Test
    void nothingIsAskedForOnceNobodyReads() {
        Writer gone =
                new Writer() {
                    @Override
                    public void write(char[] text, int from, int length)
                            throws java.io.IOException {
                        throw new java.io.IOException("Broken pipe");
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        for (Optional<Terminal> kind :
                List.of(Optional.<Terminal>empty(), Optional.of(new Terminal(24, 80)))) {
            terminal = kind;
            rounds.clear();
            round("one\n");
            round("two\n");

            assertThat(run(new PrintWriter(gone), WORDS, TWO_SECONDS)).isZero();
            assertThat(rounds).hasSize(1);
        }
        assertThat(pauses).isEmpty();
    }

    @Test
    void aTerminalIsDrawnOver() {
        terminal = Optional.of(new Terminal(24, 80));
        round("A  B\n1  2\n");
        round("A  B\n");

        assertThat(run()).isZero();

        String head = "\u001b[H\u001b[KEvery 2 s: fullnat service list" + " ".repeat(25);
        assertThat(out)
                .hasToString(
                        head
                                + "2026-05-01T12:00:00.000Z\n\u001b[K\n"
                                + "\u001b[KA  B\n\u001b[K1  2\n\u001b[J"
                                + head
                                + "2026-05-01T12:00:01.000Z\n\u001b[K\n"
                                + "\u001b[KA  B\n\u001b[J\n");
        assertThat(err).hasToString("");
    }

    @Test
    void nothingScrolls() {
        for (int rows = 1; rows < 30; rows++) {
            terminal = Optional.of(new Terminal(rows, 30));
            out.getBuffer().setLength(0);
            round("a line that is longer than a row is\n".repeat(20));

            assertThat(run()).isZero();

            String page = out.toString().replaceAll("\u001b\\[[HKJ]", "");
            assertThat(page).endsWith("more lines\n\n");
            List<String> lines = page.strip().lines().toList();
            // One row is left for the cursor; of one row there is no such.
            assertThat(lines).hasSize(Math.max(1, rows - 1));
            assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThan(31));
        }
    }

    @Test
    void theHeadingSaysWhatAndHowOften() {
        record Case(int columns, Duration interval, List<String> words, String heading) {}
        for (Case each :
                List.of(
                        new Case(
                                60,
                                Duration.ofMillis(100),
                                List.of("ipvsadm", "-Ln"),
                                "Every 0.1 s: ipvsadm -Ln" + " ".repeat(12) + "2026-"),
                        new Case(
                                60,
                                Duration.ofHours(24),
                                List.of("dpip", "link", "show"),
                                "Every 86400 s: dpip link show" + " ".repeat(7) + "2026-"),
                        new Case(
                                50,
                                Duration.ofMillis(2500),
                                List.of("service", "show", "tcp", "192.0.2.80:80"),
                                "Every 2.5 s: fullnat ser  2026-"),
                        new Case(40, TWO_SECONDS, WORDS, "Every 2 s: fullnat service list\n"),
                        new Case(10, TWO_SECONDS, WORDS, "Every 2 s:\n"),
                        new Case(
                                80,
                                TWO_SECONDS,
                                List.of("link", "list", "\u001b[2J\u202eü"),
                                "Every 2 s: fullnat link list \\u001b[2J\\u202e?  "))) {
            terminal = Optional.of(new Terminal(24, each.columns()));
            out.getBuffer().setLength(0);
            round("x\n");
            run(new PrintWriter(out), each.words(), each.interval());
            assertThat(out.toString()).startsWith("\u001b[H\u001b[K" + each.heading());
        }
    }

    @Test
    void aTerminalThatGrowsShowsMore() {
        terminal = Optional.of(new Terminal(6, 80));
        String list = "1\n2\n3\n4\n5\n";
        round(list);
        rounds.add((stdout, stderr) -> {
            terminal = Optional.of(new Terminal(40, 80));
            return 0;
        });
        round(list);

        run();

        assertThat(out.toString())
                .contains("\u001b[K1\n\u001b[K2\n\u001b[K... 3 more lines\n\u001b[J")
                .endsWith("\u001b[K4\n\u001b[K5\n\u001b[J\n");
    }

    /// A wrong name or a balancer that is not there: said as without the option.
    @Test
    void aFirstRoundThatFailsIsNoPage() {
        terminal = Optional.of(new Terminal(24, 80));
        failure("part\n", "fullnat: no balancer answers at /s\n", 43);

        assertThat(run()).isEqualTo(43);

        assertThat(out).hasToString("part\n");
        assertThat(err).hasToString("fullnat: no balancer answers at /s\n");
    }

    /// The operator sees the balancer go, and come back.
    @Test
    void aTerminalOutlivesAFailure() {
        terminal = Optional.of(new Terminal(24, 80));
        round("one\n");
        failure("", "fullnat: no balancer answers at /s\n", 43);
        round("three\n");

        assertThat(run()).isZero();

        assertThat(out.toString())
                .contains("\u001b[K\n\u001b[Kfullnat: no balancer answers at /s\n\u001b[J")
                .endsWith("\u001b[Kthree\n\u001b[J\n");
        assertThat(err).hasToString("");
    }
}
