// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Requests and responses between two hosts without a balancer: what later is blamed on a balancer
/// must not be the simulation's fault.
@ParameterizedClass
@EnumSource(HostFamily.class)
class RequestTest {
    private static final Duration LONG = Duration.ofHours(2);
    private static final int SEEDS = 10;

    private final HostFamily family;

    RequestTest(HostFamily family) {
        this.family = family;
    }

    @Test
    void manyConnectionsGetAllAnswersOverAGoodWire() {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            RequestClient client = load(hosts, new RequestLoad(200, 20, 3, 20_000, Seed.value()));
            assertThat(client.completedRequests()).isEqualTo(600);
            assertThat(hosts.client.counters().retransmissions()).isZero();
            assertThat(client.peersSeenByServer()).allMatch(this::isClient);
            assertThat(hosts.server.tcp().peers()).hasSameSizeAs(client.peersSeenByServer());
        }
    }

    @Test
    void oneRequestPerConnection() {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            RequestClient client = load(hosts, new RequestLoad(300, 300, 1, 100, Seed.value()));
            assertThat(client.completedRequests()).isEqualTo(300);
        }
    }

    @Test
    void aSmallMtuIsRespected() {
        try (TwoHosts hosts = TwoHosts.onGoodWire(port -> port.withMtu(576))) {
            load(hosts, new RequestLoad(5, 5, 2, 50_000, Seed.value()));
            assertThat(hosts.io.wire("client").far().statistics().sendErrors()).isZero();
        }
    }

    @Test
    void shortQueuesSlowTransfersDownAndLoseNothing() {
        try (TwoHosts hosts = TwoHosts.onGoodWire(port -> port.withQueueDepth(2))) {
            load(hosts, new RequestLoad(5, 5, 2, 50_000, Seed.value()));
        }
    }

    @Test
    void lossIsRepaired() {
        onBadWires(wire -> wire.withLoss(0.1));
    }

    @Test
    void duplicatesAreDropped() {
        onBadWires(wire -> wire.withDuplication(0.3));
    }

    @Test
    void reorderingIsUndone() {
        onBadWires(wire -> wire.withDelay(0, 5_000_000));
    }

    @Test
    void everythingAtOnceIsSurvived() {
        onBadWires(wire -> wire.withLoss(0.1).withDuplication(0.1).withDelay(0, 20_000_000));
    }

    private boolean isClient(String peer) {
        return Endpoint.parse(peer).address().equals(family.client(1).address());
    }

    private void onBadWires(UnaryOperator<Impairment> impairment) {
        for (long seed = Seed.value(); seed < Seed.value() + SEEDS; seed++) {
            try (TwoHosts hosts = TwoHosts.onBadWire(seed, impairment)) {
                load(hosts, new RequestLoad(8, 4, 2, 30_000, seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("repeat with -Dseed=" + seed, e);
            }
        }
    }

    private RequestClient load(TwoHosts hosts, RequestLoad load) {
        hosts.server.tcp().listen(80, RequestServer::new);
        RequestClient client = new RequestClient(hosts.client, family.server(80), load);
        client.start();
        hosts.runUntil(client::isDone, LONG);
        assertThat(client.failures()).isEmpty();
        assertThat(client.completedRequests())
                .isEqualTo(load.connections() * load.requestsPerConnection());
        hosts.run(Duration.ofMinutes(2));
        assertThat(hosts.client.tcp().connections()).isEmpty();
        assertThat(hosts.server.tcp().connections()).isEmpty();
        hosts.assertClean();
        return client;
    }
}
