// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.ConnectionTable;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TableWatchTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey DNS = ServiceKey.udp("192.0.2.53", 53);

    private final IdleWorkers idle = new IdleWorkers(2);
    private final Slots<ServiceKey> services = new Slots<>("service", 100);
    private final Conditions conditions = new Conditions(event -> {});
    private final TableWatch watch = new TableWatch(idle.workers, services, conditions);
    private long nowNs;

    @AfterEach
    void close() {
        idle.close();
    }

    /// A new connection of a service finds the table of a worker full.
    private void refused(int worker, int slot) {
        ConnectionTable table = idle.workers.workers().get(worker).connections();
        long before = table.shares().refused(slot);
        for (long key = 1; table.shares().refused(slot) == before; key++) {
            long in = (long) worker << 32 | nowNs + key;
            table.open(table.hash(in, 1), in, 1, table.hash(in, 2), in, 2, slot);
        }
        idle.workers.counters(worker).count(Outcome.TABLE_FULL);
    }

    private void evicted(int worker) {
        idle.workers.counters(worker).count(Counter.CONNECTIONS_EVICTED);
    }

    /// What begins now; it ends before the next look.
    private List<String> look() {
        watch.poll(nowNs);
        List<String> active =
                conditions.active(nowNs).stream()
                        .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                        .toList();
        nowNs += Conditions.CALM_NS;
        conditions.poll(nowNs);
        return active;
    }

    private static String said(int worker, String refused, int gaveWay) {
        return "TABLE_FULL worker %d: 0 connections; in the last second %s and %d gave way"
                .formatted(worker, refused, gaveWay);
    }

    private static String most(int worker, int refused, ServiceKey key) {
        return said(worker, refused + " were refused (most of " + key + ")", 0);
    }

    @Test
    void whatGivesWayOnAWorkerIsToldOfIt() {
        assertThat(look()).isEmpty();
        evicted(1);
        evicted(1);
        assertThat(look()).containsExactly(said(1, "0 were refused", 2));
        assertThat(look()).as("it is over").isEmpty();
        evicted(0);
        assertThat(look())
                .as("what was seen is not seen again")
                .containsExactly(said(0, "0 were refused", 1));
    }

    @Test
    void theServiceOfWhichMostAreRefusedIsNamed() {
        int web = services.acquire(WEB);
        int dns = services.acquire(DNS);
        refused(0, web);
        assertThat(look()).containsExactly(most(0, 1, WEB));
        refused(0, web);
        refused(0, dns);
        refused(0, dns);
        assertThat(look()).as("since the last look").containsExactly(most(0, 3, DNS));
        refused(1, web);
        assertThat(look()).as("of that worker").containsExactly(most(1, 1, WEB));
    }

    /// What was refused of its slot may be the former service's, until the next look.
    @Test
    void aServiceThatIsNewIsNotNamedAtOnce() {
        refused(0, services.acquire(WEB));
        assertThat(look()).hasSize(1);
        int dns = services.acquire(DNS);
        refused(0, dns);
        assertThat(look()).containsExactly(said(0, "1 were refused", 0));
        refused(0, dns);
        assertThat(look()).containsExactly(most(0, 1, DNS));
    }
}
