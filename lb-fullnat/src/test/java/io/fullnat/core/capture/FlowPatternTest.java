// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.Test;

final class FlowPatternTest {
    private static PacketBuilder ethernet() {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
    }

    private static FlowTuple udp(String source, String destination) {
        return new FlowTuple(Protocol.UDP, Endpoint.parse(source), Endpoint.parse(destination));
    }

    private static boolean matches(FlowPattern pattern, byte[] frame) {
        return matches(pattern, frame, frame.length);
    }

    private static boolean matches(FlowPattern pattern, byte[] frame, int length) {
        long address = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, address);
            PacketKeys keys = new PacketKeys();
            return keys.read(address, length) && keys.matches(pattern);
        } finally {
            Memory.free(address);
        }
    }

    @Test
    void aFlowIsMatchedBothWaysTaggedOrNot() {
        FlowPattern flow = FlowPattern.of(udp("198.51.100.7:40000", "192.0.2.80:53"));
        for (int vlan : new int[] {-1, 0, 5, 0xFFF}) {
            PacketBuilder there = vlan < 0 ? ethernet() : ethernet().vlan(vlan);
            PacketBuilder back = vlan < 0 ? ethernet() : ethernet().vlan(vlan);
            PacketBuilder other = vlan < 0 ? ethernet() : ethernet().vlan(vlan);
            assertThat(
                            matches(
                                    flow,
                                    there.ipv4("198.51.100.7", "192.0.2.80")
                                            .udp(40000, 53)
                                            .toBytes()))
                    .isTrue();
            assertThat(
                            matches(
                                    flow,
                                    back.ipv4("192.0.2.80", "198.51.100.7")
                                            .udp(53, 40000)
                                            .toBytes()))
                    .isTrue();
            assertThat(
                            matches(
                                    flow,
                                    other.ipv4("198.51.100.7", "192.0.2.80")
                                            .udp(40001, 53)
                                            .toBytes()))
                    .isFalse();
        }
    }

    @Test
    void extensionHeadersOfIpv6AreLookedBehind() {
        FlowPattern flow = FlowPattern.of(udp("[2001:db8::7]:40000", "[2001:db8::80]:53"));
        byte[] frame =
                ethernet()
                        .ipv6("2001:db8::7", "2001:db8::80")
                        .extension(Ipv6Extension.hopByHop(new byte[] {1, 4, 0, 0, 0, 0}))
                        .udp(40000, 53)
                        .payload("x")
                        .toBytes();

        assertThat(matches(flow, frame)).isTrue();
        assertThat(matches(FlowPattern.of(IpPrefix.parse("2001:db8::/64")), frame)).isTrue();
        assertThat(matches(FlowPattern.of(IpPrefix.parse("0.0.0.0/0")), frame)).isFalse();
        for (int length = 0; length < 14 + 40 + 8 + 4; length++) {
            assertThat(matches(flow, frame, length)).as("%d bytes", length).isFalse();
        }
    }

    @Test
    void networksAreMatchedByTheirBits() {
        byte[] frame = ethernet().ipv4("198.51.100.7", "192.0.2.80").tcp(1, 2).toBytes();
        for (String network :
                new String[] {"198.51.100.7/32", "198.51.100.0/24", "192.0.2.80/32", "0.0.0.0/0"}) {
            assertThat(matches(FlowPattern.of(IpPrefix.parse(network)), frame)).isTrue();
        }
        for (String network : new String[] {"198.51.100.6/32", "198.51.101.0/24", "::/0"}) {
            assertThat(matches(FlowPattern.of(IpPrefix.parse(network)), frame)).isFalse();
        }
    }

    @Test
    void laterFragmentsHaveNoPorts() {
        byte[] later =
                ethernet()
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .fragment(64, false)
                        .udp(40000, 53)
                        .toBytes();
        assertThat(matches(FlowPattern.of(udp("198.51.100.7:40000", "192.0.2.80:53")), later))
                .isFalse();
        assertThat(matches(FlowPattern.of(IpPrefix.parse("198.51.100.7/32")), later)).isTrue();
    }
}
