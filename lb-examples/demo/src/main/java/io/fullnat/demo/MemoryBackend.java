// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.RequestServer;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.core.simulation.SimulatedUdp.Datagram;
import io.fullnat.core.simulation.TcpApplication;
import io.fullnat.core.simulation.TcpConnection;
import io.fullnat.core.simulation.TcpEnd;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.Peers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The demo without privileges: the same balancer, on threads of its own, between simulated hosts
/// at the ends of in-memory wires. The hosts have a thread of theirs; all servers are one host with
/// several addresses.
final class MemoryBackend implements Backend {
    private static final int BUFFERS = 8192;
    private static final int KEEP_ALIVE_CLIENTS = 8;
    private static final int REQUESTS_PER_CONNECTION = 200;
    private static final int CONNECTING_CLIENTS = 2;
    private static final long CONNECTING_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long IDLE_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RunningBalancer balancer;
    private final SimulatedHost client;
    private final SimulatedHost servers;
    private final Map<Endpoint, Peers> webPeers = new TreeMap<>();
    private final Map<Endpoint, Peers> echoPeers = new TreeMap<>();
    private final List<SimulatedHttp> https = new ArrayList<>();
    private final List<SimulatedEcho> echoes = new ArrayList<>();
    private final TrafficLog keepAlive = new TrafficLog("HTTP, kept alive");
    private final TrafficLog connecting = new TrafficLog("HTTP, one per connection");
    private final TrafficLog datagrams = new TrafficLog("UDP echo");
    private final TrafficLog connecting6 = new TrafficLog("HTTP over IPv6");
    private final TrafficLog datagrams64 = new TrafficLog("UDP echo, IPv6 to IPv4");
    private final Thread thread = Thread.ofPlatform().name("hosts").daemon().unstarted(this::drive);
    private volatile boolean running = true;
    private volatile boolean abandoned;
    private final Queue<Runnable> frozen = new ArrayDeque<>();
    private volatile @Nullable Mishap struck;

    private MemoryBackend(InMemoryIo io) {
        client =
                SimulatedHost.at(io.wire(Lab.OUTSIDE_INTERFACE).far(), io.buffers())
                        .address(LabFamily.IPV4.clientPrefix())
                        .gateway(LabFamily.IPV4.gateway().toString())
                        .address(LabFamily.IPV6.clientPrefix())
                        .gateway(LabFamily.IPV6.gateway().toString())
                        .start();
        SimulatedHost.Builder builder =
                SimulatedHost.at(io.wire(Lab.INSIDE_INTERFACE).far(), io.buffers());
        for (LabFamily family : LabFamily.values()) {
            Scenario.numbers().forEach(number -> builder.address(family.serverPrefix(number)));
        }
        servers = builder.start();
        for (int number : Scenario.numbers().toArray()) {
            webPeers.put(Scenario.http(number), new Peers());
            webPeers.put(Scenario.http6(number), new Peers());
            echoPeers.put(Scenario.echo(number), new Peers());
            echoPeers.put(Scenario.echo64(number), new Peers());
        }
        servers.tcp().listen(Scenario.http(1).port(), WebServer::new);
        servers.udp().bind(Scenario.echo(1).port(), this::echo);
        servers.udp().bind(Scenario.echo64(1).port(), this::echo);
        balancer =
                RunningBalancer.start(
                        io,
                        Scenario.configuration(List.of(), true),
                        besides -> besides.probes(_ -> this::probe));
    }

    /// Builds everything up.
    static MemoryBackend open() {
        return new MemoryBackend(
                InMemoryIo.builder()
                        .buffers(BUFFERS)
                        .wire(
                                PortSettings.of(Lab.OUTSIDE_INTERFACE, "02:00:00:00:01:01"),
                                PortSettings.of("client", "02:00:00:00:01:02"))
                        .wire(
                                PortSettings.of(Lab.INSIDE_INTERFACE, "02:00:00:00:02:01"),
                                PortSettings.of("servers", "02:00:00:00:02:02"))
                        .open());
    }

    /// A server that remembers whom it saw.
    private final class WebServer implements TcpApplication {
        private final RequestServer server = new RequestServer();
        private boolean ended;

        @Override
        public void onOpen(TcpConnection connection) {
            if (is(Mishap.KILLED, connection.local())) {
                connection.abort();
            }
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            if (is(Mishap.KILLED, connection.local())) {
                connection.abort();
                return;
            }
            saw(webPeers, connection.local(), connection.peer());
            if (is(Mishap.FROZEN, connection.local())) {
                frozen.add(() -> answerLate(connection, data));
            } else if (is(Mishap.BROKEN, connection.local())) {
                connection.send(SimulatedHttp.SERVER_ERROR.getBytes(ISO_8859_1));
            } else {
                server.onData(connection, data);
            }
        }

