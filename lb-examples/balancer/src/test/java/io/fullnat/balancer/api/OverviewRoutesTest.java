// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `/overview` and what is below it, of a balancer in memory.
final class OverviewRoutesTest {
    private static final String SERVICES = "/v2/overview/services";
    private static final String SERVERS = "/v2/overview/servers";
    private static final String SETS = "/v2/overview/sets";
    private static final String LOCALS = "/v2/overview/local-addresses";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private static List<String> names(JsonNode rows, String field) {
        List<String> names = new ArrayList<>();
        rows.forEach(row -> names.add(row.path(field).asText()));
        return names;
    }

    @Test
    void showsTheBalancerOnOnePage() {
        JsonNode body = rig.get("/v2/overview").body();

        ApiRig.check("Overview", body);
        assertThat(body.path("status").asText()).isEqualTo("UP");
        assertThat(body.path("workers")).hasSize(1);
        assertThat(body.path("workers").path(0).path("connectionCapacity").asInt())
                .isGreaterThanOrEqualTo(256);
        assertThat(names(body.path("ports"), "name")).containsExactly("wan", "lan");
        assertThat(body.path("totals").path("services").asInt()).isEqualTo(1);
        assertThat(body.path("totals").path("serversUp").asInt()).isEqualTo(1);
        assertThat(body.path("totals").path("localAddresses").asInt()).isEqualTo(1);
        assertThat(body.path("outcomes").has("FORWARDED_IN")).isTrue();
        assertThat(body.path("counters").has("CONNECTIONS_CREATED")).isTrue();
        assertThat(body.path("time").asLong())
                .isGreaterThanOrEqualTo(body.path("startedAt").asLong());
    }

    @Test
    void itsClockGoesOn() {
        long first = rig.get("/v2/overview").body().path("monotonicNanos").asLong();
        JsonNode later = rig.get("/v2/overview").body();

        assertThat(later.path("monotonicNanos").asLong()).isGreaterThan(first);
    }

    /// Of one service with persistence, and nowhere else: all services are read without the table.
    @Test
    void oneServiceTellsItsTemplates() {
        String one = SERVICES + "?service=192.0.2.80-80-tcp";
        assertThat(rig.get(one).body().path("services").path(0).has("templates")).isFalse();
        rig.balancer
                .control()
                .apply(
                        new Change.SetPolicy(
                                ApiRig.WEB_KEY,
                                ServicePolicy.DEFAULT.withPersistence(
                                        Optional.of(Persistence.of(Duration.ofMinutes(5))))));
        JsonNode body = rig.get(one).body();
        ApiRig.check("OverviewServices", body);
        assertThat(body.path("services").path(0).path("templates").asInt(-1)).isZero();
        assertThat(rig.get(SERVICES).body().path("services").path(0).has("templates")).isFalse();
    }

    @Test
    void theServersOfOneServiceComeWithItsTemplates() {
        String one = SERVERS + "?service=192.0.2.80-80-tcp";
        assertThat(rig.get(one).body().has("templates")).isFalse();
        rig.balancer
                .control()
                .apply(
                        new Change.SetPolicy(
                                ApiRig.WEB_KEY,
                                ServicePolicy.DEFAULT.withPersistence(
                                        Optional.of(Persistence.of(Duration.ofMinutes(5))))));
        JsonNode body = rig.get(one).body();
        ApiRig.check("OverviewServers", body);
        assertThat(body.path("templates").asInt(-1)).isZero();
        assertThat(rig.get(SERVERS).body().has("templates")).as("of all").isFalse();
    }

