// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Devices, routes, neighbours, and the balancer as a whole.
final class NetworkRoutesTest {
    private static final String ADDRESS = "/v2/device/lan/addr";
    private static final String ROUTE = "/v2/device/lan/route";
    private static final String NEIGHBOUR = "/v2/device/lan/neighbour";

    private final ApiRig rig = new ApiRig().addressed();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void listsPorts() {
        ApiRig.Answer all = rig.get("/v2/device");
        Schemas.MODELS.check("NicDeviceSpecList", all.body());
        assertThat(all.body().findValuesAsText("name")).containsExactly("wan", "lan");

        ApiRig.Answer one = rig.get("/v2/device/lan/nic?verbose=true");
        assertThat(one.body().findValuesAsText("addr")).containsExactly("02:00:00:00:00:02");
        rig.get("/v2/device/dmz/nic").refuses(404, "NO_PORT", "\"dmz\"", "wan, lan");
    }

    /// However it is spelt, an address is one.
    @Test
    void takesIpv6InAnySpellingOnce() {
        rig.put(ADDRESS, "{\"addr\":\"2001:db8:1::1/64\"}").is(201, "created");
        rig.put(ADDRESS, "{\"addr\":\"2001:DB8:1:0:0:0:0:1/64\"}").is(200, "unchanged");
        ApiRig.Answer addresses = rig.get(ADDRESS);
        Schemas.MODELS.check("InetAddrExpandList", addresses.body());
        assertThat(addresses.body().findValuesAsText("addr"))
                .containsExactly("10.0.1.1/24", "2001:db8:1::1/64", "fe80::ff:fe00:2/64");
        assertThat(addresses.body().findValuesAsText("generated"))
                .containsExactly("false", "false", "true");

        String route = "{\"dst\":\"DST\",\"gateway\":\"fe80::1\"}";
        rig.put(ROUTE, route.replace("DST", "::/0")).is(201, "created");
        rig.put(ROUTE, route.replace("DST", "0:0::/0")).is(200, "unchanged");
        rig.put(ROUTE, route.replace("DST", "2001:db8:9::7/48")).is(201, "created");
        rig.put(ROUTE, "{\"dst\":\"2001:db8:a::/48\",\"gateway\":\"2001:db8:a::1\"}")
                .refuses(400, "INVALID_ARGUMENT", "gateway 2001:db8:a::1");
        rig.put(ROUTE, "{\"dst\":\"0.0.0.0/0\",\"gateway\":\"2001:db8:1::2\"}")
                .refuses(400, "INVALID_ARGUMENT", "2001:db8:1::2 is an IPv6 address");
        assertThat(rig.get(ROUTE).body().findValuesAsText("dst"))
                .containsExactlyInAnyOrder("::/0", "2001:db8:9::/48");
        rig.delete(ROUTE, "{\"dst\":\"2001:db8:9::/48\"}").is(200, "removed");

        String mac = "\"mac\":\"02:00:00:00:00:09\"}";
        rig.put(NEIGHBOUR, "{\"addr\":\"2001:db8:1::d\"," + mac).is(201, "created");
        rig.put(NEIGHBOUR, "{\"addr\":\"2001:DB8:1::000d\"," + mac).is(200, "unchanged");
        rig.delete(NEIGHBOUR, "{\"addr\":\"2001:db8:1::d\"}").is(200, "removed");

        for (String wrong : List.of("fe80::1%lan", "[2001:db8::1]/64", "::ffff:10.0.0.1/128")) {
            rig.put(ADDRESS, "{\"addr\":\"" + wrong + "\"}")
                    .refuses(400, "INVALID_ARGUMENT", "write");
        }
    }

