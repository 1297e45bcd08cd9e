// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.cli.StillOperations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/// What is written of a balancer whose state is known.
class MetricsTest {
    private static final long BEYOND_32_BITS = (1L << 32) + 5;
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey DNS = ServiceKey.udp("2001:db8::80", 53);
    private static final ServiceKey WEB_OVER_UDP = ServiceKey.udp("192.0.2.80", 80);
    private static final RealServer SHARED = RealServer.of("10.0.1.11", 8080);

    private static ServiceStatus service(ServiceKey key, long packets, RealServer... servers) {
        TrafficCounts traffic = new TrafficCounts(3, packets, BEYOND_32_BITS, 7, 8);
        VirtualService service =
                VirtualService.of(key)
                        .withRealServers(List.of(servers))
                        .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"));
        PortUsage ports = new PortUsage(2, 64_511, 5, 81, 4, true);
        return new ServiceStatus(
                service,
                List.of(servers).stream()
                        .map(server ->
                                new RealServerStatus(server, 1, 2, traffic, TrafficRates.ZERO))
                        .toList(),
                List.of(new LocalAddressStatus(service.localAddresses().getFirst(), false, ports)),
                traffic,
                TrafficRates.ZERO);
    }

    private static BalancerStatus status(ServiceStatus... services) {
        AddressStatus local =
                new AddressStatus(
                        InterfaceAddress.of("10.0.1.100/32", "lan"),
                        false,
                        services.length,
                        new PortUsage(6, 193_533, 5, 81, 12, true),
                        AddressStatus.State.VALID,
                        Optional.empty(),
                        false);
        return new BalancerStatus(42, List.of(services), List.of(local), List.of(), List.of());
    }

    private static StillOperations with(ServiceStatus... services) {
        NeighbourStatus neighbour =
                new NeighbourStatus(
                        1,
                        Ipv4Address.parse("10.0.1.11"),
                        Optional.empty(),
                        "lan",
                        NeighbourStatus.State.INCOMPLETE);
        return new StillOperations(status(services), List.of(), List.of(neighbour));
    }

    private static String text(StillOperations operations, String accept, String... names) {
        try (Metrics metrics = Metrics.of(operations)) {
            return text(metrics, accept, names);
        }
    }

    private static String text(Metrics metrics, String accept, String... names) {
        try (Scrape scrape = metrics.scrape(accept, "", List.of(names)).orElseThrow()) {
            return text(scrape);
        }
    }

    private static String text(Scrape scrape) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            scrape.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static HandshakeTimes handshakes(int micros, int count) {
        long[] counts = new long[HandshakeTimes.BUCKETS];
        counts[HandshakeTimes.bucket(micros)] = count;
        return HandshakeTimes.of(counts);
    }

    /// In seconds; what there was none of has no series.
    @Test
    void handshakesAreQuantilesOfTheLastMinute() {
        ServiceStatus without = service(DNS, 1, SHARED);
        RealServerStatus server =
                new RealServerStatus(
                        SHARED,
                        1,
                        2,
                        TrafficCounts.ZERO,
                        TrafficRates.ZERO,
                        ServerHealth.UNCHECKED,
                        new Handshakes(
                                handshakes(250, 98).plus(handshakes(1_500_000, 2)),
                                handshakes(250, 500)),
                        700);
        ServiceStatus known = service(WEB, 1, SHARED);
        ServiceStatus with =
                new ServiceStatus(
                        known.service(),
                        List.of(server),
                        known.localAddresses(),
                        known.traffic(),
                        known.rates());
        String text = text(with(with, without), "");
        String of = "{protocol=\"tcp\",service=\"192.0.2.80:80\"";
        String fast = "0.000" + handshakes(250, 1).micros(1);
        String slow = String.valueOf(handshakes(1_500_000, 1).micros(1) / 1e6);

        assertThat(lines(text, "fullnat_server_handshakes_total"))
                .containsExactly(
                        "fullnat_server_handshakes_total" + of + ",server=\"10.0.1.11:8080\"} 500");
        assertThat(lines(text, "fullnat_service_handshake_p50_seconds"))
                .containsExactly("fullnat_service_handshake_p50_seconds" + of + "} " + fast);
        assertThat(lines(text, "fullnat_service_handshake_p90_seconds")).hasSize(1);
        assertThat(lines(text, "fullnat_service_handshake_p99_seconds"))
                .containsExactly("fullnat_service_handshake_p99_seconds" + of + "} " + slow);
        assertThat(lines(text, "fullnat_server_handshake_p99_seconds")).hasSize(1);
        assertThat(lines(text, "fullnat_server_answer_seconds"))
                .containsExactly(
                        "fullnat_server_answer_seconds"
                                + of
                                + ",server=\"10.0.1.11:8080\"} 0.0007");
    }