    /// Whatever is in them, sets are told by their counts alone.
    @Test
    void showsSetsWithoutTheirEntries() {
        assertThat(rig.get(SETS).body().path("total").asInt(-1)).isZero();
        rig.balancer
                .control()
                .apply(
                        new Change.CreateSet(set("bots", "198.51.100.0/24", "203.0.113.7")),
                        new Change.CreateSet(set("alone")),
                        new Change.CreateSet(set("guests", "192.0.2.0/24")),
                        new Change.AddAccessRule(ApiRig.WEB_KEY, AccessRule.deny("ipset:bots")));
        JsonNode body = rig.get(SETS).body();
        ApiRig.check("OverviewSets", body);
        assertThat(names(body.path("sets"), "name")).containsExactly("alone", "bots", "guests");
        assertThat(body.toString()).doesNotContain("198.51.100");
        JsonNode bots = body.path("sets").path(1);
        assertThat(bots.path("type").asText()).isEqualTo("hash:net");
        assertThat(bots.path("entries").asInt()).isEqualTo(2);
        assertThat(bots.path("maxEntries").asInt()).isEqualTo(65_535);
        assertThat(bots.path("rules").asInt()).isOne();
        assertThat(bots.path("refused").asInt(-1)).isZero();

        JsonNode first = rig.get(SETS + "?sort=entries&limit=2").body();
        assertThat(names(first.path("sets"), "name")).containsExactly("bots", "guests");
        assertThat(first.path("total").asInt()).isEqualTo(3);
        JsonNode found = rig.get(SETS + "?search=192.0.2.80:80%20deny").body();
        assertThat(names(found.path("sets"), "name")).as("by whose it is").containsExactly("bots");
        assertThat(rig.get(SETS + "?sort=size").status()).isEqualTo(400);
    }

    private static IpSet set(String name, String... entries) {
        IpSet.Builder set = IpSet.builder(name, SetType.HASH_NET);
        for (String entry : entries) {
            set.add(SetMember.of(entry), false);
        }
        return set.build();
    }

    /// Rates of one service are counted by when it was read, and not by when all were.
    @Test
    void oneServiceHasTheTimeAtWhichItWasRead() {
        for (String path : List.of(SERVICES, SERVERS, LOCALS)) {
            long all = rig.get(path).body().path("monotonicNanos").asLong();
            JsonNode first = rig.get(path + "?service=192.0.2.80-80-tcp").body();
            JsonNode second = rig.get(path + "?service=192.0.2.80-80-tcp").body();

            assertThat(first.path("monotonicNanos").asLong()).as(path).isGreaterThan(all);
            assertThat(second.path("monotonicNanos").asLong())
                    .isGreaterThan(first.path("monotonicNanos").asLong());
            assertThat(second.path("time").asLong())
                    .isBetween(first.path("time").asLong(), System.currentTimeMillis());
        }
    }

    @Test
    void saysWhatItsWordsMean() {
        JsonNode body = rig.get("/v2/overview/words").body();

        ApiRig.check("OverviewWords", body);
        assertThat(body.path("outcomes").path("NO_SERVICE").path("kind").asText())
                .isEqualTo("DROPPED");
        assertThat(body.path("conditions").path("LINK_DOWN").path("remedy").asText())
                .contains("cable");
        assertThat(body.path("counters").path("CONNECTIONS").path("gauge").asBoolean()).isTrue();
    }