    /// RFC 4862 §5.4. Time stands still, so an address stays tentative until it is claimed.
    @Test
    void showsWhetherAnAddressIsOursAlone() {
        try (ApiRig still = new ApiRig(builder -> builder.clock(new ManualClock())).addressed()) {
            still.put(ADDRESS, "{\"addr\":\"2001:db8:1::1/64\"}").is(201, "created");
            JsonNode items = still.get(ADDRESS).body().path("Items");
            assertThat(items.findValuesAsText("state"))
                    .containsExactly("VALID", "TENTATIVE", "TENTATIVE");
            assertThat(items.findValuesAsText("heldBy")).isEmpty();

            FrameEnd station = new FrameEnd(still.io.wire("lan").far(), still.io.buffers());
            station.send(claim());
            for (int i = 0; i < 2_000 && !still.get(ADDRESS).text().contains("DUPLICATE"); i++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
            ApiRig.Answer all = still.get(ADDRESS);
            Schemas.MODELS.check("InetAddrExpandList", all.body());
            items = all.body().path("Items");
            assertThat(items.findValuesAsText("state"))
                    .containsExactly("VALID", "DUPLICATE", "TENTATIVE");
            assertThat(items.findValuesAsText("heldBy")).containsExactly("02:00:00:00:00:51");
        }
    }

    /// A station on the servers' side says that it has 2001:db8:1::1 (RFC 4861 §4.4).
    private static PacketBuilder claim() {
        byte[] body = new byte[24];
        byte[] prefix = {0x20, 0x01, 0x0d, (byte) 0xb8, 0, 1};
        System.arraycopy(prefix, 0, body, 0, prefix.length);
        body[15] = 1;
        System.arraycopy(new byte[] {2, 1, 2, 0, 0, 0, 0, 0x51}, 0, body, 16, 8);
        return PacketBuilder.ethernet("02:00:00:00:00:51", "33:33:00:00:00:01")
                .ipv6("2001:db8:1::1", "ff02::1")
                .timeToLive(255)
                .icmp(136, 0, 0x2000_0000)
                .payload(body);
    }

    @Test
    void addsAndRemovesAddressesOnce() {
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(201, "created");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(200, "unchanged");
        ApiRig.Answer all = rig.get(ADDRESS);
        Schemas.MODELS.check("InetAddrExpandList", all.body());
        assertThat(all.body().findValuesAsText("addr"))
                .containsExactly("10.0.1.1/24", "10.0.2.1/24");

        rig.delete(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(200, "removed");
        rig.delete(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(200, "absent");
        assertThat(rig.get(ADDRESS).body().path("Items")).hasSize(1);
    }

    @Test
    void keepsLifetimes() {
        String body = "{\"addr\":\"10.0.2.1/24\",\"validLifetime\":60,\"preferredLifetime\":30}";
        rig.put(ADDRESS, body).is(201, "created");
        rig.put(ADDRESS, body).is(200, "changed");
        ApiRig.Answer addresses = rig.get(ADDRESS);
        Schemas.MODELS.check("InetAddrExpandList", addresses.body());
        assertThat(addresses.body().findValuesAsText("validLifetime")).hasSize(1);
        assertThat(addresses.body().findValuesAsText("deprecated")).containsExactly("false");
        rig.put(ADDRESS, body.replace("30", "61"))
                .refuses(400, "INVALID_ARGUMENT", "preferred lifetime 61");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(200, "changed");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\"}").is(200, "unchanged");
        assertThat(rig.get(ADDRESS).body().findValuesAsText("validLifetime")).isEmpty();
    }

    @Test
    void takesVlansAsDevices() {
        rig.put("/v2/device/lan.100/addr", "{\"addr\":\"10.0.9.1/24\"}").is(201, "created");
        assertThat(rig.get("/v2/device/lan.100/addr").body().findValuesAsText("addr"))
                .containsExactly("10.0.9.1/24");
        rig.get("/v2/device/lan.4095/addr").refuses(404, "NO_PORT");
        rig.get("/v2/device/lan.0/addr").refuses(404, "NO_PORT");
        rig.get("/v2/device/lanx/addr").refuses(404, "NO_PORT");
    }

    @Test
    void refusesAddressesThatCannotBe() {
        var before = rig.desired().addresses();
        rig.put("/v2/device/dmz/addr", "{\"addr\":\"10.0.2.1/24\"}").refuses(404, "NO_PORT");
        rig.put(ADDRESS, "{\"addr\":\"10.0.1.1/25\"}").refuses(409, "ADDRESS_EXISTS");
        rig.put(ADDRESS, "{\"addr\":\"192.0.2.1/24\"}").refuses(409, "ADDRESS_EXISTS", "wan");
        rig.put(ADDRESS, "{\"addr\":\"224.0.0.1/24\"}").refuses(400, "INVALID_ARGUMENT");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/x\"}").refuses(400, "INVALID_ARGUMENT");
        rig.put(ADDRESS + "?sapool=true", "{\"addr\":\"10.0.2.1/24\"}")
                .refuses(501, "UNSUPPORTED", "/v2/vs/{VipPort}/laddr");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\",\"broadcast\":\"10.0.2.255\"}")
                .refuses(501, "UNSUPPORTED", "$.broadcast");
        rig.put(ADDRESS, "{\"addr\":\"10.0.2.1/24\",\"scope\":\"host\"}")
                .refuses(501, "UNSUPPORTED", "$.scope");
        rig.delete(ADDRESS, "{\"addr\":\"10.0.1.1/25\"}")
                .refuses(400, "INVALID_ARGUMENT", "10.0.1.1/24 dev lan");
        rig.delete(ADDRESS, "{\"addr\":\"192.0.2.1/24\"}").is(200, "absent");
        assertThat(rig.desired().addresses()).isEqualTo(before);
    }

