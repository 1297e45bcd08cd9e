// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.limit.ConnectionCounts;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.localport.PortAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a look at the servers finds: nobody, somebody, or only some that are full; and for how long
/// it counts. There are three servers, each with a limit of one connection.
class OutageTest {
    private static final long NOW = Long.MAX_VALUE - 1_000_000; // it wraps

    private final ConnectionCounts counts = new ConnectionCounts(3, "servers");
    private final HealthWords health = new HealthWords(3, 1);
    private final ServerLimit[] limits = new ServerLimit[3];
    private final TrafficTable traffic = new TrafficTable(3, 1, 1);

    OutageTest() {
        for (int i = 0; i < 3; i++) {
            limits[i] = new ServerLimit(counts, i, 1, 0);
        }
    }

    @AfterEach
    void close() {
        counts.close();
        traffic.close();
    }

    /// @param servers by letter: `u`p, `d`own, `f`ull, `w`ithout a weight, `o`ut and full
    private ServiceEntry service(String servers) {
        ServerEntry[] entries = new ServerEntry[servers.length()];
        for (int i = 0; i < entries.length; i++) {
            char state = servers.charAt(i);
            entries[i] =
                    new ServerEntry(
                            0,
                            0xFFFF_0A00_010BL + i,
                            80,
                            state == 'w' ? 0 : 1,
                            i,
                            new LocalEntry[0],
                            new PortAllocator[0],
                            new int[0],
                            0,
                            limits[i]);
            health.server(i, state == 'd' || state == 'o' ? 0 : HealthWords.WHOLE);
            if (state == 'f' || state == 'o') {
                assertThat(limits[i].claim()).isTrue();
            }
        }
        return new ServiceEntry(
                VirtualService.of(ServiceKey.tcp("192.0.2.1", 80)),
                0,
                (request, loads) -> Scheduler.NONE,
                entries,
                null,
                new LocalEntry[0],
                new TrafficTable[] {traffic},
                health,
                null);
    }

    @ParameterizedTest
    @CsvSource({
        "'', true, false",
        "u, false, false",
        "d, true, false",
        "w, true, false",
        "f, true, true",
        "o, true, false",
        "ddd, true, false",
        "duw, false, false",
        "ddu, false, false",
        "uff, false, true",
        "ffu, false, true",
        "fff, true, true",
        "dfw, true, true",
        "owd, true, false"
    })
    void aLookFindsWhoIsUsable(String servers, boolean nobody, boolean full) {
        ServiceEntry service = service(servers);
        Outage outage = new Outage(service.serverCount());
        outage.look(service, NOW);
        assertThat(outage.hasNobody()).isEqualTo(nobody);
        assertThat(outage.hasFull()).isEqualTo(full);
    }

    @Test
    void nothingIsFoundBeforeTheFirstLook() {
        Outage outage = new Outage(3);
        assertThat(outage.hasNobody()).isFalse();
        assertThat(outage.hasFull()).isFalse();
        assertThat(outage.isKnown(NOW)).isFalse();
    }

    @Test
    void aLaterLookForgetsTheOneBefore() {
        Outage outage = new Outage(3);
        ServiceEntry service = service("fff");
        outage.look(service, NOW);
        limits[1].release();
        outage.look(service, NOW + 1);
        assertThat(outage.hasNobody()).isFalse();
        for (int i = 0; i < 3; i++) {
            health.server(i, 0);
        }
        outage.look(service, NOW + 2);
        assertThat(outage.hasNobody()).isTrue();
        assertThat(outage.hasFull()).isFalse();
    }

    /// Looks at 20,000 servers cost five milliseconds each; they may be ahead by four.
    @Test
    void whatALookAtManyHasFoundCountsUntilTheNextOneIsDue() {
        Outage outage = new Outage(20_000);
        ServiceEntry service = service("d");
        outage.look(service, NOW);
        assertThat(outage.isKnown(NOW)).isTrue();
        health.server(0, HealthWords.WHOLE);
        outage.look(service, NOW + 999_999);
        assertThat(outage.isKnown(NOW + 999_999)).as("it was too early").isTrue();
        assertThat(outage.isKnown(NOW + 1_000_000)).isFalse();
        assertThat(outage.hasNobody()).isTrue();
        outage.look(service, NOW + 1_000_000);
        assertThat(outage.hasNobody()).isFalse();
        assertThat(outage.isKnown(NOW + 1_000_000)).as("somebody is usable").isFalse();
    }
}
