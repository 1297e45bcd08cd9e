// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.testing.Seed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerLimitsTest {
    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final Limits shared = new Limits(1, 2, 1, ClientNetworks.DEFAULT, Seed.value());
    private final WorkerLimits limits =
            new WorkerLimits(
                    shared,
                    bench.traffic,
                    bench.context.table(),
                    bench.context.stack(),
                    entry -> {});

    @AfterEach
    void close() {
        shared.close();
        bench.close();
    }

    private ServiceEntry service(ServiceLimits of) {
        return new ServiceEntry(
                VirtualService.of(ServiceKey.tcp("192.0.2.1", 80))
                        .withPolicy(ServicePolicy.DEFAULT.withLimits(of)),
                0,
                (request, loads) -> Scheduler.NONE,
                bench.servers,
                null,
                new LocalEntry[0],
                new TrafficTable[] {bench.traffic},
                new HealthWords(2, 1),
                null);
    }

    @Test
    void aFullTableOfClientsRefusesAndTakesNothing() {
        ServiceEntry service = service(new ServiceLimits(10_000, 2, 10_000));
        int refused = 0;
        int claimed = 0;
        for (int client = 0; client < 1000; client++) {
            bench.packet(false, Ipv4.PROTOCOL_TCP, client);
            Outcome outcome = limits.claim(bench.packet, service);
            if (outcome == null) {
                claimed++;
            } else {
                assertThat(outcome).isEqualTo(Outcome.CLIENT_TABLE_FULL);
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000 - (int) shared.clients().places());
        assertThat(shared.services().count(0)).isEqualTo(claimed);
    }

    private @Nullable Outcome claim(ServiceEntry service, int client) {
        bench.packet(false, Ipv4.PROTOCOL_TCP, client);
        return limits.claim(bench.packet, service);
    }

    /// How many are counted of a client and of its network.
    private int counted(int client) {
        bench.packet(false, Ipv4.PROTOCOL_TCP, client);
        long high = bench.packet.clientAddressHigh();
        long low = bench.packet.clientAddressLow();
        return shared.clients().count(shared.client(0, high, low))
                + shared.clients().count(shared.network(0, high, low));
    }

    @Test
    void whatIsRefusedOrUndoneLeavesNothing() {
        ServiceEntry service = service(new ServiceLimits(1, 1, 1));
        assertThat(claim(service, 1)).isNull();
        limits.undo();
        assertThat(counted(1)).isZero();
        assertThat(shared.services().count(0)).isZero();

        assertThat(claim(service, 1)).isNull();
        assertThat(claim(service, 1)).isEqualTo(Outcome.CLIENT_FULL);
        assertThat(claim(service, 2)).as("its network").isEqualTo(Outcome.NETWORK_FULL);
        assertThat(claim(service, 256)).as("another").isEqualTo(Outcome.SERVICE_FULL);
        assertThat(counted(1)).isEqualTo(2);
        assertThat(counted(2)).as("the network alone").isEqualTo(1);
        assertThat(counted(256)).isZero();
        assertThat(shared.services().count(0)).isOne();
    }
}
