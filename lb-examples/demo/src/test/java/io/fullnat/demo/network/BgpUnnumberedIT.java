// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// BGP of FRR between routers that are told an interface only (RFC 5549, 8950): each finds the
/// other by its advertisements, and both speak between link-local addresses, over the kernel's
/// interface beside a port (X03).
@NetworkTest
class BgpUnnumberedIT {
    private static final String CLIENT = "eth0";

    @TempDir Path folder;

    private final List<FrrRouter> routers = new ArrayList<>();
    private @Nullable KernelScene opened;

    @BeforeEach
    void build() throws Exception {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("/usr/lib/frr/bgpd");
        opened = KernelScene.open("");
    }

    @AfterEach
    void close() throws InterruptedException {
        for (FrrRouter router : routers) {
            router.close();
        }
        if (opened != null) {
            opened.close();
        }
    }

    private KernelScene scene() {
        return requireNonNull(opened);
    }

    private void start(
            String name,
            NetworkNamespace place,
            String device,
            int number,
            String more4,
            String more6)
            throws Exception {
        String configuration =
                """
                router bgp %1$d
                 bgp router-id 10.0.0.%2$d
                 no bgp ebgp-requires-policy
                 no bgp network import-check
                 timers bgp 1 3
                 neighbor %3$s interface remote-as external
                 neighbor %3$s timers connect 1
                 address-family ipv4 unicast
                  %4$s
                 exit-address-family
                 address-family ipv6 unicast
                  neighbor %3$s activate
                  %5$s
                 exit-address-family
                """
                        .formatted(65000 + number, number, device, more4, more6);
        routers.add(FrrRouter.start(folder, name, place, Map.of("bgpd", configuration)));
    }

    private String route(LabFamily family) {
        return scene().lab
                .client()
                .ip(
                        family == LabFamily.IPV6 ? "-6" : "-4",
                        "route",
                        "show",
                        family.virtual().toString());
    }

    private boolean isRouted(LabFamily family) {
        return route(family).contains("proto bgp");
    }

    @Test
    void routersFindEachOtherByAdvertisements() throws Exception {
        try (Capture beside = new Capture(scene().kernel(), KernelScene.KERNEL);
                Capture wire = new Capture(scene().lab.client(), CLIENT)) {
            start(
                    "balancer",
                    scene().kernel(),
                    KernelScene.KERNEL,
                    1,
                    "network " + LabFamily.IPV4.virtualPrefix(),
                    "network " + LabFamily.IPV6.virtualPrefix());
            start("client", scene().lab.client(), CLIENT, 2, "", "");
            for (LabFamily family : LabFamily.values()) {
                Shell.until("announced " + family, () -> isRouted(family));
                assertThat(route(family)).contains("fe80::").contains("dev " + CLIENT);
                assertThat(scene().get(family)).startsWith("s");
            }
            String neighbours = routers.getFirst().vtysh("show bgp neighbors json");
            assertThat(neighbours).contains("\"bgpState\":\"Established\"").contains("fe80::");
            for (LabFamily family : LabFamily.values()) {
                routers.getFirst()
                        .vtysh(
                                "configure terminal",
                                "router bgp 65001",
                                "address-family "
                                        + (family == LabFamily.IPV6 ? "ipv6" : "ipv4")
                                        + " unicast",
                                "no network " + family.virtualPrefix());
                Shell.until("withdrawn " + family, () -> !isRouted(family));
            }
            beside.stop();
            wire.stop();
            for (Capture capture : List.of(beside, wire)) {
                assertBothAdvertise(capture);
            }
        }
    }

    private static void assertBothAdvertise(Capture capture) throws Exception {
        String advertisements = "icmpv6.type == 134 && ipv6.hlim == 255";
        assertThat(capture.fields(advertisements, "ipv6.src").stream().distinct())
                .as("routers")
                .hasSize(2);
    }
}
