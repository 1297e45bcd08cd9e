// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.PacketBuilder;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/// What is read of frames for the kernel.
class PuntKindsTest {
    private static final String FROM = "02:00:00:00:00:01";
    private static final String TO = "02:00:00:00:00:02";

    /// Like the beginning of a neighbour solicitation.
    private static final byte[] DISCOVERY = {(byte) 135, 0, 0, 0, 0, 0, 0, 0};

    private static boolean isRouting(PacketBuilder frame) {
        byte[] bytes = frame.toBytes();
        try (Arena arena = Arena.ofConfined()) {
            long l2 = arena.allocate(bytes.length, 8).address();
            Memory.fromBytes(bytes, l2);
            PuntKinds kinds = new PuntKinds();
            assertThat(kinds.read(l2, bytes.length)).isTrue();
            assertThat(kinds.isIp()).isTrue();
            return kinds.protocol() != null;
        }
    }

    private static PacketBuilder ipv4() {
        return PacketBuilder.ethernet(FROM, TO).ipv4("192.0.2.7", "192.0.2.1");
    }

    private static PacketBuilder ipv6() {
        return PacketBuilder.ethernet(FROM, TO).ipv6("fe80::7", "fe80::1");
    }

    @Test
    void discoveryIsOfIpv6Alone() {
        assertThat(isRouting(ipv6().protocol(58).payload(DISCOVERY))).isTrue();
        assertThat(isRouting(ipv4().protocol(58).payload(DISCOVERY))).isFalse();
    }

    @Test
    void routingProtocolsAreOfBothFamilies() {
        for (int protocol : new int[] {88, 89, 103, 112}) {
            assertThat(isRouting(ipv4().protocol(protocol).payload("x"))).isTrue();
            assertThat(isRouting(ipv6().protocol(protocol).payload("x"))).isTrue();
        }
        assertThat(isRouting(ipv4().tcp(40000, 179))).isTrue();
        assertThat(isRouting(ipv6().tcp(40000, 22))).isFalse();
    }
}
