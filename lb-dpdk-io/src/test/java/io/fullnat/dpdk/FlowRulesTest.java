// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Flow rules through DPDK, on a device that reads them by DPDK's own headers and steers by them.
class FlowRulesTest {
    private static final IpAddress LOCAL = IpAddress.parse("10.0.1.100");
    private static final IpAddress OTHER = IpAddress.parse("10.0.1.101");
    private static final IpAddress LOCAL6 = IpAddress.parse("2001:db8:1::64");
    private static final IpAddress OTHER6 = IpAddress.parse("2001:db8:1::65");
    private static final int QUEUES = 4;
    private static final int FIRST_PORT = 1025;
    private static final int PORTS = 64;
    private static final int UNTAGGED = 0;
    private static final int FRAME_LENGTH = 96;

    @TempDir private static Path folder;
    private static SteeringDevice device;

    @BeforeAll
    static void makeDriver() {
        device = new SteeringDevice(folder);
        open("ring:").close(); // DPDK runs from now on
    }

    private static DpdkIo open(String spec) {
        return DpdkIo.open(
                DpdkConfig.builder().buffers(4095).workers(QUEUES).port("dpdk0", spec).build());
    }

    private static FlowRules rulesOf(DpdkIo io) {
        return io.ports().getFirst().flowRules().orElseThrow();
    }

