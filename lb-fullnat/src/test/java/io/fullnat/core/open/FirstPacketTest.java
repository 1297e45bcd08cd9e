// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a [FirstPacket] tells, of either family.
class FirstPacketTest {
    private static final int OPTIONS = 8;

    private final Region memory = Region.allocate(256, "a test");
    private final FirstPacket packet = new FirstPacket();

    @AfterEach
    void free() {
        memory.close();
    }

    private static PacketBuilder frame() {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
    }

    private long put(PacketBuilder frame) {
        Memory.fromBytes(frame.toBytes(), memory.address());
        return memory.address() + Ethernet.HEADER_LENGTH;
    }

    private void ipv6(PacketBuilder transport, int protocol) {
        long ip = put(transport);
        packet.setIpv6(ip, ip + 40 + OPTIONS, protocol, 99, 3);
    }

    private static PacketBuilder ipv6() {
        return frame().ipv6("2001:db8:c::7", "2001:db8::1").extension(Ipv6Extension.hopByHop());
    }

    private String client() {
        return IpAddress.of(packet.clientAddressHigh(), packet.clientAddressLow()).toString();
    }

    @Test
    void behindExtensionHeadersThePortsAreWhereTheyWereFound() {
        ipv6(ipv6().tcp(4711, 80).sequence(0x1234_5678), 6);

        assertThat(packet.isIpv6()).isTrue();
        assertThat(client()).isEqualTo("2001:db8:c::7");
        assertThat(packet.clientPort()).isEqualTo(4711);
        assertThat(packet.protocol()).isEqualTo(Protocol.TCP);
        assertThat(packet.sequence()).isEqualTo(0x1234_5678);
        assertThat(Integer.reverseBytes(packet.ports())).isEqualTo(4711 << 16 | 80);
        assertThat(packet.portsAndProtocol() >>> 32).isEqualTo(6);
        assertThat(packet.wideAddresses() - memory.address()).isEqualTo(14 + 8);
        assertThat(packet.hash()).isEqualTo(99);
        assertThat(packet.device()).isEqualTo(3);
    }

    @Test
    void oneOfIpv4AfterOneOfIpv6LeavesNothingOfIt() {
        ipv6(ipv6().tcp(4711, 80), 6);

        packet.set(put(frame().ipv4("198.51.100.7", "192.0.2.1").udp(5000, 53)), 98, 2);

        assertThat(packet.isIpv6()).isFalse();
        assertThat(client()).isEqualTo("198.51.100.7");
        assertThat(packet.clientPort()).isEqualTo(5000);
        assertThat(packet.protocol()).isEqualTo(Protocol.UDP);
        assertThat(packet.protocolNumber()).isEqualTo(17);
        assertThat(Long.reverseBytes(packet.addresses())).isEqualTo(0xC633_6407_C000_0201L);
    }

    /// An application that keeps the request sees old values, and no memory of others.
    @Test
    void whatAnApplicationAsksForIsNoLongerReadFromThePacket() {
        ipv6(ipv6().tcp(4711, 80), 6);

        Memory.zero(memory.address(), 256);

        assertThat(client()).isEqualTo("2001:db8:c::7");
        assertThat(packet.clientPort()).isEqualTo(4711);
        assertThat(packet.protocol()).isEqualTo(Protocol.TCP);
    }
}