    @Test
    void doesNotRemoveTheAddressOfALocalAddress() {
        rig.put(ApiRig.WEB, "{}").is(201, "created");
        rig.put(ApiRig.WEB + "/laddr", "{\"addr\":\"10.0.1.100\",\"device\":\"lan\"}")
                .is(201, "created");
        rig.delete(ADDRESS, "{\"addr\":\"10.0.1.100/32\"}")
                .refuses(409, "ADDRESS_IN_USE", "/v2/vs/{VipPort}/laddr");
    }

    @Test
    void addsReplacesAndRemovesRoutes() {
        String first = "{\"dst\":\"10.8.0.0/16\",\"gateway\":\"10.0.1.254\"}";
        String second = "{\"dst\":\"10.8.0.0/16\",\"gateway\":\"10.0.1.253\"}";

        rig.put(ROUTE, first).is(201, "created");
        rig.put(ROUTE, first).is(200, "unchanged");
        rig.put(ROUTE, second).is(200, "changed");
        assertThat(rig.desired().routes().values())
                .containsExactly(Route.via("10.8.0.0/16", "10.0.1.253", "lan"));
        ApiRig.Answer all = rig.get(ROUTE);
        Schemas.MODELS.check("RouteList", all.body());
        assertThat(all.body().findValuesAsText("gateway")).containsExactly("10.0.1.253");
        assertThat(rig.get("/v2/device/wan/route").body().path("Items")).isEmpty();

        rig.delete(ROUTE, first).refuses(404, "NO_ROUTE", "10.0.1.253");
        rig.delete("/v2/device/wan/route", "{\"dst\":\"10.8.0.0/16\"}").is(200, "absent");
        rig.delete(ROUTE, "{\"dst\":\"10.8.0.0/16\"}").is(200, "removed");
        rig.delete(ROUTE, "{\"dst\":\"10.8.0.0/16\"}").is(200, "absent");
    }

    @Test
    void refusesRoutesThatCannotBeAndKeepsWhatThereIs() {
        rig.put(ROUTE, "{\"dst\":\"10.8.0.0/16\",\"gateway\":\"10.0.1.254\"}").is(201, "created");
        var before = rig.desired().routes();

        rig.put(ROUTE, "{\"dst\":\"10.8.0.0/16\",\"gateway\":\"172.16.0.1\"}")
                .refuses(400, "INVALID_ARGUMENT", "172.16.0.1 is on no network of lan");
        rig.put(ROUTE, "{\"dst\":\"10.9.0.0/16\",\"device\":\"wan\"}")
                .refuses(400, "INVALID_ARGUMENT", "$.device is wan, but the path says lan");
        rig.put(ROUTE, "{\"dst\":\"10.9.0.0/16\",\"metric\":5}")
                .refuses(501, "UNSUPPORTED", "$.metric");
        rig.put(ROUTE, "{\"dst\":\"10.9.0.0/16\",\"src\":\"10.0.1.1\"}")
                .refuses(501, "UNSUPPORTED", "$.src");
        rig.put(ROUTE, "{\"gateway\":\"10.0.1.254\"}").refuses(400, "INVALID_ARGUMENT", "$.dst");
        assertThat(rig.desired().routes()).isEqualTo(before);
    }

