// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Protocol;
import io.fullnat.api.network.ReversePath;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.demo.lab.Peers;
import io.fullnat.demo.lab.UdpEcho;
import io.fullnat.dpdk.DeviceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The demo on real packets: kernel TCP and UDP in namespaces, the balancer on packet sockets.
final class NamespaceBackend implements Backend {
    private static final int KEEP_ALIVE_CLIENTS = 4;
    private static final int CONNECTING_CLIENTS = 2;
    private static final Duration CONNECTING_INTERVAL = Duration.ofMillis(10);

    private final Lab lab;
    private final List<HttpOrigin> origins = new ArrayList<>();
    private final List<UdpEcho> echoes = new ArrayList<>();
    private final RunningBalancer balancer;
    private final LoadThreads threads = new LoadThreads();
    private final TrafficLog keepAlive = new TrafficLog("HTTP, kept alive");
    private final TrafficLog connecting = new TrafficLog("HTTP, one per connection");
    private final TrafficLog datagrams = new TrafficLog("UDP echo");

    private NamespaceBackend(Lab lab) {
        this.lab = lab;
        Scenario.numbers().forEach(this::startServer);
        Configuration configuration =
                Scenario.configuration(
                        List.of(port(Lab.OUTSIDE_INTERFACE), port(Lab.INSIDE_INTERFACE)));
        // Packet sockets belong to the namespace of the thread that opens them.
        balancer = lab.balancer().call(() -> RunningBalancer.overDpdk(configuration));
    }

    private void startServer(int number) {
        NetworkNamespace server = lab.server(number);
        origins.add(HttpOrigin.start(server, "server" + number, Scenario.http(number)));
        echoes.add(UdpEcho.start(server, Scenario.echo(number)));
    }

    /// Builds everything up.
    ///
    /// @throws io.fullnat.api.BalancerException if a privilege, tool or library is missing; nothing
    ///   is left behind then
    static NamespaceBackend open() {
        Lab lab = Lab.create("fullnat", Scenario.SERVERS);
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
                ReversePath.OFF);
    }

    @Override
    public String description() {
        return "real HTTP and UDP through kernel stacks in namespaces "
                + lab.client().name()
                + " ... "
                + lab.server(Scenario.SERVERS).name()
                + ", packet sockets";
    }

    @Override
    public FullNatBalancer engine() {
        return balancer.engine();
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
    }

    private void client(String name, Runnable work) {
        threads.add(lab.client().start(name, work));
    }

    @Override
    public void stop() {
        threads.stop();
    }

    @Override
    public List<TrafficLog> traffic() {
        return List.of(keepAlive, connecting, datagrams);
    }

    @Override
    public List<ServerLog> serverLogs() {
        List<ServerLog> serverLogs = new ArrayList<>();
        for (int i = 0; i < Scenario.SERVERS; i++) {
            Peers web = origins.get(i).peers();
            Peers udp = echoes.get(i).peers();
            serverLogs.add(ServerLog.of(Protocol.TCP, Scenario.http(i + 1), web));
            serverLogs.add(ServerLog.of(Protocol.UDP, Scenario.echo(i + 1), udp));
        }
        return serverLogs;
    }

    @Override
    public Set<String> localAddresses() {
        return Scenario.localAddresses();
    }

    @Override
    public String clientAddress() {
        return Lab.CLIENT.toString();
    }

    @Override
    public List<String> suggestions() {
        String client = "ip netns exec " + lab.client().name();
        return List.of(
                client + " curl http://" + Lab.VIRTUAL + "/",
                client + " curl -o /dev/null http://" + Lab.VIRTUAL + "/bytes/100000000",
                client + " ping " + Lab.VIRTUAL,
                "ip netns exec " + lab.server(1).name() + " ip neighbour");
    }

    @Override
    public void close() {
        threads.stop();
        balancer.close();
        origins.forEach(HttpOrigin::close);
        echoes.forEach(UdpEcho::close);
        lab.close();
    }
}
