// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// A started balancer that several threads change at once, for two seconds. Each thread has
/// services of its own and knows how they must be; all share one local address.
class ConcurrentControlTest {
    private static final int THREADS = 4;
    private static final int SERVICES = 5;
    private static final long RUN_NS = TimeUnit.SECONDS.toNanos(2);
    private static final LocalAddress SHARED = LocalAddress.of("10.0.1.100", "lan");

    /// What one thread has done.
    private record Outcome(TreeMap<ServiceKey, VirtualService> services, int committed) {}

    /// One thread's part.
    private static final class Client implements Callable<Outcome> {
        private final FullNatBalancer balancer;
        private final int number;
        private final RandomGenerator random;
        private final TreeMap<ServiceKey, VirtualService> model = new TreeMap<>();
        private int committed;

        Client(FullNatBalancer balancer, int number) {
            this.balancer = balancer;
            this.number = number;
            random = Seed.generator(number);
        }

        @Override
        public Outcome call() {
            long start = System.nanoTime();
            for (int step = 0; System.nanoTime() - start < RUN_NS; step++) {
                ServiceKey key =
                        ServiceKey.tcp("192.0.2." + (10 + number), 1 + random.nextInt(SERVICES));
                VirtualService known = model.get(key);
                if (known == null) {
                    add(key);
                } else {
                    change(known, step);
                }
            }
            return new Outcome(model, committed);
        }

        private void add(ServiceKey key) {
            VirtualService added = VirtualService.of(key).withLocalAddress(SHARED);
            apply(new Change.AddService(added));
            model.put(key, added);
        }

        private void change(VirtualService known, int step) {
            RealServer server = RealServer.of("10.0.1." + (11 + random.nextInt(9)), 8080);
            List<RealServer> servers = new ArrayList<>(known.realServers());
            if (random.nextInt(4) == 0) {
                apply(new Change.RemoveService(known.key()));
                model.remove(known.key());
            } else if (servers.remove(server)) {
                apply(new Change.RemoveRealServer(known.key(), server.endpoint()));
                model.put(known.key(), known.withRealServers(servers));
            } else {
                refused(known, server, step);
                apply(new Change.AddRealServer(known.key(), server));
                model.put(known.key(), known.withRealServer(server));
            }
        }

        /// A transaction whose last change is wrong, which must leave no trace.
        private void refused(VirtualService known, RealServer server, int step) {
            try {
                balancer.control()
                        .apply(
                                new Change.AddRealServer(known.key(), server),
                                new Change.AddService(known));
            } catch (BalancerException refusal) {
                assertThat(refusal.code())
                        .as(Seed.message(step))
                        .isEqualTo(ErrorCode.SERVICE_EXISTS);
                return;
            }
            throw new AssertionError("added twice: " + known.key());
        }

        private void apply(Change change) {
            balancer.control().apply(change);
            committed++;
        }
    }

    @Test
    void theStateIsWhatAllThreadsTogetherMadeIt() throws Exception {
        TreeMap<ServiceKey, VirtualService> expected = new TreeMap<>();
        int committed = 0;
        try (InMemoryIo io = ControlRig.openIo(2, 0);
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io).workers(2).connections(256).seed(1).start();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<Outcome>> running = new ArrayList<>();
            for (int number = 0; number < THREADS; number++) {
                running.add(threads.submit(new Client(balancer, number)));
            }
            for (Future<Outcome> client : running) {
                Outcome outcome = client.get();
                expected.putAll(outcome.services);
                committed += outcome.committed;
            }

            BalancerStatus status = balancer.control().status();
            assertThat(status.services())
                    .extracting(ServiceStatus::service)
                    .containsExactlyElementsOf(expected.values());
            assertThat(status.revision()).isEqualTo(committed);
            assertThat(committed).as("transactions").isPositive();
            assertThat(status.addresses())
                    .singleElement()
                    .matches(address -> address.services() == expected.size());
        }
    }
}
