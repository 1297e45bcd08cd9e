// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Messages arrive at sockets of both kinds, those of a real balancer too.
@Timeout(60)
final class NotifySocketTest {
    @TempDir Path folder;

    private RunningBalancer start() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("fullnat.yaml"), "ports: [{name: out, device: 'null:'}]\n");
        InMemoryIo io =
                InMemoryIo.builder()
                        .wire(
                                PortSettings.of("out", "02:00:00:00:01:01"),
                                PortSettings.of("client", "02:00:00:00:01:02"))
                        .open();
        return RunningBalancer.start(io, ConfigurationFile.read(file), Optional.of(file));
    }

    private void arrives(String name) throws IOException {
        try (NotifyReceiver receiver = new NotifyReceiver(name)) {
            NotifySocket socket = NotifySocket.of(name).orElseThrow();
            assertThat(socket.send("READY=1\nSTATUS=ports 2")).isTrue();
            assertThat(socket.send("WATCHDOG=1")).isTrue();
            assertThat(receiver.next()).isEqualTo("READY=1|STATUS=ports 2");
            assertThat(receiver.next()).isEqualTo("WATCHDOG=1");
        }
    }

    @Test
    void byPath() throws IOException {
        arrives(folder.resolve("notify").toString());
    }

    @Test
    void byAbstractName() throws IOException {
        arrives("@fullnat/test/" + ProcessHandle.current().pid());
    }

    @Test
    void nobodyListens() {
        Optional<NotifySocket> socket = NotifySocket.of(folder.resolve("nobody").toString());

        assertThat(socket.orElseThrow().send("READY=1")).isFalse();
    }

    @Test
    void whatIsNoNameIsNoSocket() {
        assertThat(NotifySocket.of("notify")).isEmpty();
        assertThat(NotifySocket.of("/")).isEmpty();
        assertThat(NotifySocket.of("/" + "n".repeat(107))).isEmpty();
        assertThat(NotifySocket.of("/" + "n".repeat(106))).isPresent();
        assertThat(NotifySocket.of("vsock:2:1234")).isEmpty();
    }

    @Test
    void aBalancerTellsItsWholeLife() throws IOException {
        String name = folder.resolve("notify").toString();
        Map<String, String> environment = Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "2000000");
        try (NotifyReceiver receiver = new NotifyReceiver(name);
                RunningBalancer balancer = start()) {
            try (Supervision supervision = Supervision.of(balancer, environment)) {
                supervision.begin();
                assertThat(next(receiver))
                        .isEqualTo("READY=1|STATUS=workers 1, ports 1, services 0");
                assertThat(sign(receiver)).isEqualTo("WATCHDOG=1");
                assertThat(sign(receiver)).isEqualTo("WATCHDOG=1");
                balancer.reload(true);
                balancer.reload(false);
                assertThat(next(receiver)).startsWith("RELOADING=1|MONOTONIC_USEC=");
                assertThat(next(receiver)).startsWith("READY=1|");
            }
            assertThat(next(receiver)).startsWith("STOPPING=1|");
        }
    }

    /// What the file names does not come to its end, as a file over a network may: signs go on,
    /// more than there are in what watches waits ([SupervisionTest] tells how far apart they are),
    /// and the reload is over when that is there.
    @Test
    void aReloadThatTakesLongerThanTheWatchdogIsNoReasonToEndTheBalancer() throws Exception {
        String name = folder.resolve("notify").toString();
        Duration limit = Duration.ofSeconds(1);
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "" + limit.toMillis() * 1000);
        try (NotifyReceiver receiver = new NotifyReceiver(name);
                RunningBalancer balancer = start();
                Supervision supervision = Supervision.of(balancer, environment)) {
            supervision.begin();
            assertThat(next(receiver)).startsWith("READY=1|");
            CountDownLatch there = new CountDownLatch(1);
            balancer.follow(desired -> {
                assertThatNoException().isThrownBy(there::await);
                return () -> {};
            });
            CompletableFuture<Void> reload =
                    CompletableFuture.runAsync(() -> balancer.reload(false));
            assertThat(next(receiver)).startsWith("RELOADING=1|");
            for (int sign = 0; sign < 5; sign++) { // longer than the limit
                assertThat(sign(receiver)).isEqualTo("WATCHDOG=1");
            }
            assertThat(reload).isNotDone();
            there.countDown();
            assertThat(next(receiver)).startsWith("READY=1|");
            reload.join();
        }
    }

    /// The next one, but for words: a machine that is busy may keep a worker for a moment.
    private static String sign(NotifyReceiver receiver) throws IOException {
        while (true) {
            String message = receiver.next();
            if (!message.startsWith("STATUS=")) {
                return message;
            }
        }
    }

    /// The next one that is no mere sign of life, nor says what is waited for.
    private static String next(NotifyReceiver receiver) throws IOException {
        while (true) {
            String message = receiver.next();
            if (!message.startsWith("WATCHDOG=1") && !message.startsWith("STATUS=")) {
                return message;
            }
        }
    }

    @Test
    void withoutASocketNothingIsDone() throws IOException {
        try (RunningBalancer balancer = start();
                Supervision supervision = Supervision.of(balancer, Map.of())) {
            supervision.begin();
            balancer.reload(false);
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("supervision"));
        }
    }
}
