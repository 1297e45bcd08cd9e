// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A worker makes no garbage while it shakes hands with real servers for clients: it asks them,
/// asks them again, holds what clients say meanwhile, passes it on, and tells those whose server
/// refuses.
@Tag("optimized")
class HandshakeAllocationTest {
    private static final int WARM_UP = 2_500;
    private static final int MEASURED = 500;
    private static final int PERIODS = 4;
    private static final int CLIENTS = 16;
    private static final int ISN = 77;

    private final MeasuredWorker worker = new MeasuredWorker(4_096);
    private final FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
    private final FrameEnd server = new FrameEnd(worker.io.wire("lan").far(), worker.io.buffers());
    private long allocated;

    @AfterEach
    void close() {
        worker.close();
    }

    private void configure() throws Exception {
        TcpPolicy tcp = TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS).withFreshIsn(true);
        worker.apply(
                FamilyPair.V4_TO_V4.with(
                        Rig.service(Rig.TCP, 8080).withPolicy(ServicePolicy.DEFAULT.withTcp(tcp))));
    }

    private PacketBuilder segment(int port) {
        return Rig.fromClient().tcp(port, 80);
    }

    private void work() throws Exception {
        allocated += worker.work();
    }

    /// Every fourth server refuses, every fourth one is asked twice.
    private void round(int number) throws Exception {
        int first = 1024 + number * CLIENTS % 60_000;
        for (int i = 0; i < CLIENTS; i++) {
            client.send(segment(first + i).flags(Tcp.SYN).sequence(ISN));
        }
        work();
        for (byte[] answer : client.receiveAll()) {
            int cookie = CookieClient.number(answer, 4);
            PacketBuilder ack =
                    segment(IpFrame.destinationPort(answer))
                            .flags(Tcp.ACK)
                            .sequence(ISN + 1)
                            .acknowledgement(cookie + 1);
            client.send(ack);
            client.send(ack.payload(new byte[20]));
        }
        work();
        if (number % 4 == 0) {
            worker.clock.advance(Duration.ofMillis(1100));
            work();
        }
        List<byte[]> asked = server.receiveAll();
        for (int i = 0; i < Math.min(asked.size(), CLIENTS); i++) {
            byte[] syn = asked.get(i);
            int flags = i % 4 == 0 ? Tcp.RST | Tcp.ACK : Tcp.SYN | Tcp.ACK;
            server.send(answer(syn, flags));
        }
        work();
        server.receiveAll();
        for (int i = 0; i < Math.min(asked.size(), CLIENTS); i++) {
            server.send(answer(asked.get(i), Tcp.RST).sequence(1001));
        }
        work();
        client.receiveAll();
        server.receiveAll();
        worker.clock.advance(Duration.ofMillis(200));
    }

    private static PacketBuilder answer(byte[] syn, int flags) {
        return Rig.fromServer()
                .tcp(8080, IpFrame.sourcePort(syn))
                .flags(flags)
                .sequence(1000)
                .acknowledgement(CookieClient.number(syn, 4) + 1);
    }

    @Test
    void aWorkerAllocatesNothing() throws Exception {
        configure();
        for (int i = 0; i < WARM_UP; i++) {
            round(i);
        }
        long least = Long.MAX_VALUE;
        for (int period = 0; period < PERIODS; period++) {
            allocated = 0;
            for (int i = 0; i < MEASURED; i++) {
                round(WARM_UP + period * MEASURED + i);
            }
            least = Math.min(least, allocated);
        }
        assertThat(least).as("bytes allocated by the worker").isZero();
        for (Counter counter :
                List.of(
                        Counter.SYN_PROXY_ESTABLISHED,
                        Counter.SYN_PROXY_UNSERVED,
                        Counter.SYN_PROXY_REPEATED,
                        Counter.SYN_PROXY_HELD)) {
            assertThat(worker.balancer.counters().total(counter)).as("%s", counter).isPositive();
        }
    }
}
