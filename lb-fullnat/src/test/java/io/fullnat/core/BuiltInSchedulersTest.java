// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// An application's scheduler around a built-in one chooses as that one alone, across edits too.
class BuiltInSchedulersTest {
    private static List<SchedulerFactory> all() {
        return BuiltInSchedulers.all();
    }

    /// Counts what another scheduler chooses.
    private record Counting(SchedulerFactory around, AtomicInteger chosen)
            implements SchedulerFactory {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return new Counter(around.create(servers, context), chosen);
        }
    }

    private record Counter(Scheduler within, AtomicInteger chosen) implements Scheduler {
        @Override
        public int select(ConnectionRequest request, ServerLoads loads) {
            chosen.incrementAndGet();
            return within.select(request, loads);
        }

        @Override
        public void resume(Scheduler previous, int[] origins) {
            within.resume(((Counter) previous).within, origins);
        }

        @Override
        public boolean measuresAnswers() {
            return within.measuresAnswers();
        }
    }

    @Test
    void theyHaveTheNamesThatServicesUse() {
        assertThat(all())
                .extracting(SchedulerFactory::name)
                .containsExactly(
                        "rr", "wrr", "lc", "wlc", "sed", "nq", "random", "p2c", "ll", "fo", "ovf",
                        "sh", "dh", "mh", "conhash");
    }

    @ParameterizedTest
    @MethodSource("all")
    void oneAroundThemChoosesTheSame(SchedulerFactory builtIn) {
        AtomicInteger chosen = new AtomicInteger();
        List<String> alone = serversOf(builtIn.name(), new Counting(builtIn, new AtomicInteger()));
        List<String> within = serversOf("counting", new Counting(builtIn, chosen));

        assertThat(within).isEqualTo(alone).hasSize(40);
        assertThat(chosen).hasValue(40);
    }

    /// Where forty connections go, with edits between.
    private static List<String> serversOf(String scheduler, Counting custom) {
        List<String> servers = new ArrayList<>();
        try (Rig rig = Rig.with(options -> options.scheduler(custom)).configured()) {
            rig.apply(
                    new Change.EditService(Rig.TCP, scheduler, Optional.empty()),
                    new Change.AddRealServer(
                            Rig.TCP, RealServer.of("10.0.1.12", 8080).withWeight(3)),
                    Rig.neighbour("10.0.1.12", Rig.SERVER_MAC, "lan"));
            rig.out();
            for (int i = 0; i < 40; i++) {
                List<byte[]> out =
                        rig.clientSends(Rig.fromClient().tcp(40_000 + i, 80).flags(Tcp.SYN));
                servers.add("10.0.1." + out.getFirst()[33]);
                if (i % 5 == 4) {
                    rig.apply(
                            new Change.EditRealServer(
                                    Rig.TCP,
                                    RealServer.of("10.0.1.12", 8080).withWeight(2 + i % 2)));
                }
            }
            assertThat(rig.balancer.counters().total(io.fullnat.api.counter.Counter.FAULTS))
                    .isZero();
        }
        return servers;
    }
}
