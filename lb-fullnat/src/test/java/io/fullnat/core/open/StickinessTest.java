// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Where a client goes whose service has persistence, of two servers: for 100 seconds, and with it
/// all clients of its network of 256.
class StickinessTest {
    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int CLIENT = 0x0107;
    private static final int NEIGHBOUR = 0x0108;
    private static final int STRANGER = 0x0207;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final Stickiness stickiness = new Stickiness(bench.context);
    private final TemplateTable table = new TemplateTable(8, 42);
    private final ClientTemplates templates =
            new ClientTemplates(
                    table, 0, Persistence.of(Duration.ofSeconds(100)).withLengths(24, 64));
    private final HealthWords health = new HealthWords(2, 1);
    private final ServiceEntry service =
            new ServiceEntry(
                            VirtualService.of(ServiceKey.tcp("192.0.2.1", 80)),
                            0,
                            (request, loads) -> Scheduler.NONE,
                            bench.servers,
                            null,
                            new LocalEntry[0],
                            new TrafficTable[] {bench.traffic},
                            health,
                            null)
                    .keeping(templates);
    private final List<String> asked = new ArrayList<>();

    @AfterEach
    void close() {
        table.close();
        bench.close();
    }

    private int connect(int client, int scheduled) {
        return connect(client, (of, request) -> scheduled);
    }

    private int connect(int client, Stickiness.Choice scheduler) {
        bench.packet(false, OpenBench.TCP, client);
        return stickiness.select(
                bench.packet,
                service,
                templates,
                (of, request) -> {
                    asked.add(name(request) + ":" + request.clientPort());
                    return scheduler.select(of, request);
                });
    }

    private static String name(ConnectionRequest request) {
        return IpAddress.of(request.clientAddressHigh(), request.clientAddressLow()).toString();
    }

    private long count(Counter counter) {
        return bench.context.stack().counters().get(counter);
    }

    private void seconds(long seconds) {
        bench.context.stack().time(seconds * 1_000_000_000L);
    }

    @Test
    void aClientGoesWhereItWasScheduledFirst() {
        assertThat(connect(CLIENT, SECOND)).isEqualTo(SECOND);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(SECOND);
        assertThat(asked).as("by its network, without a port").containsExactly("198.51.1.0:0");
        assertThat(count(Counter.TEMPLATES_CREATED)).isOne();
    }

    @Test
    void whoIsOfItsNetworkIsTheSameClient() {
        connect(CLIENT, SECOND);
        assertThat(connect(NEIGHBOUR, FIRST)).isEqualTo(SECOND);
        assertThat(connect(STRANGER, FIRST)).isEqualTo(FIRST);
        assertThat(asked).hasSize(2);
    }

    @Test
    void eachConnectionMakesItLastAnew() {
        connect(CLIENT, SECOND);
        seconds(99);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(SECOND);
        seconds(198);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(SECOND);
        seconds(300);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(FIRST);
    }

    @Test
    void aServerThatIsDownLosesItsClientsForGood() {
        connect(CLIENT, SECOND);
        health.server(SECOND, 0);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(FIRST);
        health.server(SECOND, HealthWords.WHOLE);
        assertThat(connect(CLIENT, SECOND)).as("by its new template").isEqualTo(FIRST);
        assertThat(asked).hasSize(2);
        assertThat(count(Counter.TEMPLATES_CREATED)).isEqualTo(2);
    }

    @Test
    void whoWasNotScheduledHasNoTemplate() {
        assertThat(connect(CLIENT, Scheduler.NONE)).isEqualTo(Scheduler.NONE);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(FIRST);
    }

    /// Its index is behind those of the real servers.
    @Test
    void nobodyStaysWithTheSorryServer() {
        assertThat(connect(CLIENT, bench.servers.length)).isEqualTo(bench.servers.length);
        assertThat(connect(CLIENT, FIRST)).isEqualTo(FIRST);
        assertThat(count(Counter.TEMPLATES_CREATED)).isOne();
    }

