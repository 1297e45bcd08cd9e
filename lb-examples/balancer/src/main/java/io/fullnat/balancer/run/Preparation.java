// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.dpdk.DpdkIo;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/// What a balancer over DPDK will need, got ready on a thread beside while the configuration is
/// read and DPDK starts, which sleeps most of its time: DPDK's libraries, and the classes of the
/// engine, which a small balancer in memory is brought up for, to forward one datagram and go.
///
/// Nothing depends on it: what fails here is tried again, and reported, where it is needed.
final class Preparation {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private static final String VIRTUAL = "192.0.2.1";
    private static final String SERVER = "203.0.113.11";
    private static final String BALANCER = "02:00:00:00:00:01";
    private static final String NETWORK = "02:00:00:00:00:02";
    private static final String PORT = "balancer";
    private static final int CONNECTIONS = 1000;

    private Preparation() {}

    /// Begins, and returns at once.
    static void begin() {
        Thread.ofPlatform().name("preparation").daemon().start(Preparation::prepare);
    }

    private static void prepare() {
        try {
            DpdkIo.load();
            rehearse();
        } catch (RuntimeException e) {
            LoggerFactory.getLogger(Preparation.class).debug("nothing was prepared", e);
        }
    }

    /// Forwards a datagram in memory.
    ///
    /// @return false if it did not come out within ten seconds
    static boolean rehearse() {
        PortSettings near = PortSettings.of(PORT, BALANCER);
        PortSettings far = PortSettings.of("network", NETWORK);
        try (InMemoryIo io = InMemoryIo.builder().buffers(256).wire(near, far).open();
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io).connections(CONNECTIONS).start()) {
            balancer.control()
                    .apply(
                            new Change.AddAddress(InterfaceAddress.of(VIRTUAL + "/24", PORT)),
                            new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", PORT)),
                            new Change.SetNeighbour(
                                    new Neighbour(
                                            IpAddress.parse(SERVER),
                                            MacAddress.parse(NETWORK),
                                            PORT)),
                            new Change.AddService(
                                    VirtualService.of(ServiceKey.udp(VIRTUAL, 53))
                                            .withRealServer(RealServer.of(SERVER, 53))
                                            .withLocalAddress(
                                                    LocalAddress.of("203.0.113.101", PORT))));
            return pass(io);
        }
    }

    /// One datagram goes in; it comes out after announcements of addresses.
    private static boolean pass(InMemoryIo io) {
        PortQueue network = io.wire(PORT).far().queue(0);
        PacketBurst burst = new PacketBurst(1);
        PacketBuilder.ethernet(NETWORK, BALANCER)
                .ipv4("192.0.2.10", VIRTUAL)
                .udp(40000, 53)
                .appendTo(io.buffers(), burst);
        network.transmit(burst);
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() < deadline) {
            if (network.receive(burst) == 0) {
                LockSupport.parkNanos(PAUSE_NS);
            } else if (Ethernet.type(burst.data(0)) == Ethernet.TYPE_IPV4) {
                return true;
            }
        }
        return false;
    }
}
