// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
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

/// FRR's OSPF and OSPFv3 over the kernel's interface beside a port: hellos to groups, database,
/// routes that are redistributed from the kernel's (X04).
@NetworkTest
class OspfIT {

    @TempDir Path folder;

    private final List<FrrRouter> routers = new ArrayList<>();
    private @Nullable KernelScene opened;

    @BeforeEach
    void build() throws Exception {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("/usr/lib/frr/ospf6d");
        opened = KernelScene.open("");
        start("balancer", scene().kernel(), KernelScene.KERNEL, 1);
        start("client", scene().lab.client(), "eth0", 2);
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

    private void start(String name, NetworkNamespace place, String device, int number)
            throws Exception {
        String v4 =
                """
                interface %1$s
                 ip ospf hello-interval 1
                 ip ospf dead-interval 4
                 ip ospf area 0
                router ospf
                 ospf router-id 10.0.0.%2$d
                 redistribute kernel
                """
                        .formatted(device, number);
        String v6 =
                """
                interface %1$s
                 ipv6 ospf6 hello-interval 1
                 ipv6 ospf6 dead-interval 4
                 ipv6 ospf6 area 0
                router ospf6
                 ospf6 router-id 10.0.0.%2$d
                 redistribute kernel
                """
                        .formatted(device, number);
        routers.add(FrrRouter.start(folder, name, place, Map.of("ospfd", v4, "ospf6d", v6)));
    }

    private static String word(LabFamily family) {
        return family == LabFamily.IPV6 ? "-6" : "-4";
    }

    private boolean isRouted(LabFamily family) {
        return scene().lab
                .client()
                .ip(word(family), "route", "show", family.virtual().toString())
                .contains("proto ospf");
    }

    private void route(LabFamily family, String verb) {
        scene().kernel()
                .ip(
                        word(family),
                        "route",
                        verb,
                        "blackhole",
                        family.virtual().toString(),
                        "proto",
                        "158");
    }

    @Test
    void routesOfVirtualAddressesComeAndGo() throws InterruptedException {
        for (LabFamily family : LabFamily.values()) {
            assertThat(isRouted(family)).isFalse();
            route(family, "add");
        }
        for (LabFamily family : LabFamily.values()) {
            Shell.until("routed " + family, () -> isRouted(family));
            assertThat(scene().get(family)).startsWith("s");
        }
        assertThat(routers.getFirst().vtysh("show ip ospf neighbor")).contains("Full");
        assertThat(routers.getFirst().vtysh("show ipv6 ospf6 neighbor")).contains("Full");
        for (LabFamily family : LabFamily.values()) {
            route(family, "del");
            Shell.until("gone " + family, () -> !isRouted(family));
        }
        assertThat(scene().count(Counter.KERNEL_FRAMES)).isPositive();
    }
}
