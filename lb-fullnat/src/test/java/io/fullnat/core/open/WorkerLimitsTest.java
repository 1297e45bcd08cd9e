// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.testing.Seed;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerLimitsTest {
    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final Limits shared =
            new Limits(1, 2, 1, ClientNetworks.DEFAULT, Seed.value(), OpenBench.noProxies());
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
        return bench.service(0, ServicePolicy.DEFAULT.withLimits(of));
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
        limits.undo(service);
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

    private static Optional<ConnectionRate> rate(String words) {
        return Optional.of(ConnectionRate.parse(words));
    }

    /// What the rate of a service refuses takes none of the network's, and the other way round.
    @Test
    void whatAnyLimitRefusesTakesNoToken() {
        ServiceLimits both =
                new ServiceLimits(9, 9, 9)
                        .withRate(rate("0.001,3"))
                        .withRatePerNetwork(rate("0.001,2"));
        ServiceEntry halfOpen = service(both.withHalfOpen(1));
        assertThat(claim(halfOpen, 1)).isNull();
        assertThat(claim(halfOpen, 1)).isEqualTo(Outcome.HALF_OPEN_FULL);
        assertThat(claim(halfOpen, 1)).isEqualTo(Outcome.HALF_OPEN_FULL);

        ServiceEntry service = service(both);
        assertThat(claim(service, 1)).as("the network's second").isNull();
        assertThat(claim(service, 1)).isEqualTo(Outcome.NETWORK_RATE_LIMITED);
        assertThat(claim(service, 256)).as("the service's third").isNull();
        assertThat(claim(service, 256)).isEqualTo(Outcome.RATE_LIMITED);
        assertThat(claim(service(both.withRate(Optional.empty())), 256))
                .as("the other network's second")
                .isNull();
    }

    @Test
    void whatIsNotOpenedGivesItsTokensBack() {
        ServiceEntry service =
                service(
                        ServiceLimits.NONE
                                .withRate(rate("0.001,1"))
                                .withRatePerNetwork(rate("0.001,1")));
        for (int i = 0; i < 3; i++) {
            assertThat(claim(service, 1)).isNull();
            limits.undo(service);
        }
        assertThat(claim(service, 1)).isNull();
        assertThat(claim(service, 1)).isEqualTo(Outcome.NETWORK_RATE_LIMITED);
    }
}
