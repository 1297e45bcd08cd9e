package io.fullnat.benchmarks;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.packet.PacketBuilder;
import java.util.List;

/// A balancer on threads of its own whose one worker forwards as fast as it can, requests and
/// answers of UDP flows in turn.
record LoadedBalancer(GeneratingIo io, FullNatBalancer balancer, int flows)
        implements AutoCloseable {
    /// Starts it and waits until all flows have their connections.
    static LoadedBalancer start(int flows) {
        byte[] template =
                PacketBuilder.ethernet("02:00:00:00:00:c1", GeneratingIo.MAC)
                        .ipv4("10.0.0.1", "192.0.2.80")
                        .udp(1024, 53)
                        .noUdpChecksum()
                        .payload(new byte[18])
                        .toBytes();
        int[] last = new int[1];
        GeneratingIo io =
                new GeneratingIo(
                        template, () -> last[0] = last[0] + 1 < flows ? last[0] + 1 : 0, true);
        FullNatBalancer balancer =
                FullNatBalancer.builder(io).connections(1 << 20).seed(42).start();
        VirtualService service =
                VirtualService.of(ServiceKey.udp("192.0.2.80", 53))
                        .withScheduler("rr")
                        .withRealServer(RealServer.of("203.0.113.11", 5353));
        for (int i = 0; i < 20; i++) {
            service = service.withLocalAddress(LocalAddress.of("203.0.113." + (100 + i), "port"));
        }
        balancer.control()
                .submit(
                        List.of(
                                new Change.AddAddress(
                                        InterfaceAddress.of("203.0.113.1/24", "port")),
                                new Change.AddRoute(
                                        Route.via("10.0.0.0/8", "203.0.113.254", "port")),
                                neighbour("203.0.113.11"),
                                neighbour("203.0.113.254"),
                                new Change.AddService(service)))
                .join();
        io.generate(true);
        LoadedBalancer loaded = new LoadedBalancer(io, balancer, flows);
        loaded.awaitConnections();
        return loaded;
    }

    private static Change neighbour(String address) {
        return new Change.SetNeighbour(
                new Neighbour(
                        IpAddress.parse(address), MacAddress.parse("02:00:00:00:00:51"), "port"));
    }

    Control control() {
        return balancer.control();
    }

    /// Waits until each flow has its connection (again).
    void awaitConnections() {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (balancer.counters().total(Counter.CONNECTIONS) < flows) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(
                        balancer.counters().total(Counter.CONNECTIONS) + " of " + flows + " flows");
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        io.generate(false);
        balancer.close();
        io.close();
    }
}
