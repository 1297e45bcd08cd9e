// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.LabFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A kernel that is reached over a port of the balancer: its servers answer, it finds neighbours,
/// and its interface is as the port is.
@NetworkTest
class KernelPathIT {
    private static final long LARGE = 8 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int PING_MS = 2_000;
    private static final int LEFTOVERS_A_SECOND = 20_000;

    private @Nullable KernelScene opened;

    @BeforeAll
    static void requireIpv6() {
        NetworkCondition.requireIpv6();
    }

    @BeforeEach
    void build() throws InterruptedException {
        opened = KernelScene.open("");
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private KernelScene scene() {
        return requireNonNull(opened);
    }

    private String get(Endpoint server) {
        return scene().lab
                .client()
                .call(() -> {
                    try (HttpConnection connection = HttpConnection.open(server, TIMEOUT)) {
                        return connection.get("/").body();
                    }
                });
    }

    private boolean ping(IpAddress address) {
        return scene().lab
                .client()
                .call(() -> InetAddress.ofLiteral(address.toString()).isReachable(PING_MS));
    }

    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void aServerOfTheKernelAnswersOverThePort(LabFamily family) {
        IpAddress address = KernelScene.address(family);
        scene().serve(address, KernelScene.SSH);
        Endpoint server = new Endpoint(address, KernelScene.SSH);

        assertThat(get(server)).startsWith("kernel " + family.client());
        long punted = scene().count(Outcome.PUNTED);
        assertThat(punted).as("by the balancer, not past it").isGreaterThan(2);
        assertThat(ping(address)).as("the kernel answers pings").isTrue();
        assertThat(scene().count(Outcome.PUNTED)).isGreaterThan(punted);
        assertThat(ping(family.gateway())).as("and the balancer its own").isTrue();
        assertThat(get(new Endpoint(family.virtual(), 80)))
                .as("the balancer goes on")
                .startsWith("s");
    }

    /// Both directions by segments that a sender leaves to be cut and summed (X01).
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void x01LargeTransfersArriveWhole(LabFamily family) {
        IpAddress address = KernelScene.address(family);
        scene().serve(address, KernelScene.SSH);
        scene().lab
                .client()
                .call(() -> {
                    try (HttpConnection connection =
                            HttpConnection.open(new Endpoint(address, KernelScene.SSH), TIMEOUT)) {
                        HttpReply up = connection.post("/sha256", LARGE);
                        HttpReply down = connection.digest("/bytes/" + LARGE);
                        assertThat(up.status()).isEqualTo(200);
                        assertThat(down.body()).hasSize(64).isEqualTo(up.body());
                    }
                    return null;
                });
    }

    /// The kernel has the interface address as well: the balancer answers for it, what no service
    /// uses of it is the kernel's.
    @Test
    void anInterfaceAddressIsShared() {
        LabFamily family = LabFamily.IPV4;
        scene().kernel().ip("address", "add", family.outside(), "dev", KernelScene.KERNEL);
        scene().serve(family.gateway(), KernelScene.SSH);

        assertThat(get(new Endpoint(family.gateway(), KernelScene.SSH))).startsWith("kernel");
        assertThat(Shell.macOf(scene().lab.client(), family.gateway().toString()))
                .isEqualTo(macOfPort());
    }

    /// A unicast frame of the kernel needs its neighbour, which it asks for itself (X11).
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void x11TheKernelResolvesAnewWhenItsNeighboursAreFlushed(LabFamily family) {
        IpAddress address = KernelScene.address(family);
        scene().serve(address, KernelScene.SSH);
        assertThat(get(new Endpoint(address, KernelScene.SSH))).startsWith("kernel");
        scene().kernel().ip("neigh", "flush", "dev", KernelScene.KERNEL);
        scene().lab.client().ip("link", "set", "eth0", "address", "02:00:00:00:77:01");

        assertThat(get(new Endpoint(address, KernelScene.SSH))).startsWith("kernel");
        assertThat(Shell.macOf(scene().kernel(), family.client().toString()))
                .isEqualTo("02:00:00:00:77:01");
    }

    @Test
    void x06TheInterfaceHasThePortsAddressAndMtuWhateverIsDoneToIt() throws Exception {
        assertThat(scene().link()).contains("mtu 1500", macOfPort());
        scene().kernel().ip("link", "set", KernelScene.KERNEL, "mtu", "1400");
        scene().kernel().ip("link", "set", KernelScene.KERNEL, "address", "02:00:00:00:66:01");
        Shell.until("mirrored", () -> scene().link().contains("mtu 1500"));
        Shell.until("mirrored", () -> scene().link().contains(macOfPort()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1280, 9000})
    void x06WhateverMtuThePortHas(int mtu) throws Exception {
        close();
        opened = KernelScene.open(mtu, "");
        String own = "mtu " + mtu + " ";
        assertThat(scene().link()).contains("mtu 1500 ");
        assertThat(scene().link(KernelScene.KERNEL_INSIDE)).contains(own);
        scene().kernel().addAddress("203.0.113.9/24", KernelScene.KERNEL_INSIDE);
        scene().kernel().ip("link", "set", KernelScene.KERNEL_INSIDE, "mtu", "1400");
        Shell.until("mirrored", () -> scene().link(KernelScene.KERNEL_INSIDE).contains(own));
        assertThat(scene().kernel().ip("address", "show", "dev", KernelScene.KERNEL_INSIDE))
                .contains("203.0.113.9/24");
    }

    @Test
    void x07TheCarrierFollowsTheLink() throws Exception {
        LabFamily family = LabFamily.IPV4;
        IpAddress address = KernelScene.address(family);
        scene().serve(address, KernelScene.SSH);
        Shell.until("carrier", () -> scene().link().contains("lower_up"));

        scene().lab.client().ip("link", "set", "eth0", "down");
        Shell.until("no carrier", () -> scene().link().contains("no-carrier"));

        scene().lab.client().ip("link", "set", "eth0", "up");
        Shell.until("carrier", () -> scene().link().contains("lower_up"));
        scene().lab.client().ip("neigh", "flush", "dev", "eth0");
        assertThat(get(new Endpoint(address, KernelScene.SSH))).startsWith("kernel");
    }

    /// What nobody uses of a virtual address does not come near the kernel (X08).
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void x08LoginsAnswerWhileLeftoversFloodTheVirtualAddress(LabFamily family) throws Exception {
        IpAddress address = KernelScene.address(family);
        scene().serve(address, KernelScene.SSH);
        int logins = 0;
        AtomicBoolean floods = new AtomicBoolean(true);
        Thread flood = scene().flood(family, LEFTOVERS_A_SECOND, floods::get);
        try {
            for (; logins < 20 || scene().count(Outcome.NO_SERVICE) < 1_000; logins++) {
                assertThat(get(new Endpoint(address, KernelScene.SSH))).startsWith("kernel");
                assertThat(scene().get(family)).startsWith("s");
            }
        } finally {
            floods.set(false);
            flood.join();
        }
        assertThat(scene().count(Outcome.PUNT_LIMITED)).isZero();
        assertThat(scene().count(Outcome.PUNTED))
                .as("the kernel saw the logins alone")
                .isLessThan(50 + 20L * logins);
    }

    @Test
    void aNameThatIsTakenIsRefused() {
        Configuration second =
                ConfigurationFile.parse(
                        "second",
                        """
                        memory: {hugepages: none}
                        ports: [{name: second, device: "null:", kernel: kout}]
                        """);
        assertThatThrownBy(() -> scene().kernel().call(() -> RunningBalancer.overDpdk(second)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("port second: the kernel's interface kout cannot be made")
                .hasMessageContaining("there is an interface of that name");
        assertThat(scene().link()).as("the first one's stays").contains("mtu 1500");
    }

    @Test
    void itIsShownBesideItsPort() {
        assertThat(Shell.run(scene().balancer, "dpip link show -s"))
                .contains("kernel kout", "to-kernel", "kernel kin");
        assertThat(Shell.run(scene().balancer, "dpip addr show"))
                .contains("inet 198.51.100.9/24 scope global kernel outside");
        assertThat(scene().balancer.export())
                .contains(
                        "kernel: kout",
                        "{address: 198.51.100.9/24, device: outside, kernel: true}");
    }

    private String macOfPort() {
        return scene().balancer.io().ports().getFirst().mac().toString();
    }
}