    @Test
    void showsServicesServersAndLocalAddressesAsTheyAre() {
        rig.put(ApiRig.WEB, "{\"Description\":\"shop\"}");
        rig.put(
                ApiRig.WEB + "/rs",
                "{\"Items\":[{\"ip\":\"10.0.1.12\",\"port\":80,\"weight\":3,\"inhibited\":true}]}");
        JsonNode services = rig.get(SERVICES).body();
        JsonNode servers = rig.get(SERVERS + "?service=192.0.2.80-80-tcp&sort=down").body();
        JsonNode locals = rig.get(LOCALS).body();
        JsonNode ofService = rig.get(LOCALS + "?service=192.0.2.80-80-tcp").body();

        ApiRig.check("OverviewServices", services);
        ApiRig.check("OverviewServers", servers);
        ApiRig.check("OverviewLocalAddresses", locals);
        ApiRig.check("OverviewLocalAddresses", ofService);
        JsonNode service = services.path("services").path(0);
        assertThat(service.path("id").asText()).isEqualTo("192.0.2.80-80-tcp");
        assertThat(service.path("name").asText()).isEqualTo("192.0.2.80:80");
        assertThat(service.path("description").asText()).isEqualTo("shop");
        assertThat(service.path("servers").asInt()).isEqualTo(2);
        assertThat(service.path("serversUp").asInt()).isEqualTo(1);
        assertThat(names(servers.path("servers"), "name"))
                .containsExactly("10.0.1.12:80", "10.0.1.11:8080");
        assertThat(servers.path("servers").path(0).path("health").path("state").asText())
                .isEqualTo("down");
        assertThat(servers.path("servers").path(0).path("weight").asInt()).isEqualTo(3);
        assertThat(names(locals.path("localAddresses"), "address")).containsExactly("10.0.1.100");
        assertThat(ofService.path("localAddresses").path(0).path("ports").path("capacity").asLong())
                .isPositive();
    }

    /// A client reads back what it has written.
    @Test
    void neverOlderThanTheLastChange() {
        for (int weight = 1; weight <= 20; weight++) {
            rig.put(
                    ApiRig.WEB + "/rs",
                    "{\"Items\":[{\"ip\":\"10.0.1.11\",\"port\":8080,\"weight\":" + weight + "}]}");
            assertThat(rig.get(SERVERS).body().path("servers").path(0).path("weight").asInt())
                    .isEqualTo(weight);
        }
    }

    @Test
    void twentyThousandServicesAreSearchedSortedAndCut() {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            changes.add(
                    new Change.AddService(
                            VirtualService.of(
                                            ServiceKey.tcp("198.51.100." + i / 1000, 1 + i % 1000))
                                    .withRealServer(RealServer.of("10.0.1.11", 8080))
                                    .withRealServer(RealServer.of("10.0.1.12", 1 + i % 1000))
                                    .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))));
        }
        rig.control().apply(present -> changes);
        JsonNode all = rig.get(SERVICES + "?limit=500").body();
        JsonNode found = rig.get(SERVICES + "?search=198.51.100.7+10.0.1.12:999&limit=5").body();
        JsonNode last = rig.get(SERVICES + "?offset=20000").body();
        JsonNode beyond = rig.get(SERVERS + "?offset=999999").body();

        assertThat(all.path("total").asInt()).isEqualTo(20_001);
        assertThat(all.path("services")).hasSize(500);
        assertThat(all.toString().length()).isLessThan(500_000);
        assertThat(names(found.path("services"), "id")).containsExactly("198.51.100.7-999-tcp");
        assertThat(found.path("matched").asInt()).isEqualTo(1);
        assertThat(last.path("services")).hasSize(1);
        assertThat(beyond.path("servers")).isEmpty();
        assertThat(beyond.path("matched").asInt()).isEqualTo(40_001);
        assertThat(rig.get("/v2/overview").text().length()).isLessThan(20_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "services?limit=501 | 400 | limit 501 is not 1-500",
                "services?limit=0 | 400 | limit 0 is not 1-500",
                "services?limit=-1 | 400 | limit is no number",
                "servers?offset=1e3 | 400 | offset is no number",
                "services?sort=conections | 400 | did you mean",
                "local-addresses?sort=down | 400 | there are name, connections, fullest, misses",
                "servers?service=192.0.2.81-80-tcp | 404 | no service",
                "servers?service=web | 400 | names no service",
                "services?port=80 | 400 | no query parameter port",
                "services?service=192.0.2.81-80-tcp | 404 | no service",
            })
    void refusesWhatItCannotShow(String target, int status, String reason) {
        ApiRig.Answer answer = rig.get("/v2/overview/" + target);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.message()).contains(reason);
    }
}
