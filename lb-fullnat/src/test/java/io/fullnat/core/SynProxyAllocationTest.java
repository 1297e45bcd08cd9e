// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A worker makes no garbage while it answers a flood of SYNs, nor while it refuses one of
/// acknowledgements, nor while the keys of cookies change.
@Tag("optimized")
class SynProxyAllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int MEASURED = 2_000;

    /// The compiler may rebuild an object once, when it takes back an optimistic guess: hence the
    /// least of some periods.
    private static final int PERIODS = 4;

    private static final int FRAMES = 32;
    private static final int BUFFERS = 4_096;

    private final MeasuredWorker worker = new MeasuredWorker(BUFFERS);
    private final FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
    private long allocated;
    private boolean ipv6;

    @AfterEach
    void close() {
        worker.close();
    }

    private void configure() throws Exception {
        ServiceLimits limits =
                ServiceLimits.NONE
                        .withConnections(1_000_000)
                        .withPerNetwork(1_000_000)
                        .withRate(Optional.of(ConnectionRate.parse("1000000")))
                        .withRatePerNetwork(Optional.of(ConnectionRate.parse("1000000")));
        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withLimits(limits)
                        .withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS));
        FamilyPair families = ipv6 ? FamilyPair.V6_TO_V6 : FamilyPair.V4_TO_V4;
        worker.apply(
                families.with(
                        VirtualService.of(ServiceKey.tcp(families.vip(), 80))
                                .withRealServer(RealServer.of(families.servers().getFirst(), 8080))
                                .withLocalAddress(
                                        LocalAddress.of(families.locals().getFirst(), "lan"))
                                .withPolicy(policy)));
    }

    private PacketBuilder segment(int number) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
        return ipv6
                ? frame.ipv6(FamilyPair.Side.V6.stranger(number), FamilyPair.V6_TO_V6.vip())
                : frame.ipv4(FamilyPair.Side.V4.stranger(number), Rig.VIP);
    }

    private void flood(int from) throws Exception {
        for (int i = 0; i < FRAMES; i += 2) {
            int number = from * FRAMES + i;
            int port = 1024 + number % 60_000;
            client.send(
                    segment(number)
                            .tcp(port, 80)
                            .flags(Tcp.SYN)
                            .sequence(number)
                            .tcpOptions(CookieClient.LINUX));
            client.send(segment(number).tcp(port, 80).flags(Tcp.ACK).acknowledgement(number * 77));
        }
        allocated += worker.work();
        client.receiveAll();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWorkerAllocatesNothing(boolean six) throws Exception {
        ipv6 = six;
        configure();
        for (int i = 0; i < WARM_UP; i++) {
            flood(i);
        }
        long least = Long.MAX_VALUE;
        for (int period = 0; period < PERIODS; period++) {
            allocated = 0;
            for (int i = 0; i < MEASURED; i++) {
                flood(WARM_UP + period * MEASURED + i);
            }
            least = Math.min(least, allocated);
            worker.clock.advance(Duration.ofHours(1));
            worker.step();
        }
        assertThat(least).as("bytes allocated by the worker").isZero();
        CountersReader counters = worker.balancer.counters();
        long each = (long) (WARM_UP + PERIODS * MEASURED) * FRAMES / 2;
        assertThat(counters.total(Outcome.SYN_ANSWERED)).isEqualTo(each);
        assertThat(counters.total(Outcome.COOKIE_REFUSED)).isEqualTo(each);
        assertThat(counters.total(Counter.CONNECTIONS_CREATED)).isZero();
    }
}
