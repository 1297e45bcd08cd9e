// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.IdleMode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// One worker alone against several, each pinned to a CPU with flows of its own: UDP, requests and
/// answers. What they write to common cache lines shows as time that each packet takes longer.
///
/// `java … ManyWorkers [WORKERS [FLOWS [ROUNDS]]]`
public final class ManyWorkers {
    private static final PrintStream OUT = System.out;
    private static final int TABLE = 1 << 20;
    private static final int IDLE_SECONDS = 300;
    private static final int WARM_UPS = 3;
    private static final long REQUESTS = 10_000_000;

    private final FullNatBalancer balancer;
    private final LoopIo io;
    private final LoopNetwork network;
    private final int flows;

    private ManyWorkers(int workers, int flows) {
        this.flows = flows;
        io = new LoopIo(true, workers);
        network = new LoopNetwork(Protocol.UDP, IDLE_SECONDS);
        balancer =
                FullNatBalancer.builder(io)
                        .workers(workers)
                        .cpus(IntStream.range(0, workers).boxed().toList())
                        .connections(TABLE)
                        .seed(42)
                        .idle(IdleMode.SPIN)
                        .start();
        balancer.control().apply(network.changes().toArray(Change[]::new));
    }

    /// Measures in turns and prints a line for each way.
    ///
    /// @param args how many workers (2), flows of each (10000), rounds (9)
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        int workers = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        int flows = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 9;
        ManyWorkers all = new ManyWorkers(workers, flows);
        List<Double> alone = new ArrayList<>();
        List<Double> together = new ArrayList<>();
        for (int round = 0; round < WARM_UPS + rounds; round++) {
            double one = all.measure(1);
            double many = all.measure(workers);
            if (round >= WARM_UPS) {
                alone.add(one);
                together.add(many);
            }
        }
        all.finish();
        print("one of " + workers + " workers has traffic", alone);
        print("all " + workers + " workers have traffic", together);
    }

    /// Nanoseconds of processor time a packet, the mean of so many workers with traffic.
    private double measure(int busy) throws InterruptedException {
        List<Phase> phases = new ArrayList<>();
        for (int worker = 0; worker < busy; worker++) {
            int number = worker;
            phases.add(Apart.make(() -> phase(number)));
        }
        for (int worker = 0; worker < busy; worker++) {
            io.loop(worker).run(phases.get(worker));
        }
        double sum = 0;
        for (Phase phase : phases) {
            sum += phase.await().nsPerPacket();
        }
        return sum / busy;
    }

    private Phase phase(int worker) {
        PacketMaker maker =
                PacketMaker.udp(
                        io.loop(worker).arena(), network.service(), LoopNetwork.SERVER_PORT);
        FlowOrder order = FlowOrder.inOrder(flows, worker * flows);
        return new Phase(maker, order, REQUESTS, true);
    }

    private void finish() {
        long received = balancer.counters().total(Counter.RECEIVED);
        long forwarded =
                balancer.counters().total(Outcome.FORWARDED_IN)
                        + balancer.counters().total(Outcome.FORWARDED_OUT);
        long handed = balancer.counters().total(Counter.TAKEN_OVER);
        balancer.close();
        io.close();
        if (received != forwarded || handed != 0) {
            throw new IllegalStateException(
                    received
                            + " received, "
                            + forwarded
                            + " forwarded, "
                            + handed
                            + " handed over");
        }
    }

    private static void print(String what, List<Double> ns) {
        double[] sorted = ns.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        OUT.printf(
                Locale.ROOT,
                "%s: %.1f (%.1f-%.1f) ns a packet%n",
                what,
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