    @Test
    void addsReplacesAndRemovesNeighbours() {
        String first = "{\"addr\":\"10.0.1.11\",\"mac\":\"02:00:00:00:00:51\"}";
        String second = "{\"addr\":\"10.0.1.11\",\"mac\":\"02:00:00:00:00:52\"}";

        rig.put(NEIGHBOUR, first).is(201, "created");
        rig.put(NEIGHBOUR, first).is(200, "unchanged");
        rig.put(NEIGHBOUR, second).is(200, "changed");
        ApiRig.Answer all = rig.get(NEIGHBOUR);
        Schemas.MODELS.check("NeighbourList", all.body());
        assertThat(all.text()).contains("\"mac\":\"02:00:00:00:00:52\"", "STATIC");

        rig.put(NEIGHBOUR, "{\"addr\":\"10.0.1.11\",\"mac\":\"01:00:00:00:00:52\"}")
                .refuses(400, "INVALID_ARGUMENT", "group");
        rig.put(NEIGHBOUR, "{\"addr\":\"10.0.1.11\",\"mac\":\"x\"}")
                .refuses(400, "INVALID_ARGUMENT", "\"x\"");
        rig.post(NEIGHBOUR + "/flush", "").is(200, "changed");
        rig.delete(NEIGHBOUR, "{\"addr\":\"10.0.1.11\"}").is(200, "removed");
        rig.delete(NEIGHBOUR, "{\"addr\":\"10.0.1.11\"}").is(200, "absent");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v2/device/lan/netlink, ports[].kernel",
        "PUT, /v2/device/lan/netlink/addr, /v2/device/{name}/addr",
        "PUT, /v2/device/lan/vlan, PORT.VLAN",
        "PUT, /v2/device/lan/nic, configuration file",
    })
    void namesWhatItDoesNotHaveAndWhatToDoInstead(String verb, String path, String advice) {
        rig.call(verb, path, "{\"any\":1}").refuses(501, "UNSUPPORTED", verb, advice);
    }

    @Test
    void refusesUnknownPathsVerbsAndParameters() {
        rig.get("/v2/nothing").refuses(404, "UNSUPPORTED", "/v2/nothing", "openapi.json");
        rig.get("/v1/vs").refuses(404, "UNSUPPORTED", "/v1/vs");
        rig.get("/v2/vs/").refuses(404, "UNSUPPORTED");
        rig.call("PATCH", "/v2/vs", "").refuses(405, "UNSUPPORTED", "PATCH", "it has GET");
        rig.get("/v2/vs?all=1").refuses(400, "INVALID_ARGUMENT", "all", "stats, snapshot");
        rig.get("/v2/vs?stats=1").refuses(400, "INVALID_ARGUMENT", "stats is 1");
        rig.get("/v2/vs?stats=true&stats=true").refuses(400, "INVALID_ARGUMENT", "twice");
        rig.get("/v2/vs?st%ats=true").refuses(400, "INVALID_ARGUMENT", "escape");
        rig.call("GET", "/v2/vs", "{}").refuses(400, "INVALID_ARGUMENT", "takes no body");
    }

    @Test
    void saysWhichLinkIsDown() {
        assertThat(rig.get("/v2/health").body().path("status").asText()).isEqualTo("UP");

        rig.io.wire("lan").link(false);

        JsonNode health = rig.get("/v2/health").body();
        Schemas.MODELS.check("Health", health);
        assertThat(health.path("status").asText()).isEqualTo("DEGRADED");
        assertThat(health.path("ports").path(0).path("link").asText()).isEqualTo("UP");
        assertThat(health.path("ports").path(1).path("name").asText()).isEqualTo("lan");
        assertThat(health.path("ports").path(1).path("link").asText()).isEqualTo("DOWN");
        assertThat(health.path("ports").path(1).path("trouble").asText())
                .isEqualTo("the wire is cut");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (rig.get("/v2/health").body().path("conditions").isEmpty()) {
            assertThat(System.nanoTime() - end).as("the link is not seen").isNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        JsonNode condition = rig.get("/v2/health").body().path("conditions").path(0);
        assertThat(condition.path("condition").asText()).isEqualTo("LINK_DOWN");
        assertThat(condition.path("subject").asText()).isEqualTo("lan");
        rig.io.wire("wan").link(false);
        assertThat(rig.get("/v2/health").body().path("status").asText()).isEqualTo("DOWN");
        rig.io.wire("wan").link(true);
        assertThat(rig.get("/v2/device/lan/nic").body().at("/Items/0/detail/status").asText())
                .isEqualTo("DOWN");
        rig.io.wire("lan").link(true);
    }

    @Test
    void showsHealthCountersConfigurationAndConnections() {
        ApiRig.Answer health = rig.get("/v2/health");
        Schemas.MODELS.check("Health", health.body());
        assertThat(health.body().path("revision").asLong()).isEqualTo(rig.desired().revision());
        ApiRig.Answer counters = rig.get("/v2/counters");
        Schemas.MODELS.check("Counters", counters.body());
        assertThat(counters.body().path("outcomes").has("FORWARDED_IN")).isTrue();
        assertThat(rig.get("/v2/config").text()).isEqualTo("services: []\n");
        assertThat(rig.get("/v2/connections").lines()).isEmpty();
        rig.get("/v2/connections?service=web").refuses(400, "INVALID_ARGUMENT", "\"web\"");
    }

    @Test
    void reloadsOrSaysWhatWouldChange() {
        InterfaceAddress address = InterfaceAddress.of("10.0.3.1/24", "lan");
        rig.fileChanges = List.of(new Change.AddAddress(address));

        ApiRig.Answer dry = rig.post("/v2/reload?dryRun=true", "");
        Schemas.MODELS.check("Reload", dry.body());
        assertThat(dry.text())
                .isEqualTo(
                        "{\"dryRun\":true,\"changes\":[{\"change\":\"AddAddress\","
                                + "\"of\":\"10.0.3.1/24 dev lan\"}]}");
        assertThat(rig.desired().addresses()).doesNotContainValue(address);

        assertThat(rig.post("/v2/reload", "").status()).isEqualTo(200);
        assertThat(rig.desired().addresses()).containsValue(address);

        rig.fileError =
                Optional.of(
                        new BalancerException(
                                ErrorCode.INVALID_CONFIGURATION, "fullnat.yaml:3: wrong"));
        rig.post("/v2/reload", "").refuses(400, "INVALID_CONFIGURATION", "fullnat.yaml:3");
    }

    @Test
    void carriesOutCommandLinesKeepingTheOrderOfWhatTheySay() {
        rig.runner =
                (arguments, input, out, err) -> {
                    out.print(arguments + input);
                    err.println("ipvsadm: no");
                    out.print("end");
                    return 10;
                };

        ApiRig.Answer answer =
                rig.post("/v2/command", "{\"arguments\":[\"ipvsadm\",\"-L\"],\"input\":\" in\"}");

        answer.lines().forEach(line -> Schemas.MODELS.check("CommandLine", line));
        assertThat(answer.text())
                .isEqualTo(
                        "{\"out\":\"[ipvsadm, -L] in\"}\n{\"err\":\"ipvsadm: no\\n\"}\n"
                                + "{\"out\":\"end\"}\n{\"exit\":10}");
    }

    @Test
    void aCommandThatFailsByAFaultDoesNotEndWellNorTellTheFault() {
        rig.runner =
                (arguments, input, out, err) -> {
                    throw new IllegalStateException("secret");
                };
        assertThat(rig.post("/v2/command", "{\"arguments\":[]}").text())
                .endsWith("{\"exit\":70}")
                .doesNotContain("secret");
    }

    @Test
    void takesCommandLinesOverTheUnixSocketOnly() {
        rig.call(
                        "POST",
                        "/v2/command",
                        "{\"arguments\":[]}".getBytes(StandardCharsets.UTF_8),
                        Place.ANY)
                .refuses(403, "PERMISSION", "Unix socket only");
    }

    @Test
    void answersForAClosedBalancerToo() {
        rig.balancer.close();
        rig.put(ApiRig.WEB, "{}").refuses(503, "CLOSED");
        rig.get("/v2/vs").refuses(503, "CLOSED");
    }
}
