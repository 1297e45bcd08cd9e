// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static io.fullnat.balancer.api.ApiRig.WEB;
import static io.fullnat.balancer.api.ApiRig.WEB_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.Endpoint;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceRoutesTest {
    private static final String NEW = "/v2/vs/192.0.2.80-53-udp";
    private static final String UNKNOWN = "/v2/vs/192.0.2.99-1-tcp";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void listsServicesInTheAgentsModel() {
        ApiRig.Answer all = rig.get("/v2/vs?stats=true&snapshot=false&healthcheck=true");

        assertThat(all.status()).isEqualTo(200);
        Schemas.MODELS.check("VirtualServerList", all.body());
        assertThat(all.body().path("Items")).hasSize(1);
        JsonNode web = all.body().path("Items").path(0);
        assertThat(web.path("Addr").asText()).isEqualTo("192.0.2.80");
        assertThat(web.path("Port").asInt()).isEqualTo(80);
        assertThat(web.path("Proto").asInt()).isEqualTo(6);
        assertThat(web.path("SchedName").asText()).isEqualTo("rr");
        JsonNode server = web.path("RSs").path("Items").path(0).path("Spec");
        assertThat(server.path("ip").asText()).isEqualTo("10.0.1.11");
        assertThat(server.path("mode").asText()).isEqualTo("FNAT");
        assertThat(rig.get(WEB).body()).isEqualTo(all.body());
    }

    @Test
    void addsAServiceOnce() {
        rig.put(NEW, "{\"SchedName\":\"rr\",\"ConnTimeout\":60}").is(201, "created");
        DesiredState first = rig.desired();

        rig.put(NEW, "{\"ConnTimeout\":60,\"SchedName\":\"rr\"}").is(200, "unchanged");
        assertThat(rig.desired().services()).isEqualTo(first.services());
        assertThat(rig.desired().services().get(ServiceId.parse("192.0.2.80-53-udp")))
                .extracting(VirtualService::connectionTimeout)
                .isEqualTo(java.util.Optional.of(Duration.ofSeconds(60)));
    }

    @Test
    void editsAServiceAndLeavesWhatBelongsToIt() {
        VirtualService before = rig.web();

        rig.put(WEB, "{\"SchedName\":\"wrr\"}").is(200, "changed");

        assertThat(rig.web()).isEqualTo(before.withScheduler("wrr"));
    }

    @Test
    void saysWhatAClientHearsThatCannotBeServed() {
        VirtualService before = rig.web();

        rig.put(WEB, "{\"SchedName\":\"rr\",\"Refusal\":\"drop\"}").is(200, "changed");

        assertThat(rig.web())
                .isEqualTo(
                        before.withPolicy(
                                ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP)));
        assertThat(rig.get(WEB).body().findValue("Refusal").asText()).isEqualTo("drop");
        rig.put(WEB, "{\"SchedName\":\"rr\",\"Refusal\":\"drop\"}").is(200, "unchanged");
        rig.put(WEB, "{\"SchedName\":\"rr\"}").is(200, "changed");
        assertThat(rig.web()).isEqualTo(before);
        rig.put(NEW, "{\"Refusal\":\"drop\"}").is(201, "created");
    }

    @Test
    void saysWhatBecomesOfConnectionsOfARemovedServer() {
        VirtualService before = rig.web();

        rig.put(WEB, "{\"SchedName\":\"rr\",\"Removal\":\"end\"}").is(200, "changed");

        assertThat(rig.web())
                .isEqualTo(
                        before.withPolicy(
                                ServicePolicy.DEFAULT.withRemoval(ServicePolicy.Removal.END)));
        assertThat(rig.get(WEB).body().findValue("Removal").asText()).isEqualTo("end");
        rig.put(WEB, "{\"SchedName\":\"rr\",\"Removal\":\"end\"}").is(200, "unchanged");
        rig.put(WEB, "{\"SchedName\":\"rr\"}").is(200, "changed");
        assertThat(rig.web()).isEqualTo(before);
        rig.put(WEB, "{\"SchedName\":\"rr\",\"Removal\":\"stop\"}")
                .refuses(400, "INVALID_ARGUMENT", "Removal");
    }

    @Test
    void descriptionsAreKeptUnlessTheyAreSaid() {
        VirtualService before = rig.web();
        String server = before.realServers().getFirst().endpoint().address().toString();
        int port = before.realServers().getFirst().endpoint().port();
        String known = "{\"Items\":[{\"ip\":\"" + server + "\",\"port\":" + port + "%s}]}";

        rig.put(WEB, "{\"SchedName\":\"rr\",\"Description\":\"the shop\"}").is(200, "changed");
        rig.put(WEB + "/rs", known.formatted(",\"description\":\"rack 4\"")).is(200, "changed");
        rig.put(WEB, "{\"SchedName\":\"rr\"}").is(200, "unchanged");
        rig.put(WEB + "/rs", known.formatted("")).is(200, "unchanged");

        assertThat(rig.web().policy().description()).isEqualTo("the shop");
        assertThat(rig.web().realServers().getFirst().description()).isEqualTo("rack 4");
        assertThat(rig.get(WEB).body().findValue("Description").asText()).isEqualTo("the shop");
        assertThat(rig.get(WEB + "/rs").body().findValue("description").asText())
                .isEqualTo("rack 4");
        rig.put(WEB, "{\"Description\":\"a\\u0007\"}").refuses(400, "INVALID_ARGUMENT", "U+0007");
        rig.put(WEB, "{\"Description\":\"" + "x".repeat(256) + "\"}")
                .refuses(400, "INVALID_ARGUMENT", "$.Description", "not 0-255");
        rig.put(WEB, "{\"SchedName\":\"rr\",\"Description\":\"\"}").is(200, "changed");
        rig.put(WEB + "/rs", known.formatted(",\"description\":\"\"")).is(200, "changed");
        assertThat(rig.web()).isEqualTo(before);
    }

    @Test
    void timeoutsAreThoseOfTheBalancerAndOfAService() {
        rig.put("/v2/timeouts", "{\"established\":900}").is(200, "changed");
        rig.put("/v2/timeouts", "{\"established\":900}").is(200, "unchanged");
        assertThat(rig.get("/v2/timeouts").body().path("established").asInt()).isEqualTo(900);
        assertThat(rig.get("/v2/timeouts").body().path("fin-wait").asInt()).isEqualTo(300);
        Schemas.MODELS.check("Timeouts", rig.get("/v2/timeouts").body());
        rig.put("/v2/timeouts", "{\"established\":0}").is(200, "changed");
        assertThat(rig.desired().timeouts()).isEqualTo(Timeouts.NONE);
        rig.put("/v2/timeouts", "{\"udp\":7}").refuses(400, "INVALID_ARGUMENT", "udp");

        rig.put(WEB, "{\"SchedName\":\"rr\",\"Timeouts\":{\"close-wait\":900}}").is(200, "changed");
        rig.put(WEB, "{\"SchedName\":\"rr\"}").is(200, "unchanged");
        JsonNode web = rig.get(WEB).body().path("Items").path(0);
        assertThat(web.path("Timeouts").path("close-wait").asInt()).isEqualTo(900);
        Schemas.MODELS.check("VirtualServerList", rig.get(WEB).body());
    }

    @Test
    void removesAServiceOnce() {
        rig.delete(WEB, "").is(200, "removed");
        rig.delete(WEB, "").is(200, "absent");
        assertThat(rig.desired().services()).isEmpty();
        rig.get(WEB).refuses(404, "NO_SERVICE", "no service TCP 192.0.2.80:80");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"SynProxyMode\":\"on\"} | 400 | \"on\" is neither off, always nor 1-1000000000",
                "{\"QuicRouting\":[\"dvps\"]} | 400 | QuicRouting: not a configuration of QUIC-LB",
                "{\"Fwmark\":1} | 501 | $.Fwmark",
                "{\"Bps\":1} | 501 | $.Bps",
                "{\"LimitProportion\":101} | 400 | $.LimitProportion: 101 is not 1-100",
                "{\"ProxyProtocol\":\"v3\"} | 400 | \"v3\" is none of disable, v1, v2,",
                "{\"Match\":{}} | 501 | $.Match",
                "{\"SchedName\":\"nonesuch\"} | 400 | nonesuch",
                "{\"SchedName\":7} | 400 | $.SchedName: 7 is not a string",
                "{\"ConnTimeout\":31536000} | 400 | $.ConnTimeout: 31536000 is not 0-31535999",
                "{\"ConnTimeout\":-1} | 400 | $.ConnTimeout",
                "{\"ConnTimeout\":1.0} | 400 | $.ConnTimeout: 1.0 is not a whole number",
                "{\"ConnTimeout\":\"1\"} | 400 | $.ConnTimeout",
                "{\"SynProxy\":\"false\"} | 400 | $.SynProxy: \"false\" is not true or false",
                "{\"Proxy\":1} | 400 | $.Proxy: there is no such key; there are Fwmark,",
                "{\"ConnTimeout\":1,\"ConnTimeout\":2} | 400 | line 1, column",
                "[] | 400 | $: [] is not an object",
                "null | 400 | $: null is not an object",
                "{} {} | 400 | no JSON at line 1, column 4",
                "{\"SchedName\": | 400 | no JSON at line 1",
                "`` | 400 | a body is needed: JSON of the model VirtualServerSpecTiny",
            })
    void refusesWhatAServiceCannotHave(String body, int status, String reason) {
        ApiRig.Answer answer = rig.put(NEW, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.message()).contains(reason);
        assertThat(rig.desired().services()).containsOnlyKeys(WEB_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"Match\":{}}"})
    void readsNoServiceWhereANameIsNone(String body) {
        rig.put("/v2/vs/web", body).refuses(400, "INVALID_ARGUMENT", "VIP-PORT-PROTOCOL");
        rig.put("/v2/vs/192.0.2.80-9-8-tcp", body).refuses(400, "INVALID_ARGUMENT", "no range");
        rig.put("/v2/vs/192.0.2.80-0-9-tcp", body).refuses(400, "INVALID_ARGUMENT", "no range");
        rig.put("/v2/vs/group:a b-tcp", body).refuses(400, "INVALID_ARGUMENT", "name of a group");
        rig.put("/v2/vs/192.0.2.80-65536-tcp", body).refuses(400, "INVALID_ARGUMENT", "65536");
        rig.put("/v2/vs/192.0.2.300-80-tcp", body).refuses(400, "INVALID_ARGUMENT", "192.0.2.300");
        rig.put("/v2/vs/192.0.2.80-80-sctp", body).refuses(501, "UNSUPPORTED", "sctp");
        rig.put("/v2/vs/2001:db8:::1-80-tcp", body).refuses(400, "INVALID_ARGUMENT", "IPv6");
        rig.put("/v2/vs/192.0.2.80-80-ftp", body).refuses(400, "INVALID_ARGUMENT", "ftp");
    }

    @Test
    void namesRangesAllPortsAndGroups() {
        String range = "/v2/vs/192.0.2.80-1000-2000-tcp";
        String all = "/v2/vs/2001:db8::80-0-udp";
        String group = "/v2/vs/group:shop-tcp";
        String frontends = "{\"Frontends\":[\"192.0.2.80:81\",\"[2001:db8::80]:0\"]}";
        rig.put(range, "{}").is(201, "created");
        rig.put(all, "{}").is(201, "created");
        rig.put(group, frontends).is(201, "created");
        rig.put(group, frontends).is(200, "unchanged");
        rig.put(group, "{}").is(200, "unchanged");
        rig.put(group + "/rs", "{\"Items\":[{\"ip\":\"10.0.1.11\",\"port\":0}]}")
                .is(200, "changed");

        JsonNode shown = rig.get(group).body().path("Items").path(0);
        assertThat(shown.path("Group").asText()).isEqualTo("shop");
        assertThat(shown.path("Frontends")).hasSize(2);
        assertThat(shown.path("RSs").path("Items").path(0).path("Spec").path("port").asInt())
                .isZero();
        assertThat(rig.get(range).body().path("Items").path(0).path("LastPort").asInt())
                .isEqualTo(2000);
        Schemas.MODELS.check("VirtualServerList", rig.get("/v2/vs").body());
        rig.put("/v2/vs/192.0.2.80-1500-2500-tcp", "{}").refuses(409, "SERVICE_EXISTS", "overlap");
        rig.put("/v2/vs/192.0.2.80-81-tcp", "{}")
                .refuses(409, "SERVICE_EXISTS", "192.0.2.80:81 of TCP group:shop");
        rig.delete(range, "").is(200, "removed");
        rig.delete(all, "").is(200, "removed");
        rig.delete(group, "").is(200, "removed");
    }

    @Test
    void editsServersByPutReplacesThemByPostAndRemovesThem() {
        String two = server("10.0.1.11", 5) + "," + server("10.0.1.12", 7);

        rig.put(WEB + "/rs", list(two)).is(200, "changed");
        rig.put(WEB + "/rs", list(two)).is(200, "unchanged");
        assertThat(rig.web().realServers())
                .containsExactly(
                        RealServer.of("10.0.1.11", 8080).withWeight(5),
                        RealServer.of("10.0.1.12", 8080).withWeight(7));

        rig.post(WEB + "/rs", list(server("10.0.1.13", 1))).is(200, "changed");
        rig.post(WEB + "/rs", list(server("10.0.1.13", 1))).is(200, "unchanged");
        assertThat(rig.web().realServers()).containsExactly(RealServer.of("10.0.1.13", 8080));

        rig.delete(WEB + "/rs", list(server("10.0.1.13", 9) + "," + server("10.0.1.11", 9)))
                .is(200, "removed");
        rig.delete(WEB + "/rs", list(server("10.0.1.13", 9))).is(200, "absent");
        ApiRig.Answer none = rig.get(WEB + "/rs");
        assertThat(none.body().path("Items")).isEmpty();
        Schemas.MODELS.check("RealServerExpandList", none.body());
    }

    @Test
    void aWeightThatIsNotSaidStaysOrIsOne() {
        rig.put(WEB + "/rs", list(server("10.0.1.11", 5))).is(200, "changed");

        rig.put(WEB + "/rs", "{\"Items\":[{\"ip\":\"10.0.1.11\",\"port\":8080}]}")
                .is(200, "unchanged");
        rig.put(WEB + "/rs", "{\"Items\":[{\"ip\":\"10.0.1.12\",\"port\":8080}]}")
                .is(200, "changed");

        assertThat(rig.web().realServers()).extracting(RealServer::weight).containsExactly(5, 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"ip\":\"10.0.1.12\",\"port\":1,\"mode\":\"DR\"} | 501 | $.Items[0].mode",
                "{\"ip\":\"10.0.1.12\",\"port\":1,\"mode\":\"XX\"} | 400 | $.Items[0].mode",
                "{\"ip\":\"10.0.1.12\",\"port\":1,\"overloaded\":true} | 501 | overloaded",
                "{\"ip\":\"10.0.1.12\",\"port\":65536} | 400 | $.Items[0].port: 65536 is not 0-65535",
                "{\"ip\":\"10.0.1.12\"} | 400 | $.Items[0].port is missing",
                "{\"ip\":\"10.0.1.12\",\"port\":1,\"weight\":65536} | 400 | $.Items[0].weight",
                "{\"ip\":\"10.0.1\",\"port\":1} | 400 | 10.0.1",
                "{\"ip\":\"2001:db8:::1\",\"port\":1} | 400 | IPv6",
            })
    void refusesWhatAServerCannotBeAndChangesNothing(String item, int status, String reason) {
        VirtualService before = rig.web();
        for (String verb : new String[] {"PUT", "POST", "DELETE"}) {
            ApiRig.Answer answer = rig.call(verb, WEB + "/rs", list(item));
            assertThat(answer.status()).as(answer.text()).isEqualTo(status);
            assertThat(answer.message()).contains(reason);
        }
        assertThat(rig.web()).isEqualTo(before);
    }

    @Test
    void refusesServersTwiceAndOfUnknownServices() {
        String one = server("10.0.1.12", 1);
        rig.put(WEB + "/rs", list(one + "," + one)).refuses(400, "INVALID_ARGUMENT", "twice");
        rig.get(UNKNOWN + "/rs").refuses(404, "NO_SERVICE");
        rig.put(UNKNOWN + "/rs", list(one)).refuses(404, "NO_SERVICE");
        rig.post(UNKNOWN + "/rs", list(one)).refuses(404, "NO_SERVICE");
        rig.delete(UNKNOWN + "/rs", list(one)).refuses(404, "NO_SERVICE");
    }

    private static String health(boolean down, int weight) {
        return list(
                "{\"ip\":\"10.0.1.11\",\"port\":8080,\"inhibited\":%b,\"weight\":%d}"
                        .formatted(down, weight));
    }

    /// Its report is a say of its own: the operator's weight stays (H03, H04), and one that was
    /// made for an older state is refused (H17).
    @Test
    void aHealthCheckerTakesAServerOutAndIn() {
        String version = version();
        String down = health(true, 0);

        rig.put(WEB + "/rs/health?version=" + version, down).is(200, "changed");
        assertThat(rig.web().realServers()).extracting(RealServer::weight).containsExactly(1);
        JsonNode out = rig.get(WEB + "/rs").body().path("Items").path(0);
        Schemas.MODELS.check("RealServerSpecExpand", out);
        assertThat(out.path("Health").path("use").asText()).isEqualTo("out");
        assertThat(out.path("Health").path("external").asText()).isEqualTo("down");

        ApiRig.Answer old = rig.put(WEB + "/rs/health?version=" + version, down);
        assertThat(old.status()).isEqualTo(270);
        Schemas.MODELS.check("VirtualServerSpecExpand", old.body());
        assertThat(old.body().path("Version").asText()).isEqualTo(version()).isNotEqualTo(version);

        rig.put(WEB + "/rs/health?version=" + version(), down).is(200, "unchanged");
        rig.put(WEB + "/rs/health?version=" + version(), health(false, 1)).is(200, "changed");
        assertThat(health().path("use").asText()).isEqualTo("in");
        assertThat(health().path("external").asText()).isEqualTo("up");
        rig.put(WEB + "/rs/health?version=" + version(), health(false, 1)).is(200, "unchanged");

        rig.put(WEB + "/rs/health?version=" + version(), list(server("10.0.1.11", 3)))
                .is(200, "changed");
        assertThat(rig.web().realServers()).extracting(RealServer::weight).containsExactly(3);
    }

    /// Between the look at the version and the report another one comes in.
    @Test
    void aReportThatAnotherHasOvertakenIsOld() {
        Endpoint server = Endpoint.of("10.0.1.11", 8080);
        rig.beforeReport =
                () -> {
                    rig.beforeReport = () -> {};
                    rig.balancer
                            .control()
                            .reportHealth(ApiRig.WEB_KEY, server, true, "by another", 1_000)
                            .join();
                };

        ApiRig.Answer late = rig.put(WEB + "/rs/health?version=" + version(), health(true, 1));

        assertThat(late.status()).isEqualTo(270);
        Schemas.MODELS.check("VirtualServerSpecExpand", late.body());
        assertThat(health().path("external").asText()).isEqualTo("up");
        rig.put(WEB + "/rs/health?version=" + version(), health(true, 1)).is(200, "changed");
        assertThat(health().path("external").asText()).isEqualTo("down");
    }

    private JsonNode health() {
        return rig.get(WEB + "/rs").body().path("Items").path(0).path("Health");
    }

    @Test
    void theHealthOfAServiceIsSaidAndKept() {
        String body =
                """
                {"SchedName":"rr","Checks":["http path=/up interval=2","tcp port=81"],
                 "SlowStart":"30,5%","MaxEjected":50,"LastServer":"keep","Quorum":"1",
                 "EndConnections":"yes","Announce":"when-healthy"}\
                """;
        rig.put(WEB, body).is(200, "changed");
        rig.put(WEB, body).is(200, "unchanged");
        rig.put(WEB, "{\"SchedName\":\"rr\"}").is(200, "unchanged");
        JsonNode service = rig.get(WEB).body().path("Items").path(0);
        Schemas.MODELS.check("VirtualServerSpecExpand", service);
        assertThat(service.path("Checks"))
                .hasToString("[\"http path=/up interval=2\",\"tcp port=81\"]");
        assertThat(service.path("SlowStart").asText()).isEqualTo("30,5%");
        assertThat(service.path("Announce").asText()).isEqualTo("when-healthy");
        assertThat(service.path("Health").path("announcement").asText()).isNotEqualTo("none");

        rig.put(WEB, "{\"SchedName\":\"rr\",\"Checks\":[\"htpp\"]}")
                .refuses(400, "INVALID_ARGUMENT", "Checks: check \"htpp\" is none of tcp");
        rig.put(WEB, "{\"SchedName\":\"rr\",\"Checks\":[]}").is(200, "changed");
        assertThat(rig.web().policy().health().checks()).isEmpty();
    }

    @Test
    void theSorryServerIsSaidBesideTheServers() {
        JsonNode without = rig.get(WEB).body().path("Items").path(0);
        assertThat(without.has("SorryServer")).isFalse();
        rig.put(WEB, "{\"SchedName\":\"rr\",\"LastServer\":\"sorry=10.0.1.99:80\"}")
                .is(200, "changed");
        JsonNode service = rig.get(WEB).body().path("Items").path(0);
        Schemas.MODELS.check("VirtualServerSpecExpand", service);
        JsonNode sorry = service.path("SorryServer");
        assertThat(sorry.path("Spec").path("ip").asText()).isEqualTo("10.0.1.99");
        assertThat(sorry.path("Stats").path("ActiveConns").asInt()).isZero();
        assertThat(sorry.path("Health").path("use").asText()).isEqualTo("out");
        assertThat(service.path("RSs").toString()).doesNotContain("10.0.1.99");
    }

    private String version() {
        return rig.get(WEB).body().path("Items").path(0).path("Version").asText();
    }

    @Test
    void aHealthCheckerAddsNoServer() {
        rig.put(WEB + "/rs/health?version=" + version(), list(server("10.0.1.99", 1)))
                .refuses(404, "NO_REAL_SERVER", "10.0.1.99:8080 is not a real server of TCP");
        rig.put(WEB + "/rs/health", list(server("10.0.1.11", 1)))
                .refuses(400, "INVALID_ARGUMENT", "query parameter version is missing");
        rig.put(UNKNOWN + "/rs/health?version=1", list("")).refuses(404, "NO_SERVICE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"deny", "allow"})
    void keepsTwoListsOfClients(String list) {
        String path = WEB + "/" + list;
        AccessRule.Action action =
                AccessRule.Action.valueOf(list.toUpperCase(java.util.Locale.ROOT));

        rig.put(path, clients("198.51.100.0/24", "203.0.113.9")).is(200, "changed");
        rig.put(path, clients("198.51.100.7/24")).is(200, "unchanged");
        assertThat(rig.get(path).text())
                .isEqualTo(
                        "{\"Items\":[{\"addr\":\"198.51.100.0/24\"},{\"addr\":\"203.0.113.9/32\"}]}");
        Schemas.MODELS.check("AclAddrList", rig.get(path).body());

        rig.post(path, clients("203.0.113.0/24")).is(200, "changed");
        rig.post(path, clients("203.0.113.0/24")).is(200, "unchanged");
        assertThat(rig.web().accessRules())
                .containsExactly(
                        new AccessRule(action, io.fullnat.api.IpPrefix.parse("203.0.113.0/24")));

        rig.delete(path, clients("203.0.113.0/24", "10.9.9.9")).is(200, "removed");
        rig.delete(path, clients("203.0.113.0/24")).is(200, "absent");
        assertThat(rig.web().accessRules()).isEmpty();
    }

    @Test
    void theListsOfClientsDoNotTouchEachOther() {
        rig.put(WEB + "/deny", clients("198.51.100.1")).is(200, "changed");
        rig.post(WEB + "/allow", clients("198.51.100.0/24")).is(200, "changed");

        assertThat(rig.web().accessRules())
                .containsExactly(
                        AccessRule.deny("198.51.100.1"), AccessRule.allow("198.51.100.0/24"));
        rig.post(WEB + "/allow", clients()).is(200, "changed");
        assertThat(rig.web().accessRules()).containsExactly(AccessRule.deny("198.51.100.1"));
    }

    @Test
    void refusesClientsThatAreNoneAndSets() {
        String path = WEB + "/deny";
        rig.put(path, clients("nobody")).refuses(400, "INVALID_ARGUMENT", "nobody");
        rig.put(path, clients("10.0.0.0/33")).refuses(400, "INVALID_ARGUMENT", "33");
        rig.put(path, "{\"Items\":[{}]}").refuses(400, "INVALID_ARGUMENT", "$.Items[0].addr");
        rig.put(path, "{\"Items\":[{\"ipset\":\"bad\"}]}").refuses(404, "NO_SET", "bad");
        rig.put(path, "{\"Items\":[{\"addr\":\"10.0.0.1\",\"ipset\":\"bad\"}]}")
                .refuses(400, "INVALID_ARGUMENT", "$.Items[0]", "not both");
        rig.put(path, clients("10.0.0.1", "10.0.0.1/32")).refuses(400, "INVALID_ARGUMENT", "twice");
        for (String verb : new String[] {"PUT", "POST", "DELETE"}) {
            rig.call(verb, UNKNOWN + "/allow", clients("10.0.0.1")).refuses(404, "NO_SERVICE");
        }
        rig.get(UNKNOWN + "/deny").refuses(404, "NO_SERVICE");
        assertThat(rig.web().accessRules()).isEmpty();
    }

    static String list(String items) {
        return "{\"Items\":[" + items + "]}";
    }

    static String server(String address, int weight) {
        return "{\"ip\":\"" + address + "\",\"port\":8080,\"weight\":" + weight + "}";
    }

    private static String clients(String... prefixes) {
        StringBuilder items = new StringBuilder();
        for (String prefix : prefixes) {
            items.append(items.isEmpty() ? "" : ",").append("{\"addr\":\"" + prefix + "\"}");
        }
        return list(items.toString());
    }
}
