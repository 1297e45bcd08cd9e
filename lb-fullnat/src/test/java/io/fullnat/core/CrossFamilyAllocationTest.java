// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A worker makes no garbage while it translates between families: new connections and known ones.
@Tag("optimized")
class CrossFamilyAllocationTest {
    private static final int FLOWS = 5_000;
    private static final int BURST = 32;

    /// Until the compiler is done: when it takes back an optimistic guess it may rebuild an object
    /// that its code had done without.
    private static final int WARM_UPS = 4;

    private static final int MEASURED = 60_000;

    /// As often at most, if it still does so later.
    private static final int PERIODS = 3;

    @ParameterizedTest
    @EnumSource
    void aWorkerAllocatesNothing(Way way) throws Exception {
        boolean to4 = way == Way.TO_4;
        try (MeasuredWorker worker = new MeasuredWorker(16_384)) {
            FullNatBalancer balancer = worker.balancer;
            List<Change> changes = new ArrayList<>(List.of(FamilyRig.addresses()));
            ServiceKey key = ServiceKey.udp(to4 ? FamilyRig.VIP6 : Rig.VIP, 53);
            changes.add(new Change.AddService(FamilyRig.service(key, 5353, to4)));
            worker.apply(changes);
            for (int second = 0; second < 8; second++) {
                worker.clock.advance(Duration.ofSeconds(1)); // addresses are checked and announced
                worker.step();
            }
            worker.apply(List.of(FamilyRig.neighbours()));
            for (int i = 0; i < WARM_UPS; i++) {
                run(worker, to4, MEASURED);
                expire(worker);
            }
            long allocated = Long.MAX_VALUE;
            for (int i = 0; i < PERIODS && allocated > 0; i++) {
                long before = balancer.counters().total(Outcome.FORWARDED_IN);
                long opened = balancer.counters().total(Counter.CONNECTIONS_CREATED);
                allocated = Math.min(allocated, run(worker, to4, MEASURED));
                assertThat(balancer.counters().total(Outcome.FORWARDED_IN) - before)
                        .isEqualTo((long) MEASURED * BURST);
                assertThat(balancer.counters().total(Counter.CONNECTIONS_CREATED) - opened)
                        .as("new connections")
                        .isEqualTo(FLOWS);
                expire(worker);
            }
            assertThat(allocated).as("bytes allocated by the worker").isZero();
        }
    }

    /// Lets all connections end, so that the next run opens them again.
    private static void expire(MeasuredWorker worker) throws Exception {
        worker.clock.advance(Duration.ofHours(1));
        while (worker.balancer.counters().total(Counter.CONNECTIONS) != 0) {
            worker.step();
        }
    }

    /// Bursts of datagrams, of each flow in turn.
    ///
    /// @return what duty cycles have allocated
    private static long run(MeasuredWorker worker, boolean to4, int bursts) throws Exception {
        InMemoryIo io = worker.io;
        PortQueue sender = io.wire("wan").far().queue(0);
        PortQueue receiver = io.wire("lan").far().queue(0);
        BufferPool pool = io.buffers();
        PacketBurst out = new PacketBurst(BURST);
        PacketBurst in = new PacketBurst(BURST);
        byte[] template = datagram(to4);
        int portAt = to4 ? 54 : 34;
        long allocated = 0;
        int flow = 0;
        for (int burst = 0; burst < bursts; burst++) {
            out.clear();
            while (out.size() < BURST && pool.allocate(out)) {
                int last = out.size() - 1;
                long data = out.data(last);
                Memory.fromBytes(template, data);
                Memory.putNetworkShort(data + portAt, 1024 + flow);
                flow = (flow + 1) % FLOWS;
                out.set(last, data, template.length);
            }
            out.removeFirst(sender.transmit(out));
            pool.freeAll(out);
            allocated += worker.work();
            while (receiver.receive(in) > 0) {
                pool.freeAll(in);
            }
        }
        return allocated;
    }

    /// The sum of one of IPv6 is wrong, which nobody minds; one of IPv4 has none, and gets one.
    private static byte[] datagram(boolean to4) {
        PacketBuilder datagram = FamilyRig.fromClient(to4).udp(1024, 53).payload("x".repeat(18));
        return (to4 ? datagram : datagram.noUdpChecksum()).toBytes();
    }
}