    /// The lines of one metric, without what comments say.
    private static List<String> lines(String text, String name) {
        return text.lines().filter(line -> line.matches(name + "[ {].*")).toList();
    }

    @Test
    void aServerOfSeveralServicesHasASeriesOfEach() {
        String text =
                text(
                        with(
                                service(WEB, 5, SHARED),
                                service(WEB_OVER_UDP, 6, SHARED),
                                service(DNS, 7, SHARED, RealServer.of("2001:db8::11", 53))),
                        "");

        assertThat(lines(text, "fullnat_server_incoming_packets_total"))
                .containsExactlyInAnyOrder(
                        "fullnat_server_incoming_packets_total{protocol=\"tcp\",service=\"192.0.2.80:80\",server=\"10.0.1.11:8080\"} 5",
                        "fullnat_server_incoming_packets_total{protocol=\"udp\",service=\"192.0.2.80:80\",server=\"10.0.1.11:8080\"} 6",
                        "fullnat_server_incoming_packets_total{protocol=\"udp\",service=\"[2001:db8::80]:53\",server=\"10.0.1.11:8080\"} 7",
                        "fullnat_server_incoming_packets_total{protocol=\"udp\",service=\"[2001:db8::80]:53\",server=\"[2001:db8::11]:53\"} 7");
        assertThat(lines(text, "fullnat_service_servers"))
                .contains(
                        "fullnat_service_servers{protocol=\"udp\",service=\"[2001:db8::80]:53\"} 2");
    }

    @Test
    void countsHave64Bits() {
        String text = text(with(service(WEB, 5, SHARED)), "");

        assertThat(lines(text, "fullnat_service_incoming_bytes_total"))
                .containsExactly(
                        "fullnat_service_incoming_bytes_total{protocol=\"tcp\",service=\"192.0.2.80:80\"} 4294967301");
    }

    private static ServiceStatus saying(
            ServiceStatus plain,
            Map<Outcome, Long> refused,
            OptionalLong halfOpen,
            Optional<RealServerStatus> sorry) {
        return new ServiceStatus(
                plain.service(),
                plain.realServers(),
                plain.localAddresses(),
                plain.traffic(),
                plain.rates(),
                plain.health(),
                refused,
                halfOpen,
                sorry);
    }

    /// Of those that there were, and half-open ones of services that count them.
    @Test
    void refusalsOfServicesAreCountedByOutcome() {
        ServiceStatus plain = service(WEB, 5, SHARED);
        ServiceStatus refusing =
                saying(
                        plain,
                        Map.of(Outcome.SERVICE_FULL, 1L << 40, Outcome.ACCESS_DENIED, 2L),
                        OptionalLong.of(0),
                        Optional.empty());
        String text = text(with(refusing, service(DNS, 1, SHARED)), "");

        assertThat(lines(text, "fullnat_service_refused_packets_total"))
                .containsExactlyInAnyOrder(
                        "fullnat_service_refused_packets_total{protocol=\"tcp\",service=\"192.0.2.80:80\",outcome=\"ACCESS_DENIED\"} 2",
                        "fullnat_service_refused_packets_total{protocol=\"tcp\",service=\"192.0.2.80:80\",outcome=\"SERVICE_FULL\"} 1099511627776");
        assertThat(lines(text, "fullnat_service_half_open"))
                .containsExactly(
                        "fullnat_service_half_open{protocol=\"tcp\",service=\"192.0.2.80:80\"} 0");

        assertThat(text(with(plain), ""))
                .doesNotContain(
                        "fullnat_service_refused_packets_total{", "fullnat_service_half_open{");
    }

    /// Of services that have one.
    @Test
    void aSorryServerIsUpOrDown() {
        ServiceStatus plain = service(WEB, 5, SHARED);
        ServiceStatus sorry =
                saying(
                        plain,
                        Map.of(),
                        OptionalLong.empty(),
                        Optional.of(plain.realServers().getFirst()));

        assertThat(
                        lines(
                                text(with(sorry, service(DNS, 1, SHARED)), ""),
                                "fullnat_service_sorry_server_up"))
                .containsExactly(
                        "fullnat_service_sorry_server_up{protocol=\"tcp\",service=\"192.0.2.80:80\"} 1");
    }

