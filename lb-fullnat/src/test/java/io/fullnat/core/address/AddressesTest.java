// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which addresses a packet of another host can come from.
class AddressesTest {
    @ParameterizedTest(name = "{0}: IPv4 {1}, unicast {2}")
    @CsvSource({
        "0.0.0.0, true, false",
        "0.255.255.255, true, false",
        "1.0.0.0, true, true",
        "126.255.255.255, true, true",
        "127.0.0.1, true, false",
        "128.0.0.0, true, true",
        "223.255.255.255, true, true",
        "224.0.0.1, true, false",
        "255.255.255.255, true, false",
        "::, false, false",
        "::1, false, false",
        "::2, false, true",
        "::fffe:192.0.2.1, false, true",
        "2001:db8::1, false, true",
        "fe80::1, false, true",
        "feff:ffff::1, false, true",
        "ff00::, false, false",
        "ff02::1, false, false"
    })
    void theKindOfAnAddressIsKnown(String text, boolean ipv4, boolean unicast)
            throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        BigInteger number = new BigInteger(1, bytes);
        long high = number.shiftRight(64).longValue();
        long low = bytes.length == 4 ? 0xFFFF_0000_0000L | number.longValue() : number.longValue();

        assertThat(Addresses.isIpv4(high, low)).isEqualTo(ipv4);
        assertThat(Addresses.isUnicast(high, low)).isEqualTo(unicast);
    }

    @ParameterizedTest(name = "{0}: of the link {1}, a group {2}, none {3}")
    @CsvSource({
        "::, false, false, true",
        "::1, false, false, false",
        "8000::, false, false, false",
        "fe7f:ffff::1, false, false, false",
        "fe80::1, true, false, false",
        "febf:ffff::1, true, false, false",
        "fec0::1, false, false, false",
        "feff::1, false, false, false",
        "ff00::, false, true, false",
        "ff02::1:ff00:1, false, true, false",
        "ffff:ffff::, false, true, false"
    })
    void theScopeOfAnAddressIsKnown(String text, boolean link, boolean group, boolean none)
            throws UnknownHostException {
        BigInteger number = new BigInteger(1, InetAddress.getByName(text).getAddress());
        long high = number.shiftRight(64).longValue();

        assertThat(Addresses.isLinkLocal(high)).isEqualTo(link);
        assertThat(Addresses.isGroup(high)).isEqualTo(group);
        assertThat(Addresses.isUnspecified(high, number.longValue())).isEqualTo(none);
    }
}
