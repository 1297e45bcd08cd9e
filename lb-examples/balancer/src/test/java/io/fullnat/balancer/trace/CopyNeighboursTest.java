// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.AddressKey;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Neighbours of the same link-local address on several links.
class CopyNeighboursTest {
    private static final IpAddress GATEWAY = IpAddress.parse("fe80::1");
    private static final MacAddress OWN = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress FIRST = MacAddress.parse("02:00:00:00:00:c1");
    private static final MacAddress TAGGED = MacAddress.parse("02:00:00:00:00:c9");
    private static final MacAddress SECOND = MacAddress.parse("02:00:00:00:00:51");

    private final CopyNeighbours neighbours =
            new CopyNeighbours(
                    Map.of(
                            AddressKey.of(GATEWAY, "wan"),
                            Optional.of(FIRST),
                            AddressKey.of(GATEWAY, "wan.9"),
                            Optional.of(TAGGED),
                            AddressKey.of(GATEWAY, "lan"),
                            Optional.of(SECOND),
                            AddressKey.of(GATEWAY, "dmz"),
                            Optional.empty()),
                    Set.of(AddressKey.of(GATEWAY, "wan.9")));

    private static byte[] question(String source, int vlan) {
        PacketBuilder frame = PacketBuilder.ethernet(OWN, MacAddress.parse("33:33:ff:00:00:01"));
        if (vlan > 0) {
            frame.vlan(vlan);
        }
        return frame.ipv6(source, "ff02::1:ff00:1")
                .timeToLive(255)
                .icmp(135, 0, 0)
                .payload(
                        ByteBuffer.allocate(16)
                                .putLong(GATEWAY.high())
                                .putLong(GATEWAY.low())
                                .array())
                .toBytes();
    }

    private Optional<MacAddress> answering(String source, int vlan, String port) {
        return neighbours
                .answer(question(source, vlan), OWN, port)
                .map(frame -> new MacAddress(new FrameHeaders(frame.toBytes()).mac(6)));
    }

    @Test
    void answerEachOnItsOwnLink() {
        assertThat(answering("fe80::99", 0, "wan")).contains(FIRST);
        assertThat(answering("fe80::99", 9, "wan")).contains(TAGGED);
        assertThat(answering("fe80::99", 0, "lan")).contains(SECOND);
        assertThat(answering("fe80::99", 0, "dmz")).as("silent there").isEmpty();
        assertThat(neighbours.hasAssumed()).isFalse();
        assertThat(answering("fe80::99", 7, "lan")).isPresent();
        assertThat(neighbours.hasAssumed()).as("of a link where none is known").isTrue();
    }

    @Test
    void claimAnAddressOnItsOwnLinkAlone() {
        assertThat(answering("::", 9, "wan")).isPresent();
        assertThat(answering("::", 0, "wan")).isEmpty();
        assertThat(answering("::", 9, "lan")).isEmpty();
    }
}