    private int claimedMeanwhile(int server) {
        return templates.claim(
                0,
                IpAddress.mapped(0xC633_0000 | CLIENT),
                server,
                TemplateTable.NONE,
                bench.context.stack().nowSeconds());
    }

    @Test
    void anotherWorkerMayBeFaster() {
        Stickiness.Choice slow =
                (of, request) -> {
                    claimedMeanwhile(SECOND);
                    return FIRST;
                };
        assertThat(connect(CLIENT, slow)).isEqualTo(SECOND);
        assertThat(count(Counter.TEMPLATES_CREATED)).isZero();
    }

    @Test
    void whatAnotherWorkerChoseMayNotServe() {
        health.server(SECOND, 0);
        Stickiness.Choice slow =
                (of, request) -> {
                    claimedMeanwhile(SECOND);
                    return FIRST;
                };
        assertThat(connect(CLIENT, slow)).isEqualTo(FIRST);
        assertThat(connect(CLIENT, SECOND)).isEqualTo(FIRST);
    }

    /// The table has eight places: who is new displaces who has not shown itself to be real.
    @Test
    void inAFullTableTheUnprovedGiveWay() {
        for (int network = 0; network < 8; network++) {
            assertThat(connect(network << 8, SECOND)).isEqualTo(SECOND);
        }
        assertThat(count(Counter.TEMPLATES_DISPLACED)).isZero();
        assertThat(connect(8 << 8, FIRST)).isEqualTo(FIRST);
        assertThat(count(Counter.TEMPLATES_DISPLACED)).isOne();
        assertThat(count(Counter.TEMPLATES_CREATED)).isEqualTo(9);
    }

    private long open(int client) {
        bench.context.services(
                new ServiceMap(List.of(service), StateTimeouts.DEFAULT, EndRules.DEFAULT),
                bench.allocators,
                List.of());
        return bench.open(Families.IPV4, OpenBench.TCP, client);
    }

    @Test
    void provedTemplatesStayAndWhoIsNewGetsNone() {
        for (int network = 0; network < 8; network++) {
            connect(network << 8, SECOND);
            stickiness.moved(open(network << 8), ConnectionState.ESTABLISHED);
        }
        assertThat(connect(8 << 8, FIRST)).isEqualTo(FIRST);
        assertThat(count(Counter.TEMPLATES_REFUSED)).isOne();
        assertThat(connect(8 << 8, SECOND)).as("scheduled each time").isEqualTo(SECOND);
        assertThat(count(Counter.TEMPLATES_DISPLACED)).isZero();
    }

    private boolean isProved() {
        List<Boolean> all = new ArrayList<>();
        for (int set = 0; set < table.sets(); set++) {
            table.visit(set, 0, (of, high, low, server, left, proved) -> all.add(proved));
        }
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void onlyAClientThatIsRealProvesItsTemplate() {
        connect(CLIENT, FIRST);
        long entry = open(CLIENT);
        for (ConnectionState state :
                List.of(
                        ConnectionState.SYN_RECV,
                        ConnectionState.UDP_ONEWAY,
                        ConnectionState.CLOSE,
                        ConnectionState.FIN_WAIT)) {
            stickiness.moved(entry, state);
        }
        assertThat(isProved()).isFalse();
        stickiness.moved(entry, ConnectionState.UDP_STREAM);
        assertThat(isProved()).isTrue();
    }

    /// Its port may be another one's meanwhile.
    @Test
    void aConnectionOfAServiceThatIsGoneProvesNothing() {
        connect(CLIENT, FIRST);
        long entry = open(CLIENT);
        bench.context.services(ServiceMap.EMPTY, bench.allocators, List.of());
        stickiness.moved(entry, ConnectionState.ESTABLISHED);
        assertThat(isProved()).isFalse();
        open(STRANGER);
        Memory.putInt(entry + ConnectionLayout.OWNER, 1);
        stickiness.moved(entry, ConnectionState.ESTABLISHED);
        assertThat(isProved()).isFalse();
    }
}
