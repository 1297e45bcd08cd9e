// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.benchmarks.loop.LoopNetwork;
import io.fullnat.benchmarks.loop.PacketMaker;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.IdleMode;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;
import io.fullnat.dpdk.Hugepages;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A whole balancer with one worker over the device, UDP.
///
/// @param measured what it is, with the number of flows that [Feed] makes
/// @param device as [DpdkConfig] takes it
/// @param feed what the device's frames become
/// @param cpu the worker's
record EngineContender(DeviceCase measured, String device, Feed feed, int cpu)
        implements Contender {
    static final LoopNetwork NETWORK = new LoopNetwork(Protocol.UDP, 300);

    /// Packet buffers; as many for testpmd.
    static final int BUFFERS = 32_767;

    /// DPDK's memory; as much for testpmd.
    static final int MEMORY_MB = 256;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int TABLE = 1 << 17;
    private static final int SETTLE_MS = 1000;
    private static final int DRAIN_MS = 100;
    private static final int DRAINS = 50;

    /// The datagrams that clients send.
    static PacketMaker maker(Arena arena) {
        return PacketMaker.udp(arena, NETWORK.service(), LoopNetwork.SERVER_PORT);
    }

    private DpdkConfig config() {
        return DpdkConfig.builder()
                .port("device", device)
                .hugepages(Hugepages.NONE)
                .memoryMb(MEMORY_MB)
                .buffers(BUFFERS)
                .build();
    }

    @Override
    public Rate measure(int seconds) throws InterruptedException {
        try (Arena arena = Arena.ofShared();
                DpdkIo dpdk = DpdkIo.open(config())) {
            FedQueue queue =
                    new FedQueue(
                            dpdk.ports().getFirst().queue(0),
                            dpdk.buffers(0),
                            feed,
                            maker(arena),
                            Math.max(measured.flows(), 1));
            DevicePort port = new DevicePort(dpdk, queue);
            try (FullNatBalancer balancer =
                    FullNatBalancer.builder(port)
                            .cpus(List.of(cpu))
                            .connections(TABLE)
                            .seed(42)
                            .idle(IdleMode.SPIN)
                            .start()) {
                balancer.control().apply(NETWORK.changes().toArray(Change[]::new));
                queue.run(true);
                TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
                Rate rate = measure(balancer, port, seconds);
                queue.run(false);
                check(balancer);
                return rate;
            }
        }
    }

    private static Rate measure(FullNatBalancer balancer, DevicePort port, int seconds)
            throws InterruptedException {
        long startNs = System.nanoTime();
        long startCpuNs = THREADS.getThreadCpuTime(port.thread());
        long startPackets = balancer.counters().total(Counter.RECEIVED);
        TimeUnit.SECONDS.sleep(seconds);
        double ns = System.nanoTime() - startNs;
        double cpuNs = THREADS.getThreadCpuTime(port.thread()) - startCpuNs;
        long packets = balancer.counters().total(Counter.RECEIVED) - startPackets;
        return new Rate(packets * 1e9 / ns, cpuNs / packets);
    }

    /// Each received packet must come to the end that the contender is about; the last ones are
    /// under way for as long as the worker does not get its CPU.
    private void check(FullNatBalancer balancer) throws InterruptedException {
        int drains = 0;
        while (!isForeseen(balancer.counters())) {
            if (++drains > DRAINS) {
                throw new IllegalStateException(measured + ": " + outcomes(balancer.counters()));
            }
            TimeUnit.MILLISECONDS.sleep(DRAIN_MS);
        }
    }

    private boolean isForeseen(CountersReader counters) {
        long foreseen =
                feed == Feed.FOREIGN
                        ? counters.total(Outcome.OTHER_HOST)
                        : counters.total(Outcome.FORWARDED_IN)
                                + counters.total(Outcome.FORWARDED_OUT);
        return foreseen > 0 && foreseen == counters.total(Counter.RECEIVED);
    }

    private static String outcomes(CountersReader counters) {
        return Arrays.stream(Outcome.values())
                .filter(outcome -> counters.total(outcome) > 0)
                .map(outcome -> outcome + " " + counters.total(outcome))
                .collect(
                        Collectors.joining(
                                ", ",
                                counters.total(Counter.RECEIVED) + " packets received: ",
                                ""));
    }
}
