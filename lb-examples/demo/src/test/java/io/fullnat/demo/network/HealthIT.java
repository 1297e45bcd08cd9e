// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nginx servers under 500 requests a second, each by a connection of its own, whether those
/// before were answered or not; a server that dies is found out by its checks, which go by an
/// interface of the kernel beside the balancer's.
@NetworkTest
class HealthIT {
    private static final int SERVERS = 3;
    private static final int FALL = 2;
    private static final long BETWEEN_NS = Duration.ofMillis(2).toNanos();
    private static final int MOST_AT_ONCE = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Endpoint SERVICE = new Endpoint(Lab.VIRTUAL, 80);
    private static final String KERNEL = "203.0.113.9/24";
    @TempDir private Path folder;

    private final List<NginxOrigin> origins = new ArrayList<>();
    private final Semaphore free = new Semaphore(MOST_AT_ONCE);
    private final ConcurrentSkipListMap<String, AtomicInteger> answers =
            new ConcurrentSkipListMap<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean running = true;
    private BalancerProcess balancer;
    private Thread client;

    /// A request that was not answered as it should.
    private record Failure(long begunNs, String why) {}

    @BeforeEach
    void start() throws IOException {
        NetworkCondition.require("nginx");
        Lab lab = Lab.create("fullnat-health", SERVERS);
        lab.connectKernel(KERNEL);
        for (int number = 1; number <= SERVERS; number++) {
            origins.add(
                    NginxOrigin.start(
                            lab.server(number),
                            folder.resolve("s" + number),
                            Lab.serverAddress(number).toString()));
        }
        balancer = BalancerProcess.start(lab, folder, yaml());
        client = lab.client().start("client", this::send);
    }

    private static String yaml() {
        return """
        workers: {count: 1, connections: 65536}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:outside"}
          - {name: inside, device: "af_packet:inside"}
        addresses:
          - {address: %s, device: outside}
          - {address: %s, device: inside}
          - {address: %s/32, device: outside}
        services:
          - protocol: tcp
            address: %s
            scheduler: wrr
            checks: [http path=/health interval=0.25 timeout=1 rise=2 fall=%d]
            slow-start: 2
            servers:
        %s
            locals:
              - {address: %s, device: inside}
        """
                .formatted(
                        Lab.OUTSIDE,
                        Lab.INSIDE,
                        Lab.VIRTUAL,
                        SERVICE,
                        FALL,
                        IntStream.rangeClosed(1, SERVERS)
                                .mapToObj(number ->
                                        "      - {address: %s:%d}"
                                                .formatted(
                                                        Lab.serverAddress(number), Scene.HTTP_PORT))
                                .collect(Collectors.joining("\n")),
                        Lab.LOCAL.getFirst());
    }

    @AfterEach
    void close() throws Exception {
        running = false;
        if (client != null) {
            client.join();
        }
        origins.forEach(NginxOrigin::close);
        if (balancer != null) {
            balancer.close();
        }
    }

