// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Ids as DPVS's servers make them.
class DpvsRouterTest {
    private static final int NONE = QuicRouter.NONE;

    private final QuicRouter router =
            QuicRouter.of(
                    new QuicRouting.Dpvs(),
                    List.of(
                            RealServer.of("10.0.1.11", 443),
                            RealServer.of("192.168.111.222", 8029),
                            RealServer.of("192.168.111.222", 8030),
                            RealServer.of("2001:db8::6fde", 8031),
                            RealServer.of("2001:db8:1:2:8899:aabb:ccdd:eeff", 443)));

    /// The example of DPVS's documents: the last two bytes of the address, and the port.
    @Test
    void theExampleOfItsDocuments() {
        assertThat(router.find(Ids.behindShort("a536fde1f5d123456789"))).isEqualTo(1);
        assertThat(router.find(Ids.behindLong("a536fde1f5d123456789"))).isEqualTo(1);
        assertThat(router.find(Ids.behindShort("0036fde1f5e123456789"))).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "0000b12345678901, 0", // one byte: 0b
        "002010b123456789ab, 0", // two without port
        "0060a00010b1234567, 0", // four
        "0070a00010b01bb1234567, 0",
        "0070a00010b01bc1234567, -1", // another port
        "001de1f5d12345678901, 1", // one byte and a port
        "002 6fde123456789, 1", // no port: the first with such an address
        "00f8899aabbccddeeff01bb1234567, 4", // eight bytes: 5 to 8 are DPVS's own defect
        "00c99aabbccddeeff12345678, 4", // seven
        "00c99aabbccddeefe12345678, -1",
        "0080a00010b0000001234567, -1", // five bytes of which no IPv4 address has the first
        "00360000000001234567, -1"
    })
    void theLastBytesOfAnAddressNameIt(String id, int server) {
        String even = id.replace(" ", "");
        assertThat(router.find(Ids.behindShort(even.length() % 2 == 0 ? even : even + "0")))
                .isEqualTo(server);
    }

    /// A server that gets packets at whatever port they went to has no port to compare.
    @Test
    void aServerWithoutAPortHasAny() {
        RealServer server =
                RealServer.builder(new Endpoint(IpAddress.parse("10.0.1.11"), 0)).build();
        QuicRouter ports = QuicRouter.of(new QuicRouting.Dpvs(), List.of(server));
        assertThat(ports.find(Ids.behindShort("0070a00010b01bb1234567"))).isZero();
        assertThat(ports.find(Ids.behindShort("0070a00010c01bb1234567"))).isEqualTo(NONE);
    }

    /// An id is no shorter than what stands in it and 28 random bits; nor than seven bytes.
    @Test
    void whatIsTooShortNamesNobody() {
        for (String id : List.of("", "00", "0000b1", "0000b1234567")) {
            assertThat(router.find(Ids.behindLong(id))).as(id).isEqualTo(NONE);
        }
        assertThat(router.find(Ids.behindLong("0000b123456789"))).isZero();
        assertThat(router.find(Ids.behindLong("0036fde1f5d1234567"))).isEqualTo(1);
        assertThat(router.find(Ids.behindLong("0036fde1f5d12345"))).isEqualTo(NONE);
        assertThat(router.find(Ids.of("40 0036fde1f5d12345"))).isEqualTo(NONE);
    }
}
