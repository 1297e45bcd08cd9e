// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What expressions match once libpcap, which Debian has as libpcap0.8, has compiled them.
final class FilterCompilerTest {
    private static final int PRIORITY_AT = 14;

    private static boolean matches(String expression, PacketBuilder frame) {
        return matches(expression, frame.toBytes());
    }

    private static boolean matches(String expression, byte[] bytes) {
        long address = Memory.allocate(bytes.length);
        try {
            Memory.fromBytes(bytes, address);
            return new BpfFilter(FilterCompiler.compile(expression))
                    .matches(address, bytes.length, new int[16]);
        } finally {
            Memory.free(address);
        }
    }

    private static PacketBuilder ethernet(int vlan) {
        PacketBuilder frame = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
        return vlan < 0 ? frame : frame.vlan(vlan);
    }

    private static PacketBuilder udp(int vlan) {
        return ethernet(vlan).ipv4("198.51.100.7", "192.0.2.80").udp(40000, 53).payload("x");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 5, 4094})
    void anExpressionMeansTheSameOfTaggedFrames(int vlan) {
        assertThat(matches("udp port 53", udp(vlan))).isTrue();
        assertThat(matches("host 198.51.100.7 and not tcp", udp(vlan))).isTrue();
        assertThat(matches("tcp", udp(vlan))).isFalse();
        assertThat(matches("not udp", udp(vlan))).isFalse();
        assertThat(matches("udp[8] = 0x78", udp(vlan))).isTrue();
        assertThat(
                        matches(
                                "udp port 53",
                                ethernet(vlan).ipv6("2001:db8::7", "2001:db8::80").udp(1, 53)))
                .isTrue();
    }

    /// A tag of VLAN 0 bears nothing but a priority; whatever the priority is, and whether the
    /// frame may be dropped first, no expression but `vlan` asks for it.
    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void prioritiesMakeNoDifference(int vlan) {
        for (int priority = 0; priority < 16; priority++) {
            byte[] frame = udp(vlan).toBytes();
            frame[PRIORITY_AT] |= (byte) (priority << 4);

            assertThat(matches("udp port 53", frame)).isTrue();
            assertThat(matches("host 198.51.100.7 and not tcp", frame)).isTrue();
            assertThat(matches("not udp", frame)).isFalse();
            assertThat(matches("vlan " + vlan + " and udp port 53", frame)).isTrue();
            assertThat(matches("vlan 6 and udp", frame)).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vlan,-1,false",
        "vlan,0,true",
        "vlan 5,5,true",
        "vlan 5,6,false",
        "not vlan,-1,true"
    })
    void whatSpeaksOfTagsItselfIsTakenAtItsWord(String expression, int vlan, boolean expected) {
        assertThat(matches(expression, udp(vlan))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"port http;", "host", "tcp) or (udp", "\""})
    void aWrongOneIsToldInLibpcapsWords(String expression) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> FilterCompiler.compile(expression))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .withMessageStartingWith("the filter \"" + expression + "\" is wrong: ");
    }

    @Test
    void itIsSaidWhatTransportBytesDoNotMatch() {
        assertThat(FilterCompiler.warning("tcp[tcpflags] & tcp-syn != 0").orElseThrow())
                .contains("IPv6", "--connection");
        assertThat(FilterCompiler.warning("tcp port 80")).isEmpty();
    }
}
