// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A worker makes no garbage while it sends fragments on, cuts them further where a link is narrow
/// or another family's header longer, holds those that came early, and drops those whose first one
/// does not come.
@Tag("optimized")
class FragmentAllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int MEASURED = 500;
    private static final int PERIODS = 4;
    private static final int CLIENTS = 8;
    private static final int PART = 1_400;
    private static final int NARROW = 1_300;
    private static final int PARTS = 2;

    private final List<List<byte[]>> datagrams = new ArrayList<>();
    private long allocated;
    private long arrived;

    private void configure(MeasuredWorker worker, FamilyPair pair) throws Exception {
        worker.apply(pair.with(service(pair)));
        for (int second = 0; second < 8; second++) {
            worker.clock.advance(Duration.ofSeconds(1)); // addresses are checked and announced
            worker.step();
        }
        worker.apply(pair.neighbours());
        for (int i = 0; i < CLIENTS; i++) {
            PacketBuilder packet =
                    pair.clients.packet(
                            PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC),
                            pair.clients.client,
                            pair.vip());
            byte[] whole = packet.udp(40_000 + i, 53).payload(new byte[2_500]).toBytes();
            datagrams.add(Parts.cut(whole, i, PART));
        }
    }

    private static VirtualService service(FamilyPair pair) {
        return VirtualService.of(ServiceKey.udp(pair.vip(), 53))
                .withScheduler("rr")
                .withRealServer(RealServer.of(pair.servers().getFirst(), 5353))
                .withLocalAddress(LocalAddress.of(pair.locals().getFirst(), "lan"));
    }

    /// In order, the last fragment first, and without the first one, in turn.
    private void round(MeasuredWorker worker, FrameEnd client, FrameEnd server, int number)
            throws Exception {
        for (List<byte[]> parts : datagrams) {
            switch (number % 3) {
                case 0 -> parts.forEach(client::send);
                case 1 -> parts.reversed().forEach(client::send);
                default -> client.send(parts.getLast());
            }
        }
        allocated += worker.work();
        worker.clock.advance(Duration.ofMillis(number % 3 == 2 ? 3_000 : 200));
        allocated += worker.work();
        arrived += server.receiveAll().size();
        client.receiveAll();
    }

    /// A sender of IPv6 alone cuts: it is told of a link that is too narrow, so that has none.
    @ParameterizedTest
    @EnumSource
    void aWorkerAllocatesNothing(FamilyPair pair) throws Exception {
        boolean cuts = pair != FamilyPair.V6_TO_V6;
        try (MeasuredWorker worker = new MeasuredWorker(4_096, cuts ? NARROW : 1_500)) {
            FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
            FrameEnd server = new FrameEnd(worker.io.wire("lan").far(), worker.io.buffers());
            configure(worker, pair);
            server.receiveAll();
            for (int i = 0; i < WARM_UP; i++) {
                round(worker, client, server, i);
            }
            long least = Long.MAX_VALUE;
            for (int period = 0; period < PERIODS; period++) {
                allocated = 0;
                for (int i = 0; i < MEASURED; i++) {
                    round(worker, client, server, period * MEASURED + i);
                }
                least = Math.min(least, allocated);
            }
            assertThat(least).as("bytes allocated by the worker").isZero();
            long sentOn = worker.balancer.counters().total(Outcome.FORWARDED_IN);
            int rounds = WARM_UP + PERIODS * MEASURED;
            long most = (long) PARTS * CLIENTS * rounds;
            assertThat(sentOn).isBetween(most * 3 / 5, most);
            assertThat(arrived).as("frames").isGreaterThan(cuts ? sentOn * 5 / 4 : sentOn - 1);
            assertThat(worker.balancer.counters().total(Outcome.FRAGMENT)).isPositive();
        }
    }
}
