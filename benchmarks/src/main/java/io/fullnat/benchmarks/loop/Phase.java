package io.fullnat.benchmarks.loop;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.CountDownLatch;

/// So many packets of one kind: what the port makes until they are all made and answered. The
/// worker drives it, another thread waits for its end.
public final class Phase {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final PacketMaker maker;
    private final FlowOrder order;
    private final boolean answered;
    private final CountDownLatch done = new CountDownLatch(1);
    private long left;
    private long received;
    private boolean begun;
    private long startCpuNs;
    private long cpuNs;

    /// @param requests how many packets clients send
    /// @param answered whether servers answer each
    Phase(PacketMaker maker, FlowOrder order, long requests, boolean answered) {
        this.maker = maker;
        this.order = order;
        this.answered = answered;
        left = requests;
    }

    PacketMaker maker() {
        return maker;
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

    int next() {
        left--;
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
