// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
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
/// routes that are redistributed from the kernel's (X04), updates longer than a frame (X05).
@NetworkTest
class OspfIT {

    /// Links to so many hosts, of 12 bytes each, make an advertisement of more than 3,000 bytes.
    private static final int HOSTS = 260;

    private static final String KERNELS = "10.98.";
    private static final String CLIENTS = "10.99.";

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
                interface lo
                 ip ospf area 0
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

    private static String host(String network, int number) {
        return network + (number >> 8) + "." + (number & 255);
    }

    private void addHosts(NetworkNamespace place, String network) throws IOException {
        StringBuilder batch = new StringBuilder();
        for (int i = 1; i <= HOSTS; i++) {
            batch.append("address add ").append(host(network, i)).append("/32 dev lo\n");
        }
        Path file = Files.writeString(folder.resolve("hosts-" + network), batch);
        place.ip("-batch", file.toString());
    }

    private static long learned(NetworkNamespace place, String network) {
        return place.ip("-4", "route", "show", "proto", "ospf")
                .lines()
                .filter(line -> line.startsWith(network))
                .count();
    }

    /// So many links that an update fits in no frame, both ways (X05). ospf6d makes no fragments:
    /// it divides what it has to say into advertisements that fit.
    @Test
    void updatesOfThreeThousandBytesPassInFragments() throws Exception {
        NetworkNamespace client = scene().lab.client();
        NetworkNamespace kernel = scene().kernel();
        try (Capture wire = new Capture(client, "eth0");
                Capture beside = new Capture(kernel, KernelScene.KERNEL)) {
            addHosts(kernel, KERNELS);
            addHosts(client, CLIENTS);
            Shell.until("the client's side knows all", () -> learned(client, KERNELS) == HOSTS);
            Shell.until("the kernel knows all", () -> learned(kernel, CLIENTS) == HOSTS);
            wire.stop();
            beside.stop();
            for (Capture capture : List.of(wire, beside)) {
                assertFragments(capture, KernelScene.address(LabFamily.IPV4));
                assertFragments(capture, LabFamily.IPV4.client());
            }
        }
    }

    private static void assertFragments(Capture capture, IpAddress sender) throws Exception {
        String from = "ip.src == " + sender + " && ";
        assertThat(capture.packets(from + "ip.proto == 89 && ip.flags.mf == 1")).isPositive();
        assertThat(capture.packets(from + "ip.proto == 89 && ip.frag_offset > 0")).isPositive();
        assertThat(capture.packets(from + "ospf.lsa.length > 3000")).isPositive();
    }
}