    /// Local port *p* to queue *p* mod *queues*, as the balancer wants it.
    private static List<FlowRule> rules(IpAddress address, int vlan) {
        List<FlowRule> rules = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            for (int queue = 0; queue < QUEUES; queue++) {
                rules.add(new FlowRule(protocol, vlan, address, queue, QUEUES - 1, queue));
            }
        }
        return rules;
    }

    /// Sends one packet to each of some ports through the device and returns at which queue those
    /// to each arrived.
    private static List<Integer> queues(
            DpdkIo io, Protocol protocol, int vlan, IpAddress destination) {
        PacketPort port = io.ports().getFirst();
        PacketBurst burst = new PacketBurst(PORTS);
        for (int i = 0; i < PORTS; i++) {
            assertThat(io.buffers(0).allocate(burst)).isTrue();
            write(burst.data(i), protocol, vlan, destination, FIRST_PORT + i);
            burst.set(i, burst.data(i), FRAME_LENGTH);
        }
        assertThat(port.queue(QUEUES - 1).transmit(burst)).isEqualTo(PORTS);
        Integer[] queues = new Integer[PORTS];
        for (int queue = 0; queue < QUEUES; queue++) {
            port.queue(queue).receive(burst);
            for (int i = 0; i < burst.size(); i++) {
                long ports = ports(burst.data(i), vlan, destination);
                queues[Memory.getNetworkShort(ports + 2) - FIRST_PORT] = queue;
            }
            io.buffers(0).freeAll(burst);
        }
        assertThat(queues).doesNotContainNull();
        return List.of(queues);
    }

    private static void write(
            long data, Protocol protocol, int vlan, IpAddress destination, int port) {
        Memory.zero(data, FRAME_LENGTH);
        long type = data + 12;
        if (vlan != UNTAGGED) {
            Memory.putNetworkShort(type, 0x8100);
            Memory.putNetworkShort(type + 2, 3 << 13 | vlan);
            type += 4;
        }
        long ip = type + 2;
        if (destination.bitLength() == 128) {
            Memory.putNetworkShort(type, 0x86DD);
            Memory.putByte(ip, 0x60);
            Memory.putByte(ip + 6, protocol.number());
            Memory.putLong(ip + 24, Long.reverseBytes(destination.high()));
            Memory.putLong(ip + 32, Long.reverseBytes(destination.low()));
        } else {
            Memory.putNetworkShort(type, 0x0800);
            Memory.putByte(ip, 0x45);
            Memory.putByte(ip + 9, protocol.number());
            Memory.putNetworkInt(ip + 12, 0x0A00010B);
            Memory.putNetworkInt(ip + 16, (int) destination.low());
        }
        long ports = ports(data, vlan, destination);
        Memory.putNetworkShort(ports, 8080);
        Memory.putNetworkShort(ports + 2, port);
    }

    private static long ports(long data, int vlan, IpAddress destination) {
        return data + (vlan == UNTAGGED ? 14 : 18) + (destination.bitLength() == 128 ? 40 : 20);
    }

    private static void assertSteered(List<Integer> queues) {
        for (int i = 0; i < PORTS; i++) {
            assertThat(queues.get(i)).as("port %d", FIRST_PORT + i).isEqualTo((1 + i) % QUEUES);
        }
    }

    /// The driver is asked now and then, by who receives; others read what it said.
    @Test
    void aQueueTellsHowManyPacketsWait() {
        try (DpdkIo io = open(device.make(1))) {
            PacketPort port = io.ports().getFirst();
            PacketBurst one = new PacketBurst(1);
            assertThat(port.queue(0).waiting()).as("nobody has asked").isEmpty();
            poll(port, one, 4095);
            PacketBurst burst = new PacketBurst(5);
            for (int i = 0; i < burst.capacity(); i++) {
                assertThat(io.buffers(0).allocate(burst)).isTrue();
                write(burst.data(i), Protocol.UDP, UNTAGGED, LOCAL, FIRST_PORT + i);
                burst.set(i, burst.data(i), FRAME_LENGTH);
            }
            assertThat(port.queue(0).transmit(burst)).isEqualTo(5);
            assertThat(port.queue(0).waiting()).as("asked by the next call").isEmpty();
            poll(port, one, 1);
            assertThat(port.queue(0).waiting()).hasValue(5);
            io.buffers(0).freeAll(one);
            for (int i = 0; i < 4; i++) {
                poll(port, one, 1);
                io.buffers(0).freeAll(one);
            }
            poll(port, one, 4092);
            assertThat(port.queue(0).waiting()).hasValue(0);
            assertThat(port.description().numbers())
                    .containsEntry("rx-descriptors", 1024L)
                    .containsEntry("tx-descriptors", 1024L);
        }
    }

    private static void poll(PacketPort port, PacketBurst burst, int times) {
        for (int i = 0; i < times; i++) {
            port.queue(0).receive(burst);
        }
    }

    @Test
    void shouldBringEachPacketToTheQueueOfItsRule() {
        try (DpdkIo io = open(device.make(64))) {
            assertThat(device.rules()).as("after the trial at the start").isZero();

            FlowRules.Installed installed = rulesOf(io).install(rules(LOCAL, UNTAGGED));

            assertThat(device.rules()).isEqualTo(2 * QUEUES);
            assertSteered(queues(io, Protocol.TCP, UNTAGGED, LOCAL));
            assertSteered(queues(io, Protocol.UDP, UNTAGGED, LOCAL));
            assertThat(queues(io, Protocol.TCP, UNTAGGED, OTHER)).containsOnly(0);
            assertThat(queues(io, Protocol.TCP, 5, LOCAL)).containsOnly(0);

            installed.remove();
            assertThat(device.rules()).isZero();
            assertThat(queues(io, Protocol.TCP, UNTAGGED, LOCAL)).containsOnly(0);
        }
    }

    @Test
    void shouldSteerIpv6ByTheWholeAddress() {
        try (DpdkIo io = open(device.make(64))) {
            FlowRules.Installed untagged = rulesOf(io).install(rules(LOCAL6, UNTAGGED));
            FlowRules.Installed tagged = rulesOf(io).install(rules(OTHER6, 5));
            FlowRules.Installed ipv4 = rulesOf(io).install(rules(LOCAL, UNTAGGED));

            assertThat(device.rules()).isEqualTo(3 * 2 * QUEUES);
            assertSteered(queues(io, Protocol.TCP, UNTAGGED, LOCAL6));
            assertSteered(queues(io, Protocol.UDP, UNTAGGED, LOCAL6));
            assertSteered(queues(io, Protocol.UDP, 5, OTHER6));
            assertSteered(queues(io, Protocol.UDP, UNTAGGED, LOCAL));
            assertThat(queues(io, Protocol.TCP, UNTAGGED, OTHER6)).containsOnly(0);
            assertThat(queues(io, Protocol.TCP, 5, LOCAL6)).containsOnly(0);

            untagged.remove();
            tagged.remove();
            ipv4.remove();
            assertThat(device.rules()).isZero();
            assertThat(queues(io, Protocol.TCP, UNTAGGED, LOCAL6)).containsOnly(0);
        }
    }

    @Test
    void shouldTellVlansApart() {
        try (DpdkIo io = open(device.make(64))) {
            FlowRules.Installed tagged = rulesOf(io).install(rules(LOCAL, 5));
            FlowRules.Installed other = rulesOf(io).install(rules(OTHER, UNTAGGED));

            assertSteered(queues(io, Protocol.UDP, 5, LOCAL));
            assertThat(queues(io, Protocol.UDP, 6, LOCAL)).containsOnly(0);
            assertThat(queues(io, Protocol.UDP, UNTAGGED, LOCAL)).containsOnly(0);

            tagged.remove();
            assertSteered(queues(io, Protocol.UDP, UNTAGGED, OTHER));
            other.remove();
            assertThat(device.rules()).isZero();
        }
    }

    @Test
    void shouldPutAllRulesInPlaceOrNone() {
        try (DpdkIo io = open(device.make(2 * QUEUES + 5))) {
            FlowRules rules = rulesOf(io);
            rules.install(rules(LOCAL, UNTAGGED));

            assertThatThrownBy(() -> rules.install(rules(OTHER, 7)))
                    .isInstanceOfSatisfying(
                            BalancerException.class,
                            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.DEVICE))
                    .hasMessage(
                            "port dpdk0 refuses a rule (UDP of VLAN 7 to 10.0.1.101, port & 0x3 ="
                                    + " 1, to queue 1): the table of rules is full");

            assertThat(device.rules()).isEqualTo(2 * QUEUES);
            assertSteered(queues(io, Protocol.UDP, UNTAGGED, LOCAL));
        }
    }

    @Test
    void shouldSayWhyARuleCannotBeTakenAway() {
        try (DpdkIo io = open(device.make(64))) {
            FlowRules.Installed installed = rulesOf(io).install(rules(LOCAL, UNTAGGED));
            installed.remove();

            assertThatThrownBy(installed::remove)
                    .hasMessage("port dpdk0: 8 rules cannot be taken away: there is no such rule");
        }
    }

    @Test
    void shouldNotTouchAClosedPort() {
        DpdkIo io = open(device.make(64));
        FlowRules rules = rulesOf(io);
        FlowRules.Installed installed = rules.install(rules(LOCAL, UNTAGGED));
        io.close();

        installed.remove();
        assertThatThrownBy(() -> rules.install(rules(LOCAL, UNTAGGED)))
                .hasMessage("port dpdk0 is closed");
    }

    @Test
    void shouldOfferNoRulesWhereTheDeviceRefusesTheTrial() {
        try (DpdkIo io = open("ring:")) {
            assertThat(io.ports().getFirst().flowRules()).as("no functions for it").isEmpty();
        }
        // The one says no; the other says yes, and has room for one of two.
        for (int room : List.of(0, 1)) {
            try (DpdkIo io = open(device.make(room))) {
                assertThat(io.ports().getFirst().flowRules()).as("room for %d", room).isEmpty();
                assertThat(device.rules()).isZero();
            }
        }
    }

    @Test
    void shouldOfferNoRulesWhereThereIsOneQueue() {
        DpdkConfig config =
                DpdkConfig.builder().buffers(4095).port("dpdk0", device.make(64)).build();
        try (DpdkIo io = DpdkIo.open(config)) {
            assertThat(io.ports().getFirst().flowRules()).isEmpty();
        }
    }
}