        private void answerLate(TcpConnection connection, byte[] data) {
            if (!ended) {
                server.onData(connection, data);
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd end) {
            ended = true;
        }
    }

    /// There is no network but the balancer's between it and the servers.
    private ProbeResult probe(ProbeTarget target) {
        Mishap now = struck;
        if (now == null || !target.endpoint().equals(now.server())) {
            return ProbeResult.passed("HTTP status 200");
        }
        return ProbeResult.failed(
                switch (now) {
                    case KILLED -> "connection refused";
                    case FROZEN -> "no answer in time";
                    case BROKEN -> "HTTP status 500";
                });
    }

    private boolean is(Mishap mishap, Endpoint server) {
        return struck == mishap && server.equals(mishap.server());
    }

    private void echo(Datagram datagram) {
        saw(echoPeers, datagram.local(), datagram.peer());
        servers.udp().send(datagram.local(), datagram.peer(), datagram.data());
    }

    private static void saw(Map<Endpoint, Peers> peers, Endpoint server, Endpoint peer) {
        Objects.requireNonNull(peers.get(server)).saw(peer.address().toString());
    }

    private void drive() {
        while (!abandoned && (running || isBusy())) {
            long nowNs = System.nanoTime();
            if (struck != Mishap.FROZEN) {
                frozen.forEach(Runnable::run);
                frozen.clear();
            }
            int work = client.doWork(nowNs) + servers.doWork(nowNs);
            // What had arrived is handled by now, however long this thread had stood.
            https.forEach(http -> http.doWork(nowNs));
            echoes.forEach(echo -> echo.doWork(nowNs));
            if (work == 0) {
                LockSupport.parkNanos(IDLE_NS);
            }
        }
    }

    private boolean isBusy() {
        return !https.stream().allMatch(SimulatedHttp::isIdle)
                || !echoes.stream().allMatch(SimulatedEcho::isIdle);
    }

    @Override
    public String description() {
        return "simulated HTTP and UDP over in-memory ports";
    }

    @Override
    public FullNatBalancer engine() {
        return balancer.engine();
    }

    @Override
    public Operations operations() {
        return balancer;
    }

    @Override
    public void start() {
        for (int i = 0; i < KEEP_ALIVE_CLIENTS; i++) {
            https.add(
                    new SimulatedHttp(
                            client,
                            Scenario.HTTP,
                            REQUESTS_PER_CONNECTION,
                            0,
                            keepAlive,
                            () -> running));
        }
        for (int i = 0; i < CONNECTING_CLIENTS; i++) {
            https.add(connecting(Scenario.HTTP, connecting));
        }
        https.add(connecting(Scenario.HTTP6, connecting6));
        echoes.add(new SimulatedEcho(client, Scenario.ECHO, datagrams, () -> running));
        echoes.add(new SimulatedEcho(client, Scenario.ECHO64, datagrams64, () -> running));
        thread.start();
    }

    private SimulatedHttp connecting(Endpoint service, TrafficLog log) {
        return new SimulatedHttp(client, service, 1, CONNECTING_INTERVAL_NS, log, () -> running);
    }

    @Override
    public void stop() {
        running = false;
        join();
    }

    private void join() {
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void strike(Mishap mishap) {
        struck = mishap;
    }

    @Override
    public void heal(Mishap mishap) {
        struck = null;
    }

    @Override
    public List<TrafficLog> struckTraffic() {
        return List.of(keepAlive, connecting);
    }

    @Override
    public List<TrafficLog> traffic() {
        return List.of(keepAlive, connecting, datagrams, connecting6, datagrams64);
    }

    @Override
    public List<ServerLog> serverLogs() {
        List<ServerLog> serverLogs = new ArrayList<>();
        webPeers.forEach(
                (server, peers) -> serverLogs.add(ServerLog.of(Protocol.TCP, server, peers)));
        echoPeers.forEach(
                (server, peers) -> serverLogs.add(ServerLog.of(Protocol.UDP, server, peers)));
        return serverLogs;
    }

    @Override
    public Set<String> localAddresses() {
        return Scenario.localAddresses();
    }

    @Override
    public List<IpAddress> clientAddresses() {
        return List.of(LabFamily.IPV4.client(), LabFamily.IPV6.client());
    }

    @Override
    public List<String> suggestions() {
        return List.of();
    }

    @Override
    public void close() {
        // The hosts must not touch the wires when these are gone.
        abandoned = true;
        join();
        balancer.close();
    }
}
