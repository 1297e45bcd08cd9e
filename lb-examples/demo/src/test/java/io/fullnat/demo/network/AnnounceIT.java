// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The kernel's routes of virtual addresses that somebody serves, which FRR redistributes by BGP
/// over the kernel path to FRR on the client's side (H18).
@NetworkTest
class AnnounceIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String PROTOCOL = "158";

    @TempDir Path folder;

    private final List<FrrRouter> routers = new ArrayList<>();
    private final Map<LabFamily, HttpOrigin> origins = new EnumMap<>(LabFamily.class);
    private BalancerProcess balancer;

    @BeforeEach
    void build() throws Exception {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("/usr/lib/frr/bgpd");
        Lab lab = Lab.dualStack("fullnat-ann", 1);
        lab.balancer().enableIpv6();
        for (String name : List.of(Lab.OUTSIDE_INTERFACE, Lab.INSIDE_INTERFACE)) {
            lab.balancer().setting("ipv6/conf/" + name + "/disable_ipv6", "1");
            lab.balancer().setting("ipv4/conf/" + name + "/arp_ignore", "1");
            lab.balancer().setting("ipv4/conf/" + name + "/rp_filter", "1");
        }
        balancer = BalancerProcess.start(lab, folder, yaml());
        for (LabFamily family : LabFamily.values()) {
            live(family);
        }
        addresses();
        routers.add(
                FrrRouter.start(
                        folder,
                        "balancer",
                        kernel(),
                        Map.of(
                                "bgpd",
                                FrrRouter.bgp(
                                        65001,
                                        LabFamily.IPV4.client(),
                                        LabFamily.IPV6.client(),
                                        "redistribute kernel",
                                        "redistribute kernel"))));
        routers.add(
                FrrRouter.start(
                        folder,
                        "client",
                        lab.client(),
                        Map.of(
                                "bgpd",
                                FrrRouter.bgp(
                                        65002,
                                        KernelScene.address(LabFamily.IPV4),
                                        KernelScene.address(LabFamily.IPV6),
                                        "",
                                        ""))));
    }

    @AfterEach
    void close() throws Exception {
        for (FrrRouter router : routers) {
            router.close();
        }
        origins.values().forEach(HttpOrigin::close);
        if (balancer != null) {
            balancer.close();
        }
    }

    private static String yaml() {
        StringBuilder addresses = new StringBuilder();
        StringBuilder services = new StringBuilder();
        for (LabFamily family : LabFamily.values()) {
            for (String[] each :
                    new String[][] {
                        {family.outside(), "outside", ""},
                        {family.inside(), "inside", ""},
                        {outsideOfKernel(family), "outside", ", kernel: true"},
                        {insideOfKernel(family), "inside", ", kernel: true"},
                        {family.virtualPrefix(), "outside", ""},
                    }) {
                addresses.append(
                        "  - {address: \"%s\", device: %s%s}%n".formatted((Object[]) each));
            }
            for (int port : List.of(80, 81)) {
                services.append(
                        """
                          - protocol: tcp
                            address: "%s"
                            checks: [http path=/ interval=0.25 timeout=1 rise=2 fall=2 initial=down]
                            announce: when-healthy
                            servers: [{address: "%s"}]
                            locals: [{address: "%s", device: inside}]
                        """
                                .formatted(
                                        new Endpoint(family.virtual(), port),
                                        server(family),
                                        family.locals().getFirst()));
            }
        }
        return """
        workers: {count: 1, connections: 1024}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:outside", kernel: kout}
          - {name: inside, device: "af_packet:inside", kernel: kin}
        addresses:
        %sservices:
        %s\
        """
                .formatted(addresses, services);
    }

    private static Endpoint server(LabFamily family) {
        return new Endpoint(family.server(1), Scene.HTTP_PORT);
    }

    private static String outsideOfKernel(LabFamily family) {
        return KernelScene.address(family) + family.clientPrefix().replaceFirst(".*/", "/");
    }

    private static String insideOfKernel(LabFamily family) {
        return family.inside().replaceFirst("1/", "9/");
    }

    private NetworkNamespace kernel() {
        return balancer.lab.balancer();
    }

    /// What is to be done each time that the kernel's interfaces appear.
    private void addresses() {
        for (LabFamily family : LabFamily.values()) {
            kernel().ip("address", "add", outsideOfKernel(family), "dev", "kout", "nodad");
            kernel().ip("address", "add", insideOfKernel(family), "dev", "kin", "nodad");
        }
    }

    private void live(LabFamily family) {
        origins.put(family, HttpOrigin.start(balancer.lab.server(1), "s1", server(family)));
    }

    private void die(LabFamily family) {
        requireNonNull(origins.remove(family)).close();
    }

    private static String word(LabFamily family) {
        return family == LabFamily.IPV6 ? "-6" : "-4";
    }

    private boolean isRouted(LabFamily family) {
        return balancer.lab
                .client()
                .ip(word(family), "route", "show", family.virtual().toString())
                .contains("proto bgp");
    }

    private String announced(LabFamily family) {
        return kernel().ip(word(family), "route", "show", "proto", PROTOCOL);
    }

    private String get(LabFamily family) {
        return balancer.inClient(() -> {
            Endpoint http = new Endpoint(family.virtual(), 80);
            try (HttpConnection connection = HttpConnection.open(http, TIMEOUT)) {
                return connection.get("/").body();
            }
        });
    }

    private String listed(LabFamily family) {
        try {
            for (JsonNode service : balancer.json("service", "list", "--json").path("services")) {
                if (service.path("address").asText().contains(family.virtual().toString())) {
                    return service.path("health").path("announcement").asText();
                }
            }
            return "no service";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A check that is answered late, as on a machine with much other work, takes the route away
    /// for a while: all is to hold at one time, not each at its own.
    private void requireRouted(LabFamily family) throws InterruptedException {
        Shell.until(
                family + " listed and announced",
                () ->
                        listed(family).equals("announced")
                                && announced(family).contains(family.virtual() + " dev kout")
                                && isRouted(family));
        Shell.until(family + " served", () -> serves(family));
    }

    /// A client that still has the route of a session before loses it for a moment.
    private boolean serves(LabFamily family) {
        try {
            return get(family).startsWith("s1");
        } catch (BalancerException unreachable) {
            return false;
        }
    }

    @Test
    void h18AnAddressIsAnnouncedWhileItsServersLiveAndTheOtherFamilyStays() throws Exception {
        for (LabFamily family : LabFamily.values()) {
            requireRouted(family);
        }
        for (LabFamily family : LabFamily.values()) {
            die(family);
            Shell.until("withdrawn " + family, () -> !isRouted(family));
            assertThat(announced(family)).isEmpty();
            assertThat(listed(family)).isEqualTo("withdrawn");
            for (LabFamily other : LabFamily.values()) {
                assertThat(isRouted(other)).as("%s", other).isEqualTo(other != family);
            }
            live(family);
            requireRouted(family);
        }
    }

    @Test
    void aKillTakesTheRoutesAndAStartBringsThemBackWithWhatIsLeftPutRight() throws Exception {
        for (LabFamily family : LabFamily.values()) {
            requireRouted(family);
        }
        // As a run without the kernel's interfaces would leave it.
        kernel().ip("route", "add", "blackhole", "192.0.2.99", "proto", PROTOCOL);
        kernel().ip("-6", "route", "add", "blackhole", "2001:db8::99", "proto", PROTOCOL);
        kernel().ip("route", "add", "blackhole", "192.0.2.98", "proto", "static");
        balancer.killAndRestart();
        addresses();
        for (LabFamily family : LabFamily.values()) {
            requireRouted(family);
            assertThat(announced(family).lines()).hasSize(1);
        }
        assertThat(kernel().ip("route", "show")).contains("192.0.2.98");
    }

    @Test
    void aLostRouteIsPutBack() throws Exception {
        for (LabFamily family : LabFamily.values()) {
            requireRouted(family);
        }
        kernel().ip("route", "del", LabFamily.IPV4.virtual().toString(), "proto", PROTOCOL);
        Shell.until("withdrawn", () -> !isRouted(LabFamily.IPV4));
        requireRouted(LabFamily.IPV4); // within 30 s
        assertThat(balancer.ask(List.of("service", "list")).output())
                .contains(" VIP\n", " announced\n");
    }
}