    /// Threads that the calling one starts are in its namespace.
    private void send() {
        try (ExecutorService requests = Executors.newCachedThreadPool()) {
            for (long dueNs = System.nanoTime(); running; dueNs += BETWEEN_NS) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
                free.acquireUninterruptibly();
                requests.execute(this::request);
            }
        }
    }

    private void request() {
        long begunNs = System.nanoTime();
        try (HttpConnection connection = HttpConnection.open(SERVICE, PATIENCE)) {
            HttpReply reply = connection.getAndClose("/");
            if (reply.status() == 200) {
                answers.computeIfAbsent(reply.body().strip(), name -> new AtomicInteger())
                        .incrementAndGet();
            } else {
                failures.add(new Failure(begunNs, "status " + reply.status()));
            }
        } catch (IOException e) {
            failures.add(new Failure(begunNs, String.valueOf(e)));
        } finally {
            free.release();
        }
    }

    private int answered(int number) {
        AtomicInteger count = answers.get("s" + number);
        return count == null ? 0 : count.get();
    }

    private JsonNode server(int number) {
        try {
            return balancer.json("server", "list", "--json").at("/realServers/" + (number - 1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String use(int number) {
        return server(number).at("/health/use").asText();
    }

    private void untilAnswered(int number) throws InterruptedException {
        int before = answered(number);
        Shell.until("answers of s" + number, () -> answered(number) > before + 20);
    }

    private void untilAllServe() throws InterruptedException {
        for (int number = 1; number <= SERVERS; number++) {
            int one = number;
            Shell.until(
                    "s" + one + " is checked",
                    () -> server(one).at("/health/active").asText().equals("up"));
            untilAnswered(one);
        }
    }

    private long failedProbes() throws IOException {
        return balancer.json("counters", "--json")
                .at("/counters/" + Counter.HEALTH_PROBES_FAILED)
                .asLong();
    }

    /// Waits until a server is out, which it is not before so many checks as `fall` says have
    /// failed: from then on no request fails, and the others answer all.
    private void assertIsOut(int number, String reason, long failedBefore) throws Exception {
        Shell.until("s" + number + " is out", () -> use(number).equals("out"));
        assertThat(failedProbes() - failedBefore).isGreaterThanOrEqualTo(FALL);
        long outNs = System.nanoTime();
        assertThat(server(number).at("/health/reason").asText()).contains(reason);
        for (int other = 1; other <= SERVERS; other++) {
            if (other != number) {
                untilAnswered(other);
                untilAnswered(other);
            }
        }
        int answered = answered(number);
        untilAnswered(number % SERVERS + 1);
        assertThat(answered(number)).isEqualTo(answered);
        assertThat(failures)
                .noneSatisfy(failure -> assertThat(failure.begunNs() - outNs).isPositive());
    }

    /// Waits until it is back, first with a share that grows, then with the whole.
    private void assertComesBack(int number) throws InterruptedException {
        Shell.until("s" + number + " starts slowly", () -> use(number).equals("slow-start"));
        untilAnswered(number);
        Shell.until("s" + number + " is in", () -> use(number).equals("in"));
    }

    @Test
    void aKilledServerIsOutAndComesBack() throws Exception {
        untilAllServe();
        long failed = failedProbes();
        origins.get(0).kill();
        assertIsOut(1, "refused", failed);
        origins.get(0).startAgain();
        assertComesBack(1);
    }

    @Test
    void aFrozenServerIsOutAndComesBack() throws Exception {
        untilAllServe();
        long failed = failedProbes();
        origins.get(1).signal("STOP");
        assertIsOut(2, "no answer within 1000 ms", failed);
        origins.get(1).signal("CONT");
        assertComesBack(2);
    }

    @Test
    void aServerThatAnswersWith500IsOutAndComesBack() throws Exception {
        untilAllServe();
        long failed = failedProbes();
        origins.get(2).has("broken", true);
        assertIsOut(3, "HTTP status 500", failed);
        origins.get(2).has("broken", false);
        assertComesBack(3);
    }

    /// Each server says that it leaves before it does.
    @Test
    void aRollingRestartLosesNoRequest() throws Exception {
        untilAllServe();
        for (int number = 1; number <= SERVERS; number++) {
            NginxOrigin origin = origins.get(number - 1);
            origin.has("leaving", true);
            untilUnused(number);
            origin.quit();
            origin.has("leaving", false);
            origin.startAgain();
            untilUsedAgain(number);
        }
        assertThat(failures).as(balancer.said()).isEmpty();
    }

    /// The operator takes each server out by its weight.
    @Test
    void aRollingRestartByWeightsLosesNoRequest() throws Exception {
        untilAllServe();
        for (int number = 1; number <= SERVERS; number++) {
            NginxOrigin origin = origins.get(number - 1);
            weigh(number, 0);
            untilUnused(number);
            origin.quit();
            origin.startAgain();
            weigh(number, 1);
            untilUsedAgain(number);
        }
        assertThat(failures).as(balancer.said()).isEmpty();
    }

    private void weigh(int number, int weight) {
        String server = "%s:%d".formatted(Lab.serverAddress(number), Scene.HTTP_PORT);
        BalancerProcess.Result result =
                balancer.ask(
                        List.of(
                                "server",
                                "edit",
                                "tcp",
                                SERVICE.toString(),
                                server,
                                "--weight",
                                String.valueOf(weight)));
        assertThat(result.status()).as(result.errors()).isZero();
    }

    private void untilUnused(int number) throws InterruptedException {
        Shell.until("s" + number + " is out", () -> use(number).equals("out"));
        Shell.until(
                "s" + number + " has none",
                () -> server(number).path("activeConnections").asInt() == 0);
    }

    private void untilUsedAgain(int number) throws InterruptedException {
        Shell.until("s" + number + " is back", () -> !use(number).equals("out"));
        untilAnswered(number);
    }
}
