// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A worker makes no garbage while it tells servers their clients.
@Tag("optimized")
class DisclosureAllocationTest {
    private static final int WARM_UP = 8_000;
    private static final int MEASURED = 4_000;

    /// The compiler may rebuild an object once, when it takes back an optimistic guess: hence the
    /// least of some periods.
    private static final int PERIODS = 4;

    private static final int BUFFERS = 4_096;

    private final MeasuredWorker worker = new MeasuredWorker(BUFFERS);
    private final FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
    private final FrameEnd server = new FrameEnd(worker.io.wire("lan").far(), worker.io.buffers());
    private long allocated;

    private static VirtualService service(ServiceKey key, int port, ClientDisclosure how) {
        return Rig.service(key, port).withPolicy(ServicePolicy.DEFAULT.withDisclosure(how));
    }

    @BeforeEach
    void configure() throws Exception {
        worker.apply(
                FamilyPair.V4_TO_V4.with(
                        service(Rig.TCP, 8080, ClientDisclosure.NONE.withToa(true)),
                        service(Rig.UDP, 5353, ClientDisclosure.NONE.withUoa(Uoa.OPP))));
    }

    @AfterEach
    void close() {
        worker.close();
    }

    private void work() throws Exception {
        allocated += worker.work();
    }

    /// A handshake, a request and its answer, and a datagram that has room and one that has not.
    private void exchange(int number) throws Exception {
        int port = 1024 + number;
        client.send(Rig.fromClient().tcp(port, 80).flags(Tcp.SYN).sequence(7));
        work();
        int local = FamilyRig.sourcePort(server.receiveAll().getFirst());
        PacketBuilder answer = Rig.fromServer().tcp(8080, local).acknowledgement(8);
        server.send(answer.flags(Tcp.SYN | Tcp.ACK).sequence(100));
        work();
        PacketBuilder request = Rig.fromClient().tcp(port, 80).flags(Tcp.ACK).sequence(8);
        client.send(request.acknowledgement(101));
        client.send(request.acknowledgement(101).payload("GET"));
        work();
        server.send(answer.flags(Tcp.ACK).sequence(101).payload("200"));
        work();
        client.send(request.acknowledgement(104));
        client.send(Rig.fromClient().udp(port, 53).payload("short"));
        client.send(Rig.fromClient().udp(port, 53).payload(new byte[1472]));
        work();
        client.receiveAll();
        server.receiveAll();
    }

    @Test
    void aWorkerAllocatesNothing() throws Exception {
        for (int i = 0; i < WARM_UP; i++) {
            exchange(i);
        }
        long least = Long.MAX_VALUE;
        for (int period = 0; period < PERIODS; period++) {
            allocated = 0;
            for (int i = 0; i < MEASURED; i++) {
                exchange(WARM_UP + period * MEASURED + i);
            }
            least = Math.min(least, allocated);
        }

        assertThat(least).as("bytes allocated by the worker").isZero();
        CountersReader counters = worker.balancer.counters();
        assertThat(counters.total(Counter.TOA_SENT)).isGreaterThan(2L * MEASURED);
        assertThat(counters.total(Counter.UOA_SENT)).isGreaterThan(MEASURED);
        assertThat(counters.total(Counter.UOA_ALONE)).isGreaterThan(MEASURED);
    }
}
