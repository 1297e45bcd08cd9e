// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Packet-socket ports on a veth pair: what is special about them.
class AfPacketTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:aa");

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

    @Test
    void shouldPassTheLargestFrameWithAndWithoutVlanTag() {
        try (DpdkIo io =
                DpdkIo.open(
                        config(
                                DpdkPortConfig.of("dpdk0", "af_packet:veth0"),
                                DpdkPortConfig.of("dpdk1", "af_packet:veth1")))) {
            BufferPool pool = io.buffers(0);
            PacketBurst burst = new PacketBurst(2);
            Frames.add(burst, pool, 1, 1514);
            Frames.add(burst, pool, 2, 1518);
            byte[] tagged = Memory.toBytes(burst.data(1), 1518);
            // 802.1Q, VLAN 100, in front of the EtherType
            tagged[12] = (byte) 0x81;
            tagged[13] = 0;
            tagged[14] = 0;
            tagged[15] = 100;
            Memory.fromBytes(tagged, burst.data(1));
            assertThat(io.ports().get(0).queue(0).transmit(burst)).isEqualTo(2);

            PacketBurst received = new PacketBurst(1);
            waitForOne(io.ports().get(1), received);
            assertThat(received.length(0)).isEqualTo(1514);
            assertThat(Frames.isIntact(received, 0)).isTrue();
            pool.freeAll(received);
            waitForOne(io.ports().get(1), received);
            assertThat(Memory.toBytes(received.data(0), received.length(0))).isEqualTo(tagged);
            pool.freeAll(received);
            assertThat(pool.inUse()).isZero();
            assertThat(io.ports().get(0).statistics().sentPackets()).isEqualTo(2);
            assertThat(io.ports().get(1).statistics().receivedPackets()).isEqualTo(2);
        }
    }

    private static void waitForOne(PacketPort port, PacketBurst burst) {
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (port.queue(0).receive(burst) == 0) {
            assertThat(System.nanoTime() - deadlineNs).isNegative();
        }
    }

    @Test
    void shouldSpreadFlowsOverQueuesAndKeepEachFlowOnOne() {
        try (DpdkIo io =
                DpdkIo.open(
                        config(
                                DpdkPortConfig.of("dpdk0", "af_packet:veth0"),
                                DpdkPortConfig.of("dpdk1", "af_packet:veth1").withQueues(2)))) {
            PacketPort receiver = io.ports().get(1);
            assertThat(receiver.queueCount()).isEqualTo(2);
            assertThat(receiver.capabilities().receiveSideScaling()).isTrue();
            BufferPool pool = io.buffers(0);
            int[][] packets = new int[2][64];
            for (int repetition = 0; repetition < 4; repetition++) {
                for (int flow = 0; flow < 64; flow++) {
                    PacketBurst burst = new PacketBurst(1);
                    pool.allocate(burst);
                    udp(burst, flow);
                    assertThat(io.ports().get(0).queue(0).transmit(burst)).isEqualTo(1);
                }
            }
            collect(receiver, pool, packets, 4 * 64);

            for (int flow = 0; flow < 64; flow++) {
                assertThat(packets[0][flow] + packets[1][flow]).isEqualTo(4);
                assertThat(packets[0][flow]).isIn(0, 4);
            }
            assertThat(packets[0]).contains(4);
            assertThat(packets[1]).contains(4);
        }
    }

    private static void udp(PacketBurst burst, int flow) {
        long data = burst.data(0);
        Memory.zero(data, 60);
        Memory.putNetworkMac(data, 0x0200_0000_0002L);
        Memory.putNetworkShort(data + 12, 0x0800);
        Memory.putNetworkShort(data + 14, 0x4500);
        Memory.putNetworkShort(data + 16, 46);
        Memory.putNetworkShort(data + 22, 64 << 8 | 17);
        Memory.putNetworkInt(data + 26, 0x0A00_0001);
        Memory.putNetworkInt(data + 30, 0x0A00_0002);
        Memory.putNetworkShort(data + 34, 1024 + flow);
        Memory.putNetworkShort(data + 36, 53);
        Memory.putNetworkShort(data + 38, 26);
        burst.set(0, data, 60);
    }

    private static void collect(PacketPort port, BufferPool pool, int[][] packets, int count) {
        PacketBurst burst = new PacketBurst(32);
        int seen = 0;
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (seen < count && System.nanoTime() - deadlineNs < 0) {
            for (int queue = 0; queue < 2; queue++) {
                seen += port.queue(queue).receive(burst);
                for (int i = 0; i < burst.size(); i++) {
                    packets[queue][Memory.getNetworkShort(burst.data(i) + 34) - 1024]++;
                }
                pool.freeAll(burst);
            }
        }
    }

    @Test
    void shouldGiveTheInterfaceTheMacAddressAndMtu() {
        try (DpdkIo io =
                DpdkIo.open(
                        config(
                                DpdkPortConfig.of("dpdk0", "af_packet:veth0")
                                        .withMac(MAC)
                                        .withMtu(1600)
                                        .withPromiscuous(true)))) {
            assertThat(io.ports().get(0).mac()).isEqualTo(MAC);
            assertThat(io.ports().get(0).mtu()).isEqualTo(1600);
            assertThat(io.ports().get(0).link().up()).isTrue();
            String link =
                    Prerequisite.command(
                                    List.of(
                                            "ip",
                                            "-n",
                                            namespace.name(),
                                            "-d",
                                            "link",
                                            "show",
                                            "veth0"))
                            .output();
            assertThat(link).contains("02:00:00:00:00:aa", "mtu 1600", "promiscuity 1");
        }
    }

    @Test
    void shouldRefuseAnInterfaceOfAnotherNamespace() {
        DpdkConfig config = config(DpdkPortConfig.of("dpdk0", "af_packet:veth0"));
        NetworkNamespace.leave();

        refused(config, "port dpdk0", "no network interface veth0");
    }

    @Test
    void shouldRefuseAnMtuThatTheDeviceCannotDo() {
        // a macvlan interface cannot have a larger one than that below it
        namespace.inside("ip", "link", "add", "link", "veth0", "name", "mv0", "type", "macvlan");
        refused(
                config(DpdkPortConfig.of("dpdk0", "af_packet:mv0").withMtu(9000)),
                "port dpdk0 (af_packet:mv0)",
                "interface mv0 refuses mtu 9000");
    }

    @Test
    void shouldRefuseArgumentsThatMakeNoSense() {
        for (String argument :
                List.of("framesz=100", "blocksz=5000", "framecnt=7", "fanout_mode=x", "speed=1")) {
            assertThatThrownBy(() ->
                            DpdkIo.open(
                                            config(
                                                    DpdkPortConfig.of(
                                                            "dpdk0",
                                                            "af_packet:veth0," + argument)))
                                    .close())
                    .isInstanceOfSatisfying(
                            BalancerException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining(argument);
        }
        refused(
                config(DpdkPortConfig.of("dpdk0", "af_packet:veth0,qpairs=1").withQueues(2)),
                "2 queues are wanted, the device has 1");
    }

    @Test
    void shouldGiveTheInterfaceBackWhenALaterPortFails() {
        DpdkPortConfig good = DpdkPortConfig.of("dpdk0", "af_packet:veth0");
        refused(config(good, DpdkPortConfig.of("dpdk1", "net_nonesuch0")), "net_nonesuch0");

        try (DpdkIo io = DpdkIo.open(config(good))) {
            io.attachWorker(0, OptionalInt.empty());
            assertThat(io.buffers(0).inUse()).isZero();
        }
    }

    @Test
    void shouldMakeATapInterfaceAndRemoveItOnClose() {
        DpdkConfig config = config(DpdkPortConfig.of("dpdk0", "tap:fntap0"));
        try (DpdkIo io = DpdkIo.open(config)) {
            assertThat(io.ports().get(0).queueCount()).isEqualTo(1);
            namespace.inside("ip", "link", "show", "fntap0");
            refused(config, "there is a network interface fntap0 already");
        }
        assertThat(
                        Prerequisite.command(List.of("ip", "-n", namespace.name(), "link", "show"))
                                .output())
                .doesNotContain("fntap0");
    }

    private static void refused(DpdkConfig config, String... message) {
        assertThatThrownBy(() -> DpdkIo.open(config).close())
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.DEVICE))
                .hasMessageContainingAll(message);
    }
}
