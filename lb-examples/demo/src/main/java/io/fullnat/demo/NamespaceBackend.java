// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.network.ReversePath;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.demo.lab.UdpEcho;
import io.fullnat.dpdk.DeviceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// The demo on real packets: kernel TCP and UDP in namespaces, the balancer on packet sockets.
final class NamespaceBackend implements Backend {
    private static final int KEEP_ALIVE_CLIENTS = 4;
    private static final int CONNECTING_CLIENTS = 2;

    /// The address that checks come from.
    private static final String KERNEL = "203.0.113.9/24";

    private static final Duration CONNECTING_INTERVAL = Duration.ofMillis(10);

    private final Lab lab;
    private final Map<Endpoint, HttpOrigin> origins = new TreeMap<>();
    private final List<UdpEcho> echoes = new ArrayList<>();
    private final List<Supplier<ServerLog>> serverLogs = new ArrayList<>();
    private final boolean ipv6 = NetworkNamespace.hasIpv6();
    private final RunningBalancer balancer;
    private final LoadThreads threads = new LoadThreads();
    private final TrafficLog keepAlive = new TrafficLog("HTTP, kept alive");
    private final TrafficLog connecting = new TrafficLog("HTTP, one per connection");
    private final TrafficLog datagrams = new TrafficLog("UDP echo");
    private final TrafficLog connecting6 = new TrafficLog("HTTP over IPv6");
    private final TrafficLog datagrams64 = new TrafficLog("UDP echo, IPv6 to IPv4");

    private NamespaceBackend(Lab lab) {
        this.lab = lab;
        Scenario.numbers().forEach(this::startServer);
        Configuration configuration =
                Scenario.configuration(
                        List.of(port(Lab.OUTSIDE_INTERFACE), port(Lab.INSIDE_INTERFACE)), ipv6);
        lab.connectKernel(KERNEL);
        // Sockets belong to the namespace of the thread that opens them: packet sockets, and those
        // of checks, whose threads would be virtual ones otherwise, which are in none for sure.
        Executor inside = task -> lab.balancer().start("check", task);
        balancer =
                lab.balancer()
                        .call(() ->
                                RunningBalancer.overDpdk(
                                        configuration, builder -> builder.probeExecutor(inside)));
    }

    private void startServer(int number) {
        NetworkNamespace server = lab.server(number);
        serve(server, number, Scenario.http(number));
        echo(server, Scenario.echo(number));
        if (ipv6) {
            serve(server, number, Scenario.http6(number));
            echo(server, Scenario.echo64(number));
        }
    }

    private void serve(NetworkNamespace server, int number, Endpoint endpoint) {
        HttpOrigin origin = HttpOrigin.start(server, "server" + number, endpoint);
        origins.put(endpoint, origin);
        serverLogs.add(() -> ServerLog.of(Protocol.TCP, endpoint, origin.peers()));
    }

    private void echo(NetworkNamespace server, Endpoint endpoint) {
        UdpEcho echo = UdpEcho.start(server, endpoint);
        echoes.add(echo);
        serverLogs.add(() -> ServerLog.of(Protocol.UDP, endpoint, echo.peers()));
    }

