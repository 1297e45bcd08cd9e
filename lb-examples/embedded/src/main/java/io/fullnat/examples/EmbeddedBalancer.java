// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.SimulatedHost;
import java.util.ArrayList;
import java.util.List;

/// A balancer within an application, on in-memory ports with a simulated host at each end.
public final class EmbeddedBalancer {
    private EmbeddedBalancer() {}

    /// Sends one datagram through a balancer and prints where it came from, as the server saw it.
    ///
    /// @param arguments none
    public static void main(String... arguments) {
        System.out.println(run());
    }

    /// Sends one datagram through a balancer.
    ///
    /// @return where it came from, as the server saw it
    static IpAddress run() {
        // begin of README's example
        PortSettings outside = PortSettings.of("outside", "02:00:00:00:01:01");
        PortSettings inside = PortSettings.of("inside", "02:00:00:00:02:01");
        PortSettings clientEnd = PortSettings.of("client", "02:00:00:00:01:02");
        PortSettings serverEnd = PortSettings.of("server", "02:00:00:00:02:02");
        var wires = InMemoryIo.builder().wire(outside, clientEnd).wire(inside, serverEnd);

        try (InMemoryIo io = wires.open(); // with real ports: DpdkIo.open(...)
                FullNatBalancer balancer = FullNatBalancer.builder(io).workers(1).start()) {
            balancer.network().addAddress(InterfaceAddress.of("192.0.2.80/24", "outside"));
            balancer.network().addAddress(InterfaceAddress.of("203.0.113.1/24", "inside"));
            VirtualService service =
                    VirtualService.of(ServiceKey.udp("192.0.2.80", 53))
                            .withScheduler("rr")
                            .withRealServer(RealServer.of("203.0.113.11", 5353))
                            .withLocalAddress(LocalAddress.of("203.0.113.101", "inside"));
            balancer.services().add(service);

            // Hosts at the other ends of the wires, in place of a network.
            SimulatedHost.Builder atClient =
                    SimulatedHost.at(io.wire("client").far(), io.buffers());
            SimulatedHost.Builder atServer =
                    SimulatedHost.at(io.wire("server").far(), io.buffers());
            SimulatedHost client = atClient.address("192.0.2.10/24").start();
            SimulatedHost server = atServer.address("203.0.113.11/24").start();

            List<IpAddress> seen = new ArrayList<>();
            server.udp().bind(5353, datagram -> seen.add(datagram.peer().address()));
            client.udp().send(40000, Endpoint.of("192.0.2.80", 53), new byte[100]);
            while (seen.isEmpty()) {
                client.doWork(System.nanoTime());
                server.doWork(System.nanoTime());
            }
            return seen.getFirst(); // 203.0.113.101: the server never sees the client's address
        }
        // end of README's example
    }
}