    /// It is left out, not 0, and nothing of it stays.
    @Test
    void whatIsRemovedIsLeftOut() {
        StillOperations operations = with(service(WEB, 5, SHARED), service(DNS, 7, SHARED));
        try (Metrics metrics = Metrics.of(operations)) {
            assertThat(text(metrics, "")).contains("[2001:db8::80]:53");

            operations.become(status(service(WEB, 5, SHARED)));
            assertThat(text(metrics, ""))
                    .doesNotContain("[2001:db8::80]:53")
                    .contains("192.0.2.80:80");

            operations.become(status());
            assertThat(text(metrics, "")).doesNotContain("192.0.2.80:80");
            assertThat(lines(text(metrics, ""), "fullnat_service_servers")).isEmpty();
        }
    }

    /// A thousand changes of servers leave as many series as there are servers.
    @Test
    void seriesAreThoseOfServersThatAreThere() {
        StillOperations operations = with();
        try (Metrics metrics = Metrics.of(operations)) {
            assertThat(metrics.families()).isNotEmpty();
            for (int change = 0; change < 1000; change++) {
                RealServer server = RealServer.of("10.0.1.11", 1000 + change);
                operations.become(status(service(WEB, change, server)));
                assertThat(lines(text(metrics, "", "fullnat_server_up"), "fullnat_server_up"))
                        .hasSize(1)
                        .first(STRING)
                        .contains("\"10.0.1.11:" + (1000 + change) + "\"");
            }
            assertThat(text(metrics, ""))
                    .contains("10.0.1.11:1999")
                    .doesNotContain("10.0.1.11:1998");
        }
    }

    @Test
    void noSeriesSaysWhichClient() {
        try (Metrics metrics = Metrics.of(with())) {
            assertThat(metrics.families())
                    .allSatisfy(family ->
                            assertThat(family.labels())
                                    .doesNotContain("client", "source", "subject"));
        }
    }

    @Test
    void openMetricsEndsAndCountersSayTotal() {
        String text = text(with(service(WEB, 5, SHARED)), "application/openmetrics-text");

        assertThat(text).endsWith("# EOF\n");
        assertThat(text)
                .contains(
                        "# TYPE fullnat_service_connections counter\n",
                        "fullnat_service_connections_total{",
                        "# TYPE fullnat_build info\n",
                        "fullnat_build_info{version=");
    }

    @Test
    void textSaysTheTypeOfWhatStandsThere() {
        String text = text(with(service(WEB, 5, SHARED)), "");

        assertThat(text)
                .contains(
                        "# TYPE fullnat_service_connections_total counter\n",
                        "# TYPE fullnat_build_info gauge\n",
                        "# TYPE fullnat_worker_burst_packets histogram\n",
                        "jvm_memory_used_bytes{area=\"heap\"}")
                .doesNotContain("# EOF", "NaN");
        assertThat(text.lines().filter(line -> !line.startsWith("#")))
                .allMatch(line -> line.matches("[a-z_0-9]+(\\{.*\\})? [-+0-9.E]+(Inf)?"))
                .doesNotHaveDuplicates();
    }

    /// What a port has and what waits there; a link that is up and buffers beside.
    @Test
    void queuesOfPorts() {
        try (ApiRig rig = new ApiRig().serving();
                Metrics metrics = Metrics.of(rig)) {
            String text = text(metrics, "");
            for (String port : List.of("lan", "wan")) {
                assertThat(text)
                        .contains(
                                "fullnat_port_up{port=\"" + port + "\"} 1.0\n",
                                "fullnat_port_descriptors{direction=\"receive\",port=\""
                                        + port
                                        + "\"} 512.0\n",
                                "fullnat_port_receive_waiting_packets{port=\""
                                        + port
                                        + "\",queue=\"0\"} 0.0\n");
            }
        }
    }