    /// Builds everything up.
    ///
    /// @throws io.fullnat.api.BalancerException if a privilege, tool or library is missing; nothing
    ///   is left behind then
    static NamespaceBackend open() {
        Lab lab =
                NetworkNamespace.hasIpv6()
                        ? Lab.dualStack("fullnat", Scenario.SERVERS)
                        : Lab.create("fullnat", Scenario.SERVERS);
        try {
            return new NamespaceBackend(lab);
        } catch (RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private static PortSettings port(String name) {
        return new PortSettings(
                name,
                DeviceSpec.parse("af_packet:" + name),
                OptionalInt.empty(),
                false,
                Optional.empty(),
                ReversePath.OFF,
                Optional.empty());
    }

    @Override
    public String description() {
        return "real HTTP and UDP through kernel stacks in namespaces "
                + lab.client().name()
                + " ... "
                + lab.server(Scenario.SERVERS).name()
                + ", packet sockets"
                + (ipv6 ? "" : "; this kernel has no IPv6, so that is left out");
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
        HttpLoad http = new HttpLoad(Scenario.HTTP, localAddresses(), threads::isRunning);
        UdpLoad udp = new UdpLoad(Scenario.ECHO, threads::isRunning);
        for (int i = 0; i < KEEP_ALIVE_CLIENTS; i++) {
            client("kept alive " + i, () -> http.keepAlive(keepAlive));
        }
        for (int i = 0; i < CONNECTING_CLIENTS; i++) {
            client("connecting " + i, () -> http.onePerConnection(connecting, CONNECTING_INTERVAL));
        }
        client("datagrams", () -> udp.echo(datagrams));
        if (ipv6) {
            HttpLoad http6 = new HttpLoad(Scenario.HTTP6, localAddresses(), threads::isRunning);
            UdpLoad udp64 = new UdpLoad(Scenario.ECHO64, threads::isRunning);
            client(
                    "connecting over IPv6",
                    () -> http6.onePerConnection(connecting6, CONNECTING_INTERVAL));
            client("datagrams, IPv6 to IPv4", () -> udp64.echo(datagrams64));
        }
    }

    private void client(String name, Runnable work) {
        threads.add(lab.client().start(name, work));
    }

    @Override
    public void stop() {
        threads.stop();
    }

    @Override
    public void strike(Mishap mishap) {
        switch (mishap) {
            case KILLED -> origin(mishap).close();
            case FROZEN -> origin(mishap).freeze();
            case BROKEN -> origin(mishap).fail(true);
        }
    }

    @Override
    public void heal(Mishap mishap) {
        switch (mishap) {
            case KILLED -> origins.put(mishap.server(), origin(mishap).startAgain());
            case FROZEN -> origin(mishap).thaw();
            case BROKEN -> origin(mishap).fail(false);
        }
    }

    private HttpOrigin origin(Mishap mishap) {
        return Objects.requireNonNull(origins.get(mishap.server()));
    }

    @Override
    public List<TrafficLog> struckTraffic() {
        return List.of(keepAlive, connecting);
    }

    @Override
    public List<TrafficLog> traffic() {
        return ipv6
                ? List.of(keepAlive, connecting, datagrams, connecting6, datagrams64)
                : List.of(keepAlive, connecting, datagrams);
    }

    @Override
    public List<ServerLog> serverLogs() {
        return serverLogs.stream().map(Supplier::get).toList();
    }

    @Override
    public Set<String> localAddresses() {
        return Scenario.localAddresses();
    }

    @Override
    public List<IpAddress> clientAddresses() {
        return ipv6
                ? List.of(LabFamily.IPV4.client(), LabFamily.IPV6.client())
                : List.of(LabFamily.IPV4.client());
    }

    @Override
    public List<String> suggestions() {
        String client = "ip netns exec " + lab.client().name();
        List<String> lines = new ArrayList<>();
        lines.add(client + " curl http://" + Lab.VIRTUAL + "/");
        lines.add(client + " curl -o /dev/null http://" + Lab.VIRTUAL + "/bytes/100000000");
        lines.add(client + " ping " + Lab.VIRTUAL);
        if (ipv6) {
            lines.add(client + " curl http://" + Scenario.HTTP6 + "/");
            lines.add(client + " ping " + LabFamily.IPV6.virtual());
        }
        lines.add("ip netns exec " + lab.server(1).name() + " ip neighbour");
        return lines;
    }

    @Override
    public void close() {
        threads.stop();
        balancer.close();
        origins.values().forEach(HttpOrigin::close);
        echoes.forEach(UdpEcho::close);
        lab.close();
    }
}
