// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.webhook.Webhooks;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Several balancers that start at the same moment where one was killed: one serves, and keeps
/// serving; the others end and say why.
@Timeout(120)
final class SocketRaceTest {
    private static final int PROCESSES = 4;
    private static final int THREADS = 8;
    private static final int ROUNDS = 25;
    private static final String READY = "ready to start";
    private static final String WON = "serves";

    @TempDir Path directory;
    private final List<Process> started = new ArrayList<>();
    private Path socket = Path.of("s");

    @BeforeEach
    void leaveAStaleSocket() throws IOException {
        socket = directory.resolve("api.sock");
        Files.deleteIfExists(socket);
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    /// One balancer: starts when a line comes, and goes on until there are no more.
    static final class Contender {
        private Contender() {}

        public static void main(String[] arguments) throws IOException {
            Path socket = Path.of(arguments[0]);
            try (ApiRig rig = new ApiRig()) {
                System.out.println(READY);
                awaitLine();
                try (ApiServer server = start(rig, socket)) {
                    System.out.println(server.tcpPort().isPresent() ? "TCP" : WON);
                    awaitLine();
                } catch (BalancerException refusal) {
                    System.out.println(refusal.code() + ": " + refusal.getMessage());
                }
            }
        }
    }

    private static void awaitLine() throws IOException {
        int octet = System.in.read();
        assertThat(octet).as("a line, or the end").isIn((int) '\n', -1);
    }

    private static ApiServer start(ApiRig rig, Path socket) {
        return ApiServer.start(
                new ApiSettings(Optional.of(socket), Optional.empty()), rig, rig.runner);
    }

    private Process contender() throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--add-exports",
                                "java.base/jdk.internal.misc=ALL-UNNAMED",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Contender.class.getName(),
                                socket.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        started.add(process);
        return process;
    }

    /// The next line that begins with one of the words; what is logged before it is passed over.
    private static String line(Process process, String... beginnings) throws IOException {
        for (String line = process.inputReader().readLine();
                line != null;
                line = process.inputReader().readLine()) {
            if (List.of(beginnings).stream().anyMatch(line::startsWith)) {
                return line;
            }
        }
        throw new AssertionError("a contender ended without a word");
    }

    private static void tell(Process process) throws IOException {
        process.outputWriter().write('\n');
        process.outputWriter().flush();
    }

    /// The one that serves; the others have said that it does.
    private static Process winner(List<Process> contenders) throws IOException {
        for (Process process : contenders) {
            line(process, READY);
        }
        for (Process process : contenders) {
            tell(process);
        }
        List<Process> winners = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        for (Process process : contenders) {
            String said = line(process, WON, ErrorCode.ADDRESS_IN_USE.name());
            if (said.equals(WON)) {
                winners.add(process);
            } else {
                refusals.add(said);
            }
        }
        assertThat(winners).as("balancers that serve").hasSize(1);
        assertThat(refusals)
                .allSatisfy(refusal ->
                        assertThat(refusal)
                                .contains(
                                        "balancer",
                                        "has ",
                                        "stop it, or name another socket in api.socket"));
        return winners.getFirst();
    }

    @Test
    void oneOfSeveralProcessesServesAlsoAfterAKill() throws Exception {
        List<Process> contenders = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            contenders.add(contender());
        }
        Process first = winner(contenders);
        assertThat(health()).contains("\"pid\":" + first.pid() + ",");

        first.destroyForcibly().waitFor();
        assertThat(socket).as("left by the kill").exists();
        Process second = winner(List.of(contender(), contender()));
        assertThat(health()).contains("\"pid\":" + second.pid() + ",");
    }

    private String health() throws IOException {
        return RawClient.answer(socket, "GET", "/v2/health", "");
    }

    @Test
    void oneOfSeveralThreadsServesEachTime() throws Exception {
        try (ApiRig rig = new ApiRig();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int round = 0; round < ROUNDS; round++) {
                leaveAStaleSocket();
                CountDownLatch go = new CountDownLatch(1);
                List<Future<Optional<ApiServer>>> attempts = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    attempts.add(threads.submit(attempt(rig, go)));
                }
                go.countDown();
                List<ApiServer> servers = new ArrayList<>();
                for (Future<Optional<ApiServer>> attempt : attempts) {
                    attempt.get().ifPresent(servers::add);
                }
                assertThat(servers).as("in round %d", round).hasSize(1);
                assertThat(health()).contains("\"UP\"");
                servers.forEach(ApiServer::close);
            }
        }
    }

    private Callable<Optional<ApiServer>> attempt(ApiRig rig, CountDownLatch go) {
        return () -> {
            go.await();
            try {
                return Optional.of(start(rig, socket));
            } catch (BalancerException refusal) {
                assertThat(refusal.code()).isEqualTo(ErrorCode.ADDRESS_IN_USE);
                return Optional.empty();
            }
        };
    }

    @Test
    void aClaimIsThereBeforeTheSocketAndUntilItIsGivenBack() {
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        try (ApiRig rig = new ApiRig();
                SocketClaim claim = SocketClaim.of(settings)) {
            assertThat(refusal(rig)).contains("process " + ProcessHandle.current().pid());
            try (ApiServer server =
                    ApiServer.start(
                            claim, settings, rig, rig.runner, Audit.none(), Webhooks.none())) {
                assertThat(server.tcpPort()).isEmpty();
            }
            assertThat(refusal(rig)).as("while its ports may be open").contains("api.socket");
        }
        try (SocketClaim next = SocketClaim.of(settings)) {
            assertThat(next.file()).isPresent();
        }
    }

    private String refusal(ApiRig rig) {
        try (ApiServer server = start(rig, socket)) {
            throw new AssertionError("a second server, on TCP port " + server.tcpPort());
        } catch (BalancerException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
