// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;

/// A worker makes no garbage while it tells servers their clients.
class DisclosureAllocationTest {
    private static final int WARM_UP = 8_000;
    private static final int MEASURED = 4_000;

    /// The compiler may rebuild an object when it takes back an optimistic guess, which is one of
    /// some ten bytes in thousands of exchanges.
    private static final int PERIODS = 4;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ManualClock clock = new ManualClock();
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("wan", Rig.WAN_MAC),
                            PortSettings.of("client", Rig.CLIENT_MAC))
                    .wire(
                            PortSettings.of("lan", Rig.LAN_MAC),
                            PortSettings.of("server", Rig.SERVER_MAC))
                    .open();
    private final FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
    private final FrameEnd server = new FrameEnd(io.wire("lan").far(), io.buffers());
    private long allocated;

    private static Change service(ServiceKey key, int port, ClientDisclosure how) {
        return new Change.AddService(
                Rig.service(key, port).withPolicy(ServicePolicy.DEFAULT.withDisclosure(how)));
    }

    private static void configure(FullNatBalancer balancer, Agent control, Agent worker)
            throws Exception {
        CompletableFuture<Void> applied =
                balancer.control()
                        .submit(
                                List.of(
                                        new Change.AddAddress(
                                                InterfaceAddress.of("192.0.2.1/24", "wan")),
                                        new Change.AddAddress(
                                                InterfaceAddress.of(Rig.VIP + "/32", "wan")),
                                        new Change.AddAddress(
                                                InterfaceAddress.of("10.0.1.1/24", "lan")),
                                        new Change.AddRoute(
                                                Route.via("0.0.0.0/0", Rig.GATEWAY, "wan")),
                                        Rig.neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan"),
                                        Rig.neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan"),
                                        service(Rig.TCP, 8080, ClientDisclosure.NONE.withToa(true)),
                                        service(
                                                Rig.UDP,
                                                5353,
                                                ClientDisclosure.NONE.withUoa(Uoa.OPP))));
        while (!applied.isDone()) {
            control.doWork();
            worker.doWork();
        }
        applied.join();
    }

    private void work(Agent worker) throws Exception {
        long self = Thread.currentThread().threadId();
        long before = threads.getThreadAllocatedBytes(self);
        worker.doWork();
        allocated += threads.getThreadAllocatedBytes(self) - before;
    }

    /// A handshake, a request and its answer, and a datagram that has room and one that has not.
    private void exchange(Agent worker, int number) throws Exception {
        int port = 1024 + number;
        client.send(Rig.fromClient().tcp(port, 80).flags(Tcp.SYN).sequence(7));
        work(worker);
        int local = FamilyRig.sourcePort(server.receiveAll().getFirst());
        PacketBuilder answer = Rig.fromServer().tcp(8080, local).acknowledgement(8);
        server.send(answer.flags(Tcp.SYN | Tcp.ACK).sequence(100));
        work(worker);
        PacketBuilder request = Rig.fromClient().tcp(port, 80).flags(Tcp.ACK).sequence(8);
        client.send(request.acknowledgement(101));
        client.send(request.acknowledgement(101).payload("GET"));
        work(worker);
        server.send(answer.flags(Tcp.ACK).sequence(101).payload("200"));
        work(worker);
        client.send(request.acknowledgement(104));
        client.send(Rig.fromClient().udp(port, 53).payload("short"));
        client.send(Rig.fromClient().udp(port, 53).payload(new byte[1472]));
        work(worker);
        client.receiveAll();
        server.receiveAll();
    }

    @Test
    void aWorkerAllocatesNothing() throws Exception {
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).clock(clock).buildAgents()) {
            Agent control = balancer.controlAgent();
            Agent worker = balancer.workerAgents().getFirst();
            control.onStart();
            worker.onStart();
            configure(balancer, control, worker);
            for (int i = 0; i < WARM_UP; i++) {
                exchange(worker, i);
            }
            long least = Long.MAX_VALUE;
            for (int period = 0; period < PERIODS; period++) {
                allocated = 0;
                for (int i = 0; i < MEASURED; i++) {
                    exchange(worker, WARM_UP + period * MEASURED + i);
                }
                least = Math.min(least, allocated);
            }

            assertThat(least)
                    .as("bytes allocated by the worker: not one for each exchange")
                    .isLessThan(MEASURED);
            assertThat(balancer.counters().total(Counter.TOA_SENT)).isGreaterThan(2L * MEASURED);
            assertThat(balancer.counters().total(Counter.UOA_SENT)).isGreaterThan(MEASURED);
            assertThat(balancer.counters().total(Counter.UOA_ALONE)).isGreaterThan(MEASURED);
        }
        io.close();
    }
}
