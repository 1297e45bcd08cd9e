// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// FRR beside the balancer announces the virtual addresses over the kernel's interface to FRR on
/// the client's side, whose kernel then sends there what is for them.
@NetworkTest
class BgpIT {
    private static final int ENOUGH_LEFTOVERS = 10_000;
    private static final int LEFTOVERS_A_SECOND = 20_000;

    @TempDir Path folder;

    private final List<FrrRouter> routers = new ArrayList<>();
    private @Nullable KernelScene opened;

    @BeforeEach
    void build() throws Exception {
        NetworkCondition.requireIpv6();
        NetworkCondition.require("/usr/lib/frr/bgpd");
        opened = KernelScene.open("kernel-path: {virtual-addresses: punt, other-rate: 1000}\n");
        start("balancer", scene().kernel(), 65001, LabFamily::client, true);
        start("client", scene().lab.client(), 65002, KernelScene::address, false);
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

    private interface Peer {
        IpAddress of(LabFamily family);
    }

    private void start(
            String name, NetworkNamespace place, int number, Peer peer, boolean announces)
            throws Exception {
        String configuration =
                FrrRouter.bgp(
                        number,
                        peer.of(LabFamily.IPV4),
                        peer.of(LabFamily.IPV6),
                        announces ? "network " + LabFamily.IPV4.virtualPrefix() : "",
                        announces ? "network " + LabFamily.IPV6.virtualPrefix() : "");
        routers.add(FrrRouter.start(folder, name, place, Map.of("bgpd", configuration)));
    }

    private String vtysh(String... commands) {
        return routers.getFirst().vtysh(commands);
    }

    private boolean isRouted(LabFamily family) {
        return scene().lab.client().ip("route", "get", family.virtual().toString()).contains("bgp")
                || scene().lab
                        .client()
                        .ip(
                                family == LabFamily.IPV6 ? "-6" : "-4",
                                "route",
                                "show",
                                family.virtual().toString())
                        .contains("proto bgp");
    }

    @Test
    void theVirtualAddressesAreAnnouncedAndWithdrawnAndSurviveAFlood() throws Exception {
        for (LabFamily family : LabFamily.values()) {
            Shell.until("announced " + family, () -> isRouted(family));
            assertThat(scene().get(family)).startsWith("s");
        }
        String before = vtysh("show bgp neighbors json");

        AtomicBoolean floods = new AtomicBoolean(true);
        List<Thread> flood = new ArrayList<>();
        for (LabFamily family : LabFamily.values()) {
            flood.add(scene().flood(family, LEFTOVERS_A_SECOND, floods::get));
        }
        try {
            // The hold time is three seconds; a slow machine sends fewer leftovers in each.
            for (int second = 0; second < 8 || limited() < ENOUGH_LEFTOVERS; second++) {
                assertThat(second).as("leftovers are held back").isLessThan(60);
                Thread.sleep(1_000);
                assertThat(isRouted(LabFamily.IPV4)).as("second %d", second).isTrue();
                assertThat(isRouted(LabFamily.IPV6)).as("second %d", second).isTrue();
            }
        } finally {
            floods.set(false);
            for (Thread each : flood) {
                each.join();
            }
        }
        assertThat(dropped(vtysh("show bgp neighbors json"))).isEqualTo(dropped(before));

        vtysh(
                "configure terminal",
                "router bgp 65001",
                "address-family ipv4 unicast",
                "no network " + LabFamily.IPV4.virtualPrefix());
        Shell.until("withdrawn", () -> !isRouted(LabFamily.IPV4));
        assertThat(isRouted(LabFamily.IPV6)).isTrue();
    }

    private long limited() {
        return scene().count(Outcome.PUNT_LIMITED);
    }

    /// How often sessions have ended.
    private static List<String> dropped(String neighbours) {
        return neighbours.lines().filter(line -> line.contains("connectionsDropped")).toList();
    }
}
