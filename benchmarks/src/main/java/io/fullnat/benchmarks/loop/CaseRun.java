// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.benchmarks.loop.LoopCase.Order;
import io.fullnat.benchmarks.loop.LoopCase.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Measures one case in this JVM and prints nanoseconds a packet, a line for each round.
///
/// `java … CaseRun TRAFFIC FLOWS ORDER PHASE ROUNDS MILLIONS`, where MILLIONS of packets make up a
/// round of the steady phase.
public final class CaseRun {
    /// What a line of results begins with.
    static final String RESULT = "ns ";

    private static final int TABLE = 1 << 20;
    private static final int IDLE_SECONDS = 300;
    private static final int CHURN_IDLE_SECONDS = 2;
    private static final int CHURN_FLOWS = 1 << 26;
    private static final int WARM_UPS = 3;
    private static final int SETTLING_MS = 2500;

    private final LoopCase wanted;
    private final int rounds;
    private final long requests;

    private CaseRun(LoopCase wanted, int rounds, long packets) {
        this.wanted = wanted;
        this.rounds = rounds;
        requests = wanted.traffic().answered ? packets / 2 : packets;
    }

    /// Runs a case.
    ///
    /// @param args as above
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        LoopCase wanted =
                new LoopCase(
                        LoopCase.word(LoopCase.Traffic.class, args[0]),
                        Integer.parseInt(args[1]),
                        LoopCase.word(Order.class, args[2]),
                        LoopCase.word(Period.class, args[3]));
        int rounds = Integer.parseInt(args[4]);
        CaseRun run = new CaseRun(wanted, rounds, Long.parseLong(args[5]) * 1_000_000);
        for (double ns : run.measure()) {
            System.out.println(RESULT + ns);
        }
    }

    private List<Double> measure() throws InterruptedException {
        return switch (wanted.phase()) {
            case FIRST -> first();
            case STEADY -> wanted.isCookies() ? cookies() : steady();
            case CHURN -> churn();
        };
    }

    /// A balancer that was left alone at first, while it gets its table's memory from the system:
    /// on a virtual machine that may take ten milliseconds for two megabytes.
    private LoopTraffic start(int idleSeconds, int connections) throws InterruptedException {
        LoopNetwork network =
                new LoopNetwork(
                        wanted.traffic().protocol,
                        idleSeconds,
                        wanted.traffic().ipv6,
                        wanted.traffic().serversIpv6,
                        wanted.traffic().denied,
                        wanted.traffic().policy);
        LoopTraffic traffic = LoopTraffic.start(network, connections, wanted.traffic().offload);
        TimeUnit.MILLISECONDS.sleep(SETTLING_MS);
        return traffic;
    }

    /// Each round has a balancer of its own; what was compiled for the first ones serves the rest.
    private List<Double> first() throws InterruptedException {
        List<Double> results = new ArrayList<>();
        for (int round = 0; round < WARM_UPS + rounds; round++) {
            try (LoopTraffic traffic = start(IDLE_SECONDS, Math.max(TABLE, wanted.flows()))) {
                Phase phase = traffic.open(wanted.flows(), wanted.traffic().answered).await();
                traffic.requireAllForwarded();
                if (round >= WARM_UPS) {
                    results.add(phase.nsPerPacket());
                }
            }
        }
        return results;
    }

    private List<Double> steady() throws InterruptedException {
        List<Double> results = new ArrayList<>();
        boolean answered = wanted.traffic().answered;
        try (LoopTraffic traffic = start(IDLE_SECONDS, TABLE)) {
            if (wanted.isTalk()) {
                traffic.talk(wanted.flows());
            } else {
                traffic.open(wanted.flows(), true).await();
                traffic.establish(wanted.flows()).await();
            }
            FlowOrder order =
                    wanted.order() == Order.RANDOM
                            ? FlowOrder.random(wanted.flows())
                            : FlowOrder.inOrder(wanted.flows());
            for (int round = 0; round < WARM_UPS + rounds; round++) {
                Phase phase =
                        (wanted.traffic().stamps
                                        ? traffic.stamped(order, requests)
                                        : traffic.steady(order, requests, answered))
                                .await();
                if (round >= WARM_UPS) {
                    results.add(phase.nsPerPacket());
                }
            }
            traffic.requireAllForwarded();
            traffic.captured().ifPresent(System.out::println);
        }
        return results;
    }

    /// Nothing is kept of a SYN, so rounds are as of steady connections.
    private List<Double> cookies() throws InterruptedException {
        List<Double> results = new ArrayList<>();
        try (LoopTraffic traffic = start(IDLE_SECONDS, TABLE)) {
            FlowOrder order =
                    wanted.order() == Order.RANDOM
                            ? FlowOrder.random(wanted.flows())
                            : FlowOrder.inOrder(wanted.flows());
            for (int round = 0; round < WARM_UPS + rounds; round++) {
                Phase phase = traffic.syns(order, requests).await();
                if (round >= WARM_UPS) {
                    results.add(phase.nsPerPacket());
                }
            }
            traffic.requireAllAnswered();
        }
        return results;
    }

    /// Rounds follow each other without a pause: from the second warm-up on connections end as fast
    /// as others begin.
    private List<Double> churn() throws InterruptedException {
        List<Double> results = new ArrayList<>();
        try (LoopTraffic traffic = start(CHURN_IDLE_SECONDS, wanted.flows())) {
            FlowOrder order = FlowOrder.inOrder(CHURN_FLOWS);
            for (int round = 0; round < WARM_UPS + rounds; round++) {
                Phase phase = traffic.steady(order, wanted.flows(), false).await();
                if (round >= WARM_UPS) {
                    results.add(phase.nsPerPacket());
                }
            }
            traffic.requireAllForwarded();
        }
        return results;
    }
}
