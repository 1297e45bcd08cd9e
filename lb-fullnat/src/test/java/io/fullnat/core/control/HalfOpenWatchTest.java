// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.Shares;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HalfOpenWatchTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey DNS = ServiceKey.tcp("192.0.2.53", 53);

    private final IdleWorkers idle = new IdleWorkers(2);
    private final Slots<ServiceKey> services = new Slots<>("service", 100);
    private final Conditions conditions = new Conditions(event -> {});
    private final HalfOpenWatch watch = new HalfOpenWatch(idle.workers, services, conditions);
    private long nowNs;

    @AfterEach
    void close() {
        idle.close();
    }

    private void gaveWay(int worker, int slot) {
        idle.workers.counters(worker).count(Counter.HALF_OPEN_GAVE_WAY);
        shares(worker).gaveWay(slot);
    }

    private void refused(int worker, int slot) {
        idle.workers.counters(worker).count(Outcome.HALF_OPEN_FULL);
        shares(worker).refusedHalfOpen(slot);
    }

    private Shares shares(int worker) {
        return idle.workers.workers().get(worker).connections().shares();
    }

    private List<String> look() {
        nowNs += Conditions.CALM_NS;
        watch.poll(nowNs);
        conditions.poll(nowNs);
        return conditions.active(nowNs).stream()
                .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                .toList();
    }

    private static String said(ServiceKey key, int gaveWay, int refused) {
        return "HALF_OPEN_FULL %s: 0 half-open connections; since the last look %d gave way and %d were refused"
                .formatted(key, gaveWay, refused);
    }

    @Test
    void whatHappensOnAnyWorkerIsTheServices() {
        int web = services.acquire(WEB);
        int dns = services.acquire(DNS);
        assertThat(look()).isEmpty();
        gaveWay(0, web);
        gaveWay(1, web);
        refused(1, web);
        assertThat(look()).containsExactly(said(WEB, 2, 1));
        assertThat(look()).as("it is over").isEmpty();
        refused(0, dns);
        assertThat(look()).as("of the other one alone").containsExactly(said(DNS, 0, 1));
        gaveWay(1, web);
        assertThat(look()).as("what was seen is not seen again").containsExactly(said(WEB, 1, 0));
    }

    /// Slots outlast services: what happened to the last one that had it is not the next one's.
    @Test
    void whatHappenedToAFormerServiceIsNotTheNextOnes() {
        int slot = services.acquire(WEB);
        gaveWay(0, slot);
        services.release(WEB);
        services.reclaim(any -> true, (key, number) -> {});
        assertThat(look()).isEmpty();
        assertThat(services.acquire(DNS)).isEqualTo(slot);
        assertThat(look()).isEmpty();
        gaveWay(0, slot);
        assertThat(look()).containsExactly(said(DNS, 1, 0));
    }

    @Test
    void servicesMayComeAfterTheFirstLook() {
        gaveWay(0, services.acquire(WEB));
        assertThat(look()).containsExactly(said(WEB, 1, 0));
        refused(1, services.acquire(DNS));
        assertThat(look()).containsExactly(said(DNS, 0, 1));
    }
}
