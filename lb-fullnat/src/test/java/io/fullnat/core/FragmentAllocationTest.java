// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.memoryio.FrameEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A worker makes no garbage while it sends fragments on, holds those that came early, and drops
/// those whose first one does not come.
class FragmentAllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int MEASURED = 500;
    private static final int PERIODS = 4;
    private static final int CLIENTS = 8;

    private final MeasuredWorker worker = new MeasuredWorker(4_096);
    private final FrameEnd client = new FrameEnd(worker.io.wire("wan").far(), worker.io.buffers());
    private final FrameEnd server = new FrameEnd(worker.io.wire("lan").far(), worker.io.buffers());
    private final List<List<byte[]>> datagrams = new ArrayList<>();
    private long allocated;

    @AfterEach
    void close() {
        worker.close();
    }

    private void configure() throws Exception {
        worker.apply(FamilyPair.V4_TO_V4.with(Rig.service(Rig.UDP, 5353)));
        for (int i = 0; i < CLIENTS; i++) {
            byte[] whole = Rig.fromClient().udp(40_000 + i, 53).payload(new byte[2_500]).toBytes();
            datagrams.add(Parts.cut(whole, i, 1_000));
        }
    }

    private void work() throws Exception {
        allocated += worker.work();
    }

    /// In order, the last fragment first, and without the first one, in turn.
    private void round(int number) throws Exception {
        for (List<byte[]> parts : datagrams) {
            if (number % 3 != 2) {
                client.send(parts.get(number % 3 == 0 ? 0 : 2));
            }
            client.send(parts.get(1));
            if (number % 3 != 2) {
                client.send(parts.get(number % 3 == 0 ? 2 : 0));
            }
        }
        work();
        worker.clock.advance(Duration.ofMillis(number % 3 == 2 ? 3_000 : 200));
        work();
        server.receiveAll();
        client.receiveAll();
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
                round(period * MEASURED + i);
            }
            least = Math.min(least, allocated);
        }
        assertThat(least).as("bytes allocated by the worker").isZero();
        assertThat(worker.balancer.counters().total(Outcome.FORWARDED_IN)).isPositive();
        assertThat(worker.balancer.counters().total(Outcome.FRAGMENT)).isPositive();
    }
}
