// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.UdpEcho;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/// A lab with two servers, each with HTTP and UDP echo, and a balancer over DPDK between. One of
/// IPv4 alone, or one with a service of each protocol for each [FamilyPair].
final class Scene implements AutoCloseable {
    static final int SERVERS = 2;
    static final int HTTP_PORT = 8080;
    static final int ECHO_PORT = 7;
    static final Endpoint HTTP = new Endpoint(Lab.VIRTUAL, 80);
    static final Endpoint ECHO = new Endpoint(Lab.VIRTUAL, ECHO_PORT);
    static final ServiceKey HTTP_SERVICE = new ServiceKey(Protocol.TCP, HTTP);
    static final Duration TIMEOUT = Duration.ofSeconds(20);

    final Lab lab;
    final List<HttpOrigin> origins = new ArrayList<>();
    final List<UdpEcho> echoes = new ArrayList<>();
    final RunningBalancer balancer;

    /// Builds everything up, of IPv4 alone.
    ///
    /// @param weights of the HTTP servers
    Scene(int... weights) {
        this(Lab.create("fullnat-it", SERVERS), List.of(LabFamily.IPV4), yaml(weights));
    }

    private Scene(Lab lab, List<LabFamily> families, String yaml) {
        this.lab = lab;
        boolean built = false;
        try {
            families.forEach(this::start);
            balancer =
                    lab.balancer()
                            .call(() ->
                                    RunningBalancer.overDpdk(
                                            ConfigurationFile.parse("scene", yaml)));
            built = true;
        } finally {
            if (!built) { // or no other scene could be built
                closeServers();
            }
        }
    }

    private void start(LabFamily family) {
        for (int number = 1; number <= SERVERS; number++) {
            IpAddress address = family.server(number);
            origins.add(
                    HttpOrigin.start(
                            lab.server(number), "s" + number, new Endpoint(address, HTTP_PORT)));
            echoes.add(UdpEcho.start(lab.server(number), new Endpoint(address, ECHO_PORT)));
        }
    }

    private void closeServers() {
        origins.forEach(HttpOrigin::close);
        echoes.forEach(UdpEcho::close);
        lab.close();
    }

    /// Builds everything up, of both families.
    ///
    /// @param insideMtu of the balancer's link to the servers
    static Scene dualStack(int insideMtu) {
        return dualStack(1500, insideMtu);
    }

    /// Builds everything up, of both families.
    ///
    /// @param outsideMtu of the balancer's link to the client
    /// @param insideMtu of that to the servers
    static Scene dualStack(int outsideMtu, int insideMtu) {
        return new Scene(
                Lab.dualStack("fullnat-it", SERVERS),
                List.of(LabFamily.values()),
                FamilyPair.yaml(insideMtu)
                        .replace("name: outside,", "name: outside, mtu: " + outsideMtu + ","));
    }

    /// Builds everything up, of both families, with several workers.
    static Scene dualStackOf(int workers) {
        return new Scene(
                Lab.dualStack("fullnat-it", SERVERS),
                List.of(LabFamily.values()),
                FamilyPair.yaml(1500).replace("count: 1,", "count: " + workers + ","));
    }

    static String yaml(int... weights) {
        return """
        workers: {count: 1, connections: 65536}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:%s"}
          - {name: inside, device: "af_packet:%s"}
        addresses:
          - {address: %s, device: outside}
          - {address: %s, device: inside}
          - {address: %s/32, device: outside}
        services:
          - protocol: tcp
            address: %s
            scheduler: wrr
            servers:
        %s
            locals:
        %s
          - protocol: udp
            address: %s
            scheduler: rr
            servers:
        %s
            locals:
        %s
        """
                .formatted(
                        Lab.OUTSIDE_INTERFACE,
                        Lab.INSIDE_INTERFACE,
                        Lab.OUTSIDE,
                        Lab.INSIDE,
                        Lab.VIRTUAL,
                        HTTP,
                        servers(HTTP_PORT, weights),
                        locals(),
                        ECHO,
                        servers(ECHO_PORT, 1, 1),
                        locals());
    }

    private static String servers(int port, int... weights) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < weights.length; i++) {
            text.append(
                    "      - {address: \"%s:%d\", weight: %d}%n"
                            .formatted(Lab.serverAddress(i + 1), port, weights[i]));
        }
        return text.toString().stripTrailing();
    }

    private static String locals() {
        return Lab.LOCAL.stream()
                .map(address -> "      - {address: %s, device: inside}".formatted(address))
                .collect(Collectors.joining("\n"));
    }

    /// Runs the same work on several threads in the client's namespace, and fails with the first
    /// failure of any.
    void inParallel(int threads, Callable<?> work) throws Exception {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            running.add(
                    lab.client()
                            .start(
                                    "client " + i,
                                    () -> {
                                        try {
                                            work.call();
                                        } catch (Exception | Error failure) {
                                            failures.add(failure);
                                        }
                                    }));
        }
        for (Thread thread : running) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
        CountersReader counters = balancer.engine().counters();
        balancer.close();
        assertThat(balancer.buffersLost()).as("buffers not given back").isZero();
        closeServers();
        long ended = 0;
        for (Outcome outcome : Outcome.values()) {
            ended += outcome.kind() == Outcome.Kind.MOVED ? 0 : counters.total(outcome);
        }
        assertThat(ended).as("each packet has ended").isEqualTo(counters.total(Counter.RECEIVED));
        assertThat(counters.total(Counter.FAULTS)).isZero();
    }
}
