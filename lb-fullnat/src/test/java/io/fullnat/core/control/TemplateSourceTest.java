// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.persistence.TemplateTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [TemplateSource]: which templates are shown and counted, and which go with a transaction.
class TemplateSourceTest {
    private static final ServiceKey DNS = ServiceKey.udp("192.0.2.80", 53);
    private static final RealServer FIRST = RealServer.of("10.0.1.11", 8080);
    private static final RealServer SECOND = RealServer.of("2001:db8:1::b", 8080);
    private static final Persistence MINUTE =
            Persistence.of(Duration.ofMinutes(1)).withLengths(24, 56);
    private static final IpAddress CLIENT = ip("198.51.100.0");
    private static final IpAddress CLIENT6 = ip("2001:db8:c1::");
    private static final int NOW = 1_000;

    private final Building building = new Building(1);
    private final TemplateTable table = building.drafting.idle.workers.templates();
    private final ReaderGate gate = new ReaderGate();
    private long nowNs = Drafting.EPOCH_NS + TimeUnit.SECONDS.toNanos(NOW);
    private final TemplateSource source =
            new TemplateSource(building.drafting.idle.workers, () -> nowNs);

    @AfterEach
    void close() {
        building.close();
    }

    private static VirtualService of(ServiceKey key, Persistence persistence) {
        return service(key)
                .withRealServers(List.of(FIRST, SECOND))
                .withPolicy(ServicePolicy.DEFAULT.withPersistence(Optional.of(persistence)));
    }

    private static Change replaced(VirtualService service) {
        return new Change.ReplaceService(service);
    }

    private static Change replaced(Persistence persistence) {
        return replaced(of(WEB, persistence));
    }

    /// A client of a service is at a server for a minute from now on.
    private void keep(ServiceKey key, IpAddress client, int server) {
        ServiceBuilder.Built built = building.built(key);
        int slot = built.serverSlot(server);
        int kept =
                table.claim(
                        built.slot(),
                        client.high(),
                        client.low(),
                        slot,
                        TemplateTable.NONE,
                        NOW,
                        60);
        assertThat(kept).isEqualTo(slot);
    }

    private List<TemplateInfo> list(TemplateFilter filter) {
        List<TemplateInfo> seen = new ArrayList<>();
        source.list(building.built.values(), gate, filter, seen::add);
        return seen;
    }

    private List<String> left() {
        return list(TemplateFilter.ALL).stream()
                .map(each ->
                        (each.service().equals(WEB) ? "80 " : "443 ") + each.client().address())
                .toList();
    }

    private static TemplateInfo shown(String client, RealServer server, int left, boolean proved) {
        return new TemplateInfo(WEB, IpPrefix.parse(client), server.endpoint(), left, proved);
    }

    @Test
    void aTemplateIsShownWithTheNetworkAndServerThatItIsOf() {
        building.inForce(added(of(WEB, MINUTE)));
        keep(WEB, CLIENT, 1);
        keep(WEB, CLIENT6, 0);
        table.prove(building.built(WEB).slot(), CLIENT6.high(), CLIENT6.low());
        nowNs += TimeUnit.SECONDS.toNanos(20);
        assertThat(list(TemplateFilter.ALL))
                .containsExactlyInAnyOrder(
                        shown("198.51.100.0/24", SECOND, 40, false),
                        shown("2001:db8:c1::/56", FIRST, 40, true));
        nowNs += TimeUnit.SECONDS.toNanos(40);
        assertThat(list(TemplateFilter.ALL)).as("their time is over").isEmpty();
    }

    @Test
    void onlyThoseThatTheFilterAcceptsAreShown() {
        building.inForce(added(of(WEB, MINUTE)), added(of(TLS, MINUTE)));
        keep(WEB, CLIENT, 0);
        keep(TLS, CLIENT6, 0);
        assertThat(list(TemplateFilter.of(TLS)))
                .extracting(TemplateInfo::service)
                .containsExactly(TLS);
        assertThat(list(TemplateFilter.of(DNS))).isEmpty();
    }

    @Test
    void whoseServerOrServiceHasJustGoneIsNotShown() {
        building.inForce(added(of(WEB, MINUTE)), added(of(TLS, MINUTE)));
        keep(WEB, CLIENT, 0);
        keep(TLS, CLIENT, 0);
        building.inForce(
                new Change.RemoveRealServer(WEB, FIRST.endpoint(), false),
                new Change.RemoveService(TLS, false));
        assertThat(list(TemplateFilter.ALL)).isEmpty();
    }

    @Test
    void whoHasSeenEnoughSeesNoMore() {
        building.inForce(added(of(WEB, MINUTE)));
        keep(WEB, CLIENT, 0);
        keep(WEB, CLIENT6, 0);
        List<TemplateInfo> seen = new ArrayList<>();
        source.list(
                building.built.values(),
                gate,
                TemplateFilter.ALL,
                each -> {
                    seen.add(each);
                    return false;
                });
        assertThat(seen).hasSize(1);
    }

