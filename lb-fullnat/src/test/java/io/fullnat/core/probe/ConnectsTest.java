// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many connections that one thread awaits, by sockets of the kernel and by those of the runtime:
/// each a [Connect].
@Timeout(60)
@ParameterizedClass
@ValueSource(booleans = {true, false})
final class ConnectsTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final Connects connects;
    private final AtomicInteger threads = new AtomicInteger();
    private final ExecutorService executor =
            Executors.newCachedThreadPool(task -> {
                threads.incrementAndGet();
                return Thread.ofVirtual().unstarted(task);
            });

    ConnectsTest(boolean mayCall) {
        assertThat(ConnectSockets.mayCall()).isTrue();
        connects = new Connects(new ConnectSockets(mayCall));
    }

    @AfterEach
    void close() {
        executor.shutdownNow();
    }

    /// A question, and what is said of it.
    private static final class Asked implements UnthreadedProbe.Question {
        final CountDownLatch begun = new CountDownLatch(1);
        final CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        volatile boolean cancelled;
        volatile boolean wanted = true;

        @Override
        public boolean begins() {
            begun.countDown();
            return !cancelled;
        }

        @Override
        public boolean isWanted() {
            return wanted;
        }

        @Override
        public void ends(ProbeResult found) {
            assertThat(result.complete(found)).as("it ends once").isTrue();
        }

        @Override
        public void breaks(Throwable fault) {
            result.completeExceptionally(fault);
        }

        ProbeResult await() throws Exception {
            return result.get(30, TimeUnit.SECONDS);
        }
    }

    /// A server that is so busy that the kernel answers no more.
    private static final class Full implements AutoCloseable {
        final ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        private final List<SocketChannel> waiting = new ArrayList<>();

        Full() throws IOException, InterruptedException {
            SocketChannel last;
            do {
                last = SocketChannel.open();
                waiting.add(last);
                last.configureBlocking(false);
                last.connect(server.getLocalSocketAddress());
                Thread.sleep(50);
            } while (last.finishConnect());
        }

        /// It accepts those that wait: the next SYN that is sent again is answered.
        void goOn() throws IOException {
            for (int i = 1; i < waiting.size(); i++) {
                server.accept().close();
            }
        }

        Endpoint endpoint() {
            return Endpoint.of("127.0.0.1", server.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel each : waiting) {
                each.close();
            }
            server.close();
        }
    }

    private static ProbeTarget target(Endpoint endpoint, Duration timeout) {
        return new ProbeTarget(endpoint, Optional.empty(), timeout);
    }

    private Asked ask(ProbeTarget target) {
        Asked asked = new Asked();
        connects.begin(target, executor, asked);
        return asked;
    }

    /// The handshake is answered by a reset: nothing is left that it could accept.
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void theServersProgramHearsNothing(String address) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral(address))) {
            Endpoint endpoint = Endpoint.of(address, server.getLocalPort());
            for (int again = 0; again < 3; again++) {
                assertThat(ask(target(endpoint, Peer.LONG)).await())
                        .isEqualTo(ProbeResult.passed("connected"));
            }
            server.setSoTimeout(100);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void oneThatIsGreetedHearsThatAndAReset() throws Exception {
        CompletableFuture<String> met = new CompletableFuture<>();
        try (Peer peer =
                Peer.of(client -> {
                    byte[] greeting = new byte[16];
                    int read = client.getInputStream().readNBytes(greeting, 0, greeting.length);
                    try {
                        client.getInputStream().read();
                    } catch (SocketException reset) {
                        met.complete(read + " bytes, " + reset.getMessage());
                    }
                })) {
            ProbeTarget greeted = greeted(peer.endpoint(), Optional.empty());
            assertThat(greeted.greeting()).hasSize(16);
            assertThat(ask(greeted).await()).isEqualTo(ProbeResult.passed("connected"));
            assertThat(met.get(30, TimeUnit.SECONDS)).isEqualTo("16 bytes, Connection reset");
        }
    }

    private static ProbeTarget greeted(Endpoint endpoint, Optional<IpAddress> source) {
        return new ProbeTarget(endpoint, source, Peer.LONG, HealthCheck.Proxy.V2);
    }

    /// Whatever they end by, and though the thread that opened them is gone.
    @Test
    void noSocketIsLeftOver() throws Exception {
        Endpoint closed;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            closed = Endpoint.of("127.0.0.1", server.getLocalPort());
        }
        try (Peer peer = Peer.saying("")) {
            long before = sockets();
            List<Asked> asked = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                asked.add(ask(target(i % 2 == 0 ? peer.endpoint() : closed, Peer.LONG)));
            }
            for (int i = 0; i < 300; i++) {
                assertThat(asked.get(i).await().passed()).isEqualTo(i % 2 == 0);
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (sockets() > before && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            assertThat(sockets()).isLessThanOrEqualTo(before);
            executor.shutdown();
            assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static long sockets() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : open) {
                try {
                    count += Files.readSymbolicLink(each).toString().startsWith("socket:") ? 1 : 0;
                } catch (NoSuchFileException closed) {
                    // it was the one of this list, or another thread's
                }
            }
        }
        return count;
    }

    @Test
    void aClosedPortIsDownAndASourceThatIsNotThereIsNamed() throws Exception {
        Endpoint closed;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            closed = Endpoint.of("127.0.0.1", server.getLocalPort());
        }
        assertThat(ask(target(closed, Peer.LONG)).await())
                .isEqualTo(ProbeResult.failed("connection refused"));
        assertThat(
                        ask(new ProbeTarget(
                                        closed,
                                        Optional.of(IpAddress.parse("192.0.2.77")),
                                        Peer.LONG))
                                .await()
                                .detail())
                .startsWith("cannot ask from 192.0.2.77: ");
    }

    @Test
    void asksFromTheSourceThatIsSaidAndByIpv6() throws Exception {
        CompletableFuture<String> from = new CompletableFuture<>();
        try (Peer peer =
                        Peer.of(client -> from.complete(client.getInetAddress().getHostAddress()));
                Peer six =
                        Peer.of(
                                new ServerSocket(0, 50, InetAddress.ofLiteral("::1")),
                                client -> {})) {
            ProbeTarget target =
                    greeted(peer.endpoint(), Optional.of(IpAddress.parse("127.0.0.77")));
            assertThat(ask(target).await().passed()).isTrue();
            assertThat(from.get(30, TimeUnit.SECONDS)).isEqualTo("127.0.0.77");
            assertThat(ask(target(Endpoint.of("::1", six.endpoint().port()), Peer.LONG)).await())
                    .isEqualTo(ProbeResult.passed("connected"));
        }
    }

    /// By one thread; the slow ones last as long as they may.
    @Test
    void oneThatIsSlowDelaysNoOther() throws Exception {
        try (Full full = new Full();
                Peer peer = Peer.saying("")) {
            List<Asked> slow = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                slow.add(ask(target(full.endpoint(), Duration.ofMinutes(1))));
            }
            slow.getLast().begun.await();
            for (int i = 0; i < 20; i++) {
                assertThat(ask(target(peer.endpoint(), Peer.LONG)).await().passed()).isTrue();
            }
            Asked brief = ask(target(full.endpoint(), Duration.ofMillis(100)));
            assertThat(brief.await()).isEqualTo(ProbeResult.failed("no answer within 100 ms"));
            assertThat(slow).noneMatch(each -> each.result.isDone());
            assertThat(threads).hasValue(1);
        }
    }

    @Test
    void whatIsNotWantedAnyMoreIsGivenUp() throws Exception {
        try (Full full = new Full()) {
            Asked asked = ask(target(full.endpoint(), Duration.ofMinutes(1)));
            asked.begun.await();
            asked.wanted = false;
            assertThat(asked.await()).isEqualTo(ProbeResult.failed("interrupted"));

            Asked cancelled = new Asked();
            cancelled.cancelled = true;
            connects.begin(target(full.endpoint(), Duration.ofMinutes(1)), executor, cancelled);
            cancelled.begun.await();
            assertThat(ask(target(full.endpoint(), Duration.ofMillis(50))).await().passed())
                    .isFalse();
            assertThat(cancelled.result).isNotDone();
        }
    }

    @Test
    void anExecutorThatEndsEndsAll() throws Exception {
        try (Full full = new Full()) {
            Asked asked = ask(target(full.endpoint(), Duration.ofMinutes(1)));
            asked.begun.await();
            executor.shutdownNow();
            assertThat(asked.await()).isEqualTo(ProbeResult.failed("interrupted"));
            assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> ask(target(full.endpoint(), Peer.LONG)))
                    .isInstanceOf(RejectedExecutionException.class);
            Asked later = new Asked();
            connects.begin(
                    target(full.endpoint(), Duration.ofMillis(50)),
                    Thread::startVirtualThread,
                    later);
            assertThat(later.await().detail()).isEqualTo("no answer within 50 ms");
        }
    }

    /// What asks by a thread that waits does the same; what says something is asked only so.
    @Test
    void connectionsAloneNeedNoThread() throws Exception {
        SocketProbes probes = new SocketProbes();
        assertThat(probes.create(new TcpProbe())).isInstanceOf(UnthreadedProbe.class);
        assertThat(probes.create(new TcpProbe(Payload.EMPTY, Payload.parse("+PONG"))))
                .isNotInstanceOf(UnthreadedProbe.class);
        try (Peer peer = Peer.saying("")) {
            assertThat(probes.create(new TcpProbe()).probe(target(peer.endpoint(), Peer.LONG)))
                    .isEqualTo(ProbeResult.passed("connected"));
        }
    }

    @Test
    void aServerThatAnswersLateIsUp() throws Exception {
        try (Full full = new Full()) {
            Asked asked = ask(target(full.endpoint(), Peer.LONG));
            asked.begun.await();
            Thread.sleep(20);
            assertThat(asked.result).isNotDone();
            full.goOn();
            assertThat(asked.await()).isEqualTo(ProbeResult.passed("connected"));
        }
    }
}
