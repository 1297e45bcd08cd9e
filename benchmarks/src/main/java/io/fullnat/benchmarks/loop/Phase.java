// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// So many packets of one kind: what the port makes until they are all made and answered. The
/// worker drives it, another thread waits for its end.
public final class Phase {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final FrameMaker maker;
    private final FlowOrder order;
    private final boolean answered;
    private final CountDownLatch done = new CountDownLatch(1);
    private final @Nullable Pace pace;
    private final @Nullable HonestEnds ends;
    private long left;
    private long received;
    private boolean begun;
    private long startCpuNs;
    private long cpuNs;

    /// @param requests how many packets clients send
    /// @param answered whether servers answer each
    Phase(FrameMaker maker, FlowOrder order, long requests, boolean answered) {
        this(maker, order, requests, answered, null);
    }

    /// @param requests how many packets clients send
    /// @param answered whether servers answer each
    /// @param pace of the packets; null for as many as the worker takes
    Phase(FrameMaker maker, FlowOrder order, long requests, boolean answered, @Nullable Pace pace) {
        this(maker, order, requests, answered, pace, null);
    }

    private Phase(
            FrameMaker maker,
            FlowOrder order,
            long requests,
            boolean answered,
            @Nullable Pace pace,
            @Nullable HonestEnds ends) {
        this.maker = maker;
        this.order = order;
        this.answered = answered;
        this.pace = pace;
        this.ends = ends;
        left = requests;
    }

    /// A phase in which connections begin whose ends look at what they get.
    ///
    /// @param maker not used
    /// @param ends which make all packets
    /// @param flows how many connections begin
    static Phase talk(FrameMaker maker, HonestEnds ends, int flows) {
        return new Phase(maker, FlowOrder.inOrder(flows), flows, true, null, ends);
    }

    /// The ends that make all packets instead of a maker.
    @Nullable HonestEnds ends() {
        return ends;
    }

    FrameMaker maker() {
        return maker;
    }

    @Nullable Pace pace() {
        return pace;
    }

    boolean answered() {
        return answered;
    }

    void begin() {
        if (!begun) {
            begun = true;
            startCpuNs = THREADS.getCurrentThreadCpuTime();
        }
    }

    boolean hasNext() {
        return left > 0;
    }

    /// Lets some packets be made.
    ///
    /// @return how many: no more than are left
    int take(int most) {
        int count = (int) Math.min(most, left);
        left -= count;
        return count;
    }

    /// The flow of the next packet that [#take] gave.
    int next() {
        return order.next();
    }

    void received(int packets) {
        received += packets;
    }

    void end() {
        cpuNs = THREADS.getCurrentThreadCpuTime() - startCpuNs;
        done.countDown();
    }

    /// Waits for the end.
    Phase await() throws InterruptedException {
        done.await();
        return this;
    }

    /// Processor time of the worker for each packet that it received, requests and answers alike.
    double nsPerPacket() {
        return (double) cpuNs / received;
    }

    long packets() {
        return received;
    }

    long cpuNs() {
        return cpuNs;
    }
}