    private void keepMany(int clients) {
        building.inForce(added(of(WEB, MINUTE)));
        for (int client = 0; client < clients; client++) {
            keep(WEB, IpAddress.of(CLIENT.high(), CLIENT.low() + client), client % 2);
        }
    }

    @Test
    void eachIsShownOnceHoweverManyThereAre() {
        keepMany(1_000);
        List<TemplateInfo> all = list(TemplateFilter.ALL);
        assertThat(all).hasSize(1_000);
        assertThat(Set.copyOf(all)).hasSize(1_000);
    }

    /// The balancer may end while somebody looks at what has been read, of an eighth of the table.
    @Test
    void whoLooksLongAtABlockKeepsNoEndWaiting() {
        keepMany(1_000);
        List<TemplateInfo> seen = new ArrayList<>();
        closed(() ->
                source.list(
                        building.built.values(),
                        gate,
                        TemplateFilter.ALL,
                        each -> {
                            if (seen.isEmpty()) {
                                gate.shut();
                            }
                            return seen.add(each);
                        }));
        assertThat(seen).hasSizeBetween(60, 250);
    }

    private static void closed(Runnable reading) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(reading::run)
                .extracting(BalancerException::code)
                .isEqualTo(ErrorCode.CLOSED);
    }

    private Map<ServiceKey, Integer> counts() {
        return source.count(building.built.values(), gate).byService();
    }

    @Test
    void countsAreOfEachServiceThatKeepsClients() {
        building.inForce(added(of(WEB, MINUTE)), added(of(TLS, MINUTE)), added(service(DNS)));
        keep(WEB, CLIENT, 0);
        keep(WEB, CLIENT6, 1);
        TemplateCounts counts = source.count(building.built.values(), gate);
        assertThat(counts.capacity()).isEqualTo(table.capacity());
        assertThat(counts.byService()).isEqualTo(Map.of(WEB, 2, TLS, 0));
    }

    @Test
    void countsAreOfTheWholeTable() {
        keepMany(1_000);
        assertThat(counts()).isEqualTo(Map.of(WEB, 1_000));
    }

    /// It reads all of them.
    @Test
    void theyAreCountedOnceASecondAtMost() {
        building.inForce(added(of(WEB, MINUTE)));
        Collection<ServiceBuilder.Built> same = building.built.values();
        keep(WEB, CLIENT, 0);
        assertThat(source.count(same, gate).total()).isEqualTo(1);
        keep(WEB, CLIENT6, 0);
        nowNs += TimeUnit.SECONDS.toNanos(1) - 1;
        assertThat(source.count(same, gate).total()).isEqualTo(1);
        nowNs++;
        assertThat(source.count(same, gate).total()).isEqualTo(2);
    }

    @Test
    void ofAnotherStateTheyAreCountedAtOnce() {
        building.inForce(added(of(WEB, MINUTE)));
        keep(WEB, CLIENT, 0);
        assertThat(counts()).isEqualTo(Map.of(WEB, 1));
        building.inForce(added(of(TLS, MINUTE)));
        keep(TLS, CLIENT, 0);
        assertThat(counts()).isEqualTo(Map.of(WEB, 1, TLS, 1));
    }

    @Test
    void whereNoServiceKeepsClientsTheTableIsNotRead() {
        building.inForce(added(service(WEB)));
        gate.shut();
        assertThat(list(TemplateFilter.ALL)).isEmpty();
        assertThat(source.count(building.built.values(), gate))
                .isEqualTo(new TemplateCounts(table.capacity(), Map.of()));
        building.inForce(added(of(TLS, MINUTE)));
        closed(() -> list(TemplateFilter.ALL));
        closed(this::counts);
    }

    /// Four templates: of each of two services, at each of two servers.
    private void fill() {
        building.inForce(added(of(WEB, MINUTE)), added(of(TLS, MINUTE)));
        for (ServiceKey key : List.of(WEB, TLS)) {
            keep(key, CLIENT, 0);
            keep(key, CLIENT6, 1);
        }
        assertThat(left()).hasSize(4);
    }

    @Test
    void withAServiceItsTemplatesGo() {
        fill();
        int slot = building.built(WEB).slot();
        Transaction done = building.inForce(new Change.RemoveService(WEB, false));
        assertThat(source.clean(done)).as("nobody has asked for it").isZero();
        assertThat(left()).containsExactlyInAnyOrder("443 198.51.100.0", "443 2001:db8:c1::");
        assertThat(servers(slot)).isEmpty();
        assertThat(servers(building.built(TLS).slot())).hasSize(2);
    }

    /// Those to which templates of a service lead, whether or not they are shown.
    private Set<Integer> servers(int service) {
        Set<Integer> servers = new HashSet<>();
        for (int set = 0; set < table.sets(); set++) {
            table.visit(
                    set,
                    NOW,
                    (of, high, low, server, left, proved) -> {
                        if (of == service) {
                            servers.add(server);
                        }
                        return false;
                    });
        }
        return servers;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void withAServerItsTemplatesGo(int goes) {
        fill();
        int slot = building.built(WEB).slot();
        int stays = building.built(WEB).serverSlot(1 - goes);
        RealServer server = List.of(FIRST, SECOND).get(goes);
        Transaction done =
                building.inForce(new Change.RemoveRealServer(WEB, server.endpoint(), false));
        assertThat(source.clean(done)).isZero();
        assertThat(servers(slot)).containsExactly(stays);
        assertThat(left())
                .containsExactlyInAnyOrder(
                        goes == 0 ? "80 2001:db8:c1::" : "80 198.51.100.0",
                        "443 198.51.100.0",
                        "443 2001:db8:c1::");
    }

    /// The clients would be others, or none.
    @ParameterizedTest
    @CsvSource({"25, 56", "24, 57", "23, 56"})
    void withOtherNetworksOfClientsAllOfAServiceGo(int ipv4, int ipv6) {
        fill();
        int slot = building.built(WEB).slot();
        Transaction done = building.inForce(replaced(MINUTE.withLengths(ipv4, ipv6)));
        assertThat(source.clean(done)).isZero();
        assertThat(servers(slot)).isEmpty();
        assertThat(left()).hasSize(2);
    }

    @Test
    void whenAServiceKeepsNoClientsAnyMoreAllGo() {
        fill();
        int slot = building.built(WEB).slot();
        source.clean(building.inForce(replaced(service(WEB).withRealServers(List.of(FIRST)))));
        assertThat(servers(slot)).isEmpty();
        assertThat(left()).hasSize(2);
    }

    @Test
    void whatChangesOtherwiseLeavesThemThere() {
        fill();
        source.clean(building.inForce(replaced(MINUTE.withTimeout(Duration.ofHours(1)))));
        source.clean(building.inForce(new Change.EditRealServer(WEB, FIRST.withWeight(7))));
        RealServer third = RealServer.of("10.0.1.13", 8080);
        source.clean(building.inForce(new Change.AddRealServer(WEB, third)));
        assertThat(left()).hasSize(4);
    }

    @Test
    void aServiceThatHasKeptNoClientsHasNoTemplates() {
        building.inForce(added(service(WEB).withRealServers(List.of(FIRST))));
        assertThat(source.clean(building.inForce(replaced(service(WEB))))).isZero();
        assertThat(source.clean(building.inForce(new Change.RemoveService(WEB, false)))).isZero();
        assertThat(left()).isEmpty();
    }

    @Test
    void thoseThatATransactionNamesGoAndAreCounted() {
        fill();
        Transaction done = building.inForce(new Change.RemoveTemplates(TemplateFilter.of(WEB)));
        assertThat(source.clean(done)).isEqualTo(2);
        assertThat(left()).containsExactlyInAnyOrder("443 198.51.100.0", "443 2001:db8:c1::");
        assertThat(source.clean(done)).as("they are gone").isZero();
    }

    @Test
    void eachOfSeveralFiltersNamesSome() {
        fill();
        TemplateFilter clients =
                new TemplateFilter(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(IpPrefix.parse("2001:db8::/32")));
        Transaction done =
                building.inForce(
                        new Change.RemoveTemplates(clients),
                        new Change.RemoveTemplates(
                                new TemplateFilter(
                                        Optional.of(TLS),
                                        Optional.of(FIRST.endpoint()),
                                        Optional.empty())));
        assertThat(source.clean(done)).isEqualTo(3);
        assertThat(left()).containsExactly("80 198.51.100.0");
    }

    @Test
    void whatGoesAnywayIsNotCountedAsNamed() {
        fill();
        Transaction done =
                building.inForce(
                        new Change.RemoveService(WEB, false),
                        new Change.RemoveTemplates(TemplateFilter.ALL));
        assertThat(source.clean(done)).isEqualTo(2);
        assertThat(left()).isEmpty();
    }

    @Test
    void whoseTimeIsOverIsNotCounted() {
        fill();
        nowNs += TimeUnit.SECONDS.toNanos(60);
        assertThat(source.clean(building.inForce(new Change.RemoveTemplates(TemplateFilter.ALL))))
                .isZero();
    }

    @Test
    void filtersNameNoneWhereNoServiceKeepsClients() {
        building.inForce(added(service(WEB)));
        assertThat(source.clean(building.inForce(new Change.RemoveTemplates(TemplateFilter.ALL))))
                .isZero();
    }
}
