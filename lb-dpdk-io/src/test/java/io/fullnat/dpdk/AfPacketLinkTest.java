// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.Refusal;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Interfaces of the kernel that go down, away, come back and get another MTU under a port.
class AfPacketLinkTest {
    private NetworkNamespace namespace;

    @BeforeEach
    void enterNamespace() {
        Prerequisite.dpdk();
        Prerequisite.rootWithNamespaces();
        namespace = new NetworkNamespace();
        namespace.enter();
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    private static DpdkConfig config(DpdkPortConfig... ports) {
        DpdkConfig.Builder builder = DpdkConfig.builder().buffers(8191);
        List.of(ports).forEach(builder::port);
        return builder.build();
    }

    private static DpdkIo openBoth(int queues) {
        return DpdkIo.open(
                config(
                        DpdkPortConfig.of("dpdk0", "af_packet:veth0").withQueues(queues),
                        DpdkPortConfig.of("dpdk1", "af_packet:veth1").withQueues(queues)));
    }

    private static void until(BooleanSupplier so) {
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).isNegative();
            LockSupport.parkNanos(1);
        }
    }

    /// Sends one frame; what is not taken is given back.
    private static int send(DpdkIo io, int number, int length) {
        PacketBurst burst = new PacketBurst(1);
        BufferPool pool = io.buffers(0);
        assertThat(Frames.add(burst, pool, number, length)).isTrue();
        int taken = io.ports().get(0).queue(0).transmit(burst);
        if (taken == 0) {
            pool.freeAll(burst);
        }
        return taken;
    }

    /// Right after a link came up the kernel may still refuse: it says so before it takes frames.
    private static void assertPasses(DpdkIo io, int number) {
        until(() -> send(io, number, 100) == 1);
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        PacketPort receiver = io.ports().get(1);
        PacketBurst burst = new PacketBurst(1);
        while (System.nanoTime() - deadlineNs < 0) {
            for (int queue = 0; queue < receiver.queueCount(); queue++) {
                receiver.queue(queue).receive(burst);
                boolean found = burst.size() == 1 && Frames.is(burst, 0);
                if (found) {
                    assertThat(Frames.number(burst, 0)).isEqualTo(number);
                    assertThat(Frames.isIntact(burst, 0)).isTrue();
                }
                io.buffers(0).freeAll(burst);
                if (found) {
                    return;
                }
            }
        }
        throw new AssertionError("frame " + number + " has not arrived");
    }

    @Test
    void shouldSayThatAnInterfaceIsDownAndTakeNothing() {
        try (DpdkIo io = openBoth(1)) {
            assertPasses(io, 1);
            PacketPort port = io.ports().get(0);

            namespace.inside("ip", "link", "set", "veth0", "down");
            assertThat(port.link().up()).isFalse();
            assertThat(port.link().trouble()).contains("ip link set veth0 up");
            assertThat(send(io, 2, 100)).isZero();
            assertThat(port.queue(0).refusal()).isEqualTo(Refusal.LINK_DOWN);
            assertThat(port.statistics().sendErrors()).isEqualTo(1);

            namespace.inside("ip", "link", "set", "veth0", "up");
            until(() -> port.link().up());
            assertPasses(io, 3);
        }
    }

    @Test
    void shouldSayThatNobodyIsAtTheOtherEnd() {
        try (DpdkIo io = openBoth(1)) {
            PacketPort port = io.ports().get(0);
            namespace.inside("ip", "link", "set", "veth1", "down");
            until(() -> !port.link().up());
            assertThat(port.link().trouble()).contains("veth0 has no carrier");
            until(() -> send(io, 2, 100) == 0);
            assertThat(port.queue(0).refusal()).isEqualTo(Refusal.LINK_DOWN);

            namespace.inside("ip", "link", "set", "veth1", "up");
            until(() -> port.link().up());
            until(() -> send(io, 3, 100) == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldGoOnWhenTheInterfaceWasDeletedAndMadeAnew(int queues) {
        try (DpdkIo io = openBoth(queues)) {
            assertPasses(io, 1);
            PacketPort port = io.ports().get(0);
            for (int round = 0; round < 3; round++) {
                namespace.inside("ip", "link", "del", "veth0");
                assertThat(port.link().up()).isFalse();
                assertThat(port.link().trouble()).isEqualTo("interface veth0 is gone");
                assertThat(send(io, 2, 100)).isZero();
                assertThat(port.queue(0).refusal()).isEqualTo(Refusal.LINK_DOWN);

                namespace.inside(
                        "ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
                namespace.inside("ip", "link", "set", "veth0", "up");
                namespace.inside("ip", "link", "set", "veth1", "up");
                until(() -> port.link().up() && io.ports().get(1).link().up());
                assertPasses(io, 10 + round);
                assertThat(link("veth0")).contains("link/ether " + port.mac());
            }
            assertThat(io.buffers(0).inUse()).isZero();
        }
    }

    /// Questions of IPv6 come to groups that the kernel has not joined.
    @Test
    void shouldReceiveFramesForAllGroupsWhileItIsOpen() {
        assertThat(link("veth0")).contains("allmulti 0");
        try (DpdkIo io = openBoth(1)) {
            assertThat(io.ports()).hasSize(2);
            assertThat(link("veth0")).contains("allmulti 1").contains("promiscuity 0");
        }
        assertThat(link("veth0")).contains("allmulti 0");
    }

    @Test
    void shouldTakeTheMtuOfTheInterfaceUnlessOneIsGiven() {
        namespace.inside("ip", "link", "set", "veth0", "mtu", "1400");
        namespace.inside("ip", "link", "set", "veth1", "mtu", "4000");
        try (DpdkIo io = openBoth(1)) {
            assertThat(io.ports().get(0).mtu()).isEqualTo(1400);
            assertThat(io.ports().get(1).mtu()).isEqualTo(4000);
            assertThat(send(io, 1, 1414)).isEqualTo(1);
            assertThat(send(io, 1, 1415)).isZero();
            assertThat(io.ports().get(0).queue(0).refusal()).isEqualTo(Refusal.PACKET);
        }
    }

    @Test
    void shouldGiveTheInterfaceBackAsItWas() {
        String before = link("veth0");
        DpdkPortConfig port =
                DpdkPortConfig.of("dpdk0", "af_packet:veth0")
                        .withMac(MacAddress.parse("02:00:00:00:00:aa"))
                        .withPromiscuous(true)
                        .withMtu(4000);
        try (DpdkIo io = DpdkIo.open(config(port))) {
            assertThat(io.ports().get(0).mtu()).isEqualTo(4000);
            assertThat(link("veth0")).contains("mtu 4000", "02:00:00:00:00:aa", "promiscuity 1");
        }
        assertThat(link("veth0")).isEqualTo(before);

        try (DpdkIo io = DpdkIo.open(config(port.withMtu(1400)))) {
            assertThat(io.ports().get(0).mtu()).isEqualTo(1400);
            assertThat(link("veth0")).as("needs no change").contains("mtu 1500");
        }
        assertThat(link("veth0")).isEqualTo(before);
    }

    @Test
    void shouldLeaveWhatSomebodyElseHasSetMeanwhile() {
        DpdkPortConfig port = DpdkPortConfig.of("dpdk0", "af_packet:veth0").withMtu(4000);
        try (DpdkIo io = DpdkIo.open(config(port))) {
            namespace.inside("ip", "link", "set", "veth0", "mtu", "3000");
            assertThat(send(io, 1, 3015)).isZero();
            assertThat(io.ports().get(0).queue(0).refusal()).isEqualTo(Refusal.PACKET);
        }
        assertThat(link("veth0")).contains("mtu 3000");
    }

    @Test
    void shouldOpenAnInterfaceThatIsDown() {
        namespace.inside("ip", "link", "set", "veth0", "down");
        try (DpdkIo io = openBoth(2)) {
            assertThat(io.ports().get(0).link().up()).isFalse();
            assertThat(send(io, 1, 100)).isZero();
            namespace.inside("ip", "link", "set", "veth0", "up");
            until(() -> io.ports().get(0).link().up());
            assertPasses(io, 2);
        }
    }

    @Test
    void shouldTellTheLinkOfATapInterface() {
        try (DpdkIo io = DpdkIo.open(config(DpdkPortConfig.of("dpdk0", "tap:fntap0")))) {
            PacketPort port = io.ports().get(0);
            until(() -> port.link().up());
            namespace.inside("ip", "link", "set", "fntap0", "down");
            until(() -> !port.link().up());
            namespace.inside("ip", "link", "set", "fntap0", "up");
            until(() -> port.link().up());
            namespace.inside("ip", "link", "del", "fntap0");
            assertThat(port.link().trouble()).isEqualTo("interface fntap0 is gone");
        }
    }

    @Test
    void shouldSayThatDpdksOwnDriverNeedsARestartWhenItsInterfaceWasMadeAnew() {
        try (DpdkIo io =
                DpdkIo.open(config(DpdkPortConfig.of("dpdk0", "net_af_packet_own,iface=veth0")))) {
            PacketPort port = io.ports().get(0);
            until(() -> port.link().up());
            namespace.inside("ip", "link", "set", "veth0", "down");
            assertThat(port.link().trouble()).contains("is down");
            namespace.inside("ip", "link", "set", "veth0", "up");
            until(() -> port.link().up());
            namespace.inside("ip", "link", "del", "veth0");
            assertThat(port.link().trouble()).isEqualTo("interface veth0 is gone");
            namespace.inside("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
            namespace.inside("ip", "link", "set", "veth0", "up");
            namespace.inside("ip", "link", "set", "veth1", "up");
            until(() -> !port.link().up());
            assertThat(port.link().trouble()).contains("restart the balancer");
        }
    }

    /// The interface as the kernel shows it, without its counters and state.
    private String link(String name) {
        return Prerequisite.command(
                        List.of("ip", "-n", namespace.name(), "-d", "link", "show", name))
                .output();
    }
}
