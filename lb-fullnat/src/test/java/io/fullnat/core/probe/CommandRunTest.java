// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.health.ProbeResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs that are run as checks, and how a [ProgramRun] ends those that do not end.
@Timeout(60)
final class CommandRunTest {
    private static final Endpoint SERVER = Endpoint.of("2001:db8::7", 8080);

    @TempDir private Path directory;

    private static ProbeResult run(Duration timeout, String... arguments) throws Exception {
        return Peer.probe(new CommandProbe(List.of(arguments)), SERVER, timeout);
    }

    private static ProbeResult shell(String script) throws Exception {
        return run(Peer.LONG, "/bin/sh", "-c", script);
    }

    @Test
    void statusZeroIsUp() throws Exception {
        assertThat(shell("exit 0")).isEqualTo(ProbeResult.passed("exit status 0"));
        assertThat(shell("echo all fine; echo more"))
                .isEqualTo(ProbeResult.passed("exit status 0: all fine"));
        assertThat(shell("echo not now >&2; exit 3"))
                .isEqualTo(ProbeResult.failed("exit status 3: not now"));
        assertThat(shell("kill -9 $$").passed()).isFalse();
    }

    @Test
    void learnsWhatIsProbed() throws Exception {
        assertThat(run(Peer.LONG, "/bin/echo", "-H{address}", "{port}", "{address}"))
                .isEqualTo(ProbeResult.passed("exit status 0: -H2001:db8::7 8080 2001:db8::7"));
    }

    @Test
    void whatItPrintsIsMadeHarmless() throws Exception {
        assertThat(shell("printf '\\033[31mred'"))
                .isEqualTo(ProbeResult.passed("exit status 0: ?[31mred"));
    }

    @Test
    void doesNotWaitForMuchOutputNorForWhoKeepsItOpen() throws Exception {
        assertThat(shell("head -c 3000000 /dev/zero | tr '\\0' x").detail())
                .isEqualTo("exit status 0: " + "x".repeat(120));
        assertThat(shell("sleep 5 & exit 0")).isEqualTo(ProbeResult.passed("exit status 0"));
    }

    @Test
    void getsNoneOfTheBalancersEnvironment() throws Exception {
        assertThat(
                        shell(
                                "env | sed 's/=.*//' | grep -v -e PATH -e LC_ALL -e PWD -e SHLVL -e '^_$'"))
                .isEqualTo(ProbeResult.failed("exit status 1"));
    }

    @Test
    void isKilledWithItsChildrenWhenTheTimeIsOver() throws Exception {
        Path pids = directory.resolve("pids");
        ProbeResult result =
                run(
                        Peer.SHORT,
                        "/bin/sh",
                        "-c",
                        "trap '' TERM; sh -c 'trap \"\" TERM; sleep 600 & echo $! $$ > "
                                + pids
                                + "; wait; sleep 600' & wait; sleep 600");

        assertThat(result).isEqualTo(ProbeResult.failed("no answer within 300 ms"));
        String[] numbers = Files.readString(pids).strip().split(" ", -1);
        assertThat(numbers).hasSize(2);
        for (String number : numbers) {
            Optional<ProcessHandle> left = ProcessHandle.of(Long.parseLong(number));
            while (left.isPresent() && isRunning(number)) {
                YieldingIdleStrategy.INSTANCE.idle();
            }
        }
    }

    /// Whether a process has neither ended nor waits for its parent to notice.
    private static boolean isRunning(String number) throws Exception {
        Path stat = Path.of("/proc", number, "stat");
        return Files.exists(stat) && !Files.readString(stat).contains(") Z ");
    }

    @Test
    void aProgramThatIsNotThereIsNamed() throws Exception {
        assertThat(run(Peer.LONG, "/no/such/program").detail())
                .contains("/no/such/program")
                .contains("no such file");
    }

    @Test
    void pings() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/ping"))
                        || Files.isExecutable(Path.of("/bin/ping")));

        assertThat(Peer.probe(new PingProbe(), Endpoint.of("127.0.0.1", 9), Peer.LONG))
                .isEqualTo(ProbeResult.passed("echo reply"));
        assertThat(Peer.probe(new PingProbe(), Endpoint.of("::1", 9), Peer.LONG))
                .isEqualTo(ProbeResult.passed("echo reply"));
    }
}