    @Test
    void theBalancerAsAWhole() {
        String text = text(with(service(WEB, 5, SHARED)), "");

        assertThat(text)
                .contains(
                        "fullnat_revision 42.0\n",
                        "fullnat_services 1.0\n",
                        "fullnat_status{state=\"degraded\"} 1.0\n",
                        "fullnat_status{state=\"up\"} 0.0\n",
                        "fullnat_condition_subjects{condition=\"LINK_DOWN\"} 2.0\n",
                        "fullnat_condition_subjects{condition=\"TABLE_FULL\"} 0.0\n",
                        "fullnat_worker_idle_seconds{worker=\"0\"} 1.5\n",
                        "fullnat_transaction_seconds_bucket{le=\"0.0025\"} 3\n",
                        "fullnat_transaction_seconds_bucket{le=\"10.0\"} 3\n",
                        "fullnat_transaction_seconds_bucket{le=\"+Inf\"} 4\n",
                        "fullnat_transaction_seconds_sum 12.5\n",
                        "fullnat_transactions_refused_total{code=\"NO_SERVICE\"} 2.0\n",
                        "fullnat_neighbour_entries{state=\"incomplete\",worker=\"1\"} 1.0\n",
                        "fullnat_events_total{kind=\"server_health_changed\"} 0.0\n",
                        "fullnat_worker_received_packets_total{worker=\"1\"} 2.0\n");
    }

    @Test
    void setsAndTemplates() {
        String text = text(with(service(WEB, 5, SHARED)), "");

        assertThat(text)
                .contains(
                        "fullnat_set_refused_total{set=\"bots\"} 4.294967301E9\n",
                        "fullnat_set_admitted_total{set=\"bots\"} 2.0\n",
                        "fullnat_service_templates{protocol=\"tcp\",service=\"192.0.2.80:80\"} 3.0\n",
                        "fullnat_template_capacity 64.0\n",
                        "fullnat_client_entries 5.0\n",
                        "fullnat_client_capacity 56.0\n",
                        "fullnat_client_rate_entries 2.0\n",
                        "fullnat_client_rate_capacity 7.0\n");
    }

    @Test
    void localAddresses() {
        String text = text(with(service(WEB, 5, SHARED)), "");

        assertThat(text)
                .contains(
                        "fullnat_local_address_ports{address=\"10.0.1.100\",device=\"lan\"} 193533.0\n",
                        "fullnat_local_address_ports_in_use{address=\"10.0.1.100\",device=\"lan\"} 6.0\n",
                        "fullnat_local_address_fullest_pair_ratio{address=\"10.0.1.100\",device=\"lan\"} 0.81\n",
                        "fullnat_local_address_near_exhaustion{address=\"10.0.1.100\",device=\"lan\"} 1.0\n",
                        "fullnat_local_address_misses_total{protocol=\"tcp\",service=\"192.0.2.80:80\",address=\"10.0.1.100\"} 4\n");
    }

    @Test
    void onlyThoseNamedIfSomeAre() {
        String text =
                text(
                        with(service(WEB, 5, SHARED)),
                        "",
                        "fullnat_services",
                        "fullnat_service_connections_total",
                        "fullnat_build_info",
                        "no_such_thing");

        assertThat(text.lines().filter(line -> !line.startsWith("#")).map(MetricsTest::name))
                .containsExactlyInAnyOrder(
                        "fullnat_services",
                        "fullnat_service_connections_total",
                        "fullnat_build_info");
    }

    private static String name(String line) {
        return line.replaceAll("[ {].*", "");
    }

    @Test
    void gzipIsTheSameText() throws IOException {
        try (Metrics metrics = Metrics.of(with(service(WEB, 5, SHARED)));
                Scrape scrape =
                        metrics.scrape("", "gzip", List.of("fullnat_services")).orElseThrow()) {
            assertThat(scrape.encoding()).isEqualTo("gzip");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            scrape.write(out);
            try (GZIPInputStream in =
                    new GZIPInputStream(new ByteArrayInputStream(out.toByteArray()))) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo(text(with(service(WEB, 5, SHARED)), "", "fullnat_services"));
            }
        }
    }

    /// What is under way takes memory; others wait, and are sent away when it lasts.
    @Test
    void onlySoManyAtOnce() {
        List<Scrape> held = new ArrayList<>();
        try (Metrics metrics = Metrics.of(with(), Duration.ofMillis(10))) {
            for (int i = 0; i < Metrics.AT_ONCE; i++) {
                held.add(metrics.scrape("", "", List.of()).orElseThrow());
            }
            assertThat(metrics.scrape("", "", List.of())).isEmpty();

            held.getFirst().close();
            held.getFirst().close();
            held.add(metrics.scrape("", "", List.of()).orElseThrow());
            assertThat(metrics.scrape("", "", List.of())).isEmpty();
        } finally {
            held.forEach(Scrape::close);
        }
    }
}
