// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The header of a fragment of IPv6")
class Ipv6FragmentTest {
    private final Arena arena = Arena.ofConfined();
    private final long header = arena.allocate(Ipv6Fragment.HEADER_LENGTH, 8).address();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void isWrittenAsTheStandardDrawsIt() {
        Ipv6Fragment.write(header, 17, 1448, true, 0xDEADBEEF);

        assertThat(bytes()).isEqualTo("110005a9deadbeef");
    }

    @Test
    void saysTheLastPlaceOfTheLargestPacket() {
        Ipv6Fragment.write(header, 6, 65528, false, 1);

        assertThat(bytes()).isEqualTo("0600fff800000001");
        assertThat(Ipv6Fragment.offset(header)).isEqualTo(65528);
        assertThat(Ipv6Fragment.hasMore(header)).isFalse();
        assertThat(Ipv6Fragment.isPart(header)).isTrue();
    }

    @Test
    void isReadWhateverItsReservedBitsAre() {
        put("11ff0006fffffffe");

        assertThat(Ipv6Fragment.nextHeader(header)).isEqualTo(17);
        assertThat(Ipv6Fragment.offset(header)).isZero();
        assertThat(Ipv6Fragment.hasMore(header)).isFalse();
        assertThat(Ipv6Fragment.isPart(header)).as("an atomic fragment").isFalse();
        assertThat(Ipv6Fragment.identification(header)).isEqualTo(-2);
    }

    @Test
    void isThatOfAPartIfOnlyMoreIsToFollow() {
        put("0600000100000000");

        assertThat(Ipv6Fragment.hasMore(header)).isTrue();
        assertThat(Ipv6Fragment.isPart(header)).isTrue();
        assertThat(Ipv6Fragment.offset(header)).isZero();
    }

    @Test
    void getsAnotherIdentificationAlone() {
        put("3a00fff911111111");

        Ipv6Fragment.identification(header, 0x01020304);

        assertThat(bytes()).isEqualTo("3a00fff901020304");
    }

    private void put(String hex) {
        Memory.fromBytes(HexFormat.of().parseHex(hex), header);
    }

    private String bytes() {
        return HexFormat.of().formatHex(Memory.toBytes(header, Ipv6Fragment.HEADER_LENGTH));
    }
}
