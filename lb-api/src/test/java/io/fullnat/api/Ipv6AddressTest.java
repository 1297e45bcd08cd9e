// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Text, order and kinds of IPv6 addresses.
class Ipv6AddressTest {

    /// RFC 4291 §2.2, and the rules of RFC 5952 §4 and §5.
    @ParameterizedTest
    @CsvSource({
        "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789, abcd:ef01:2345:6789:abcd:ef01:2345:6789",
        "2001:DB8:0:0:8:800:200C:417A,            2001:db8::8:800:200c:417a",
        "FF01:0:0:0:0:0:0:101,                    ff01::101",
        "0:0:0:0:0:0:0:1,                         ::1",
        "0:0:0:0:0:0:0:0,                         ::",
        "::,                                      ::",
        "1::,                                     1::",
        "::13.1.68.3,                             ::d01:4403",
        "64:ff9b::192.0.2.33,                     64:ff9b::c000:221",
        "1:2:3:4:5:6:192.0.2.33,                  1:2:3:4:5:6:c000:221",
        "2001:0db8::0001,                         2001:db8::1",
        "2001:db8:0:0:0:0:2:1,                    2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1,                    2001:db8:0:1:1:1:1:1",
        "2001:db8::1:1:1:1:1,                     2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1,                      2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1,                    2001:db8::1:0:0:1",
        "0:1:2:3:4:5:6:7,                         0:1:2:3:4:5:6:7",
        "::1:2:3:4:5:6:7,                         0:1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7::,                         1:2:3:4:5:6:7:0",
        "0:0:3:4:5:6:0:0,                         ::3:4:5:6:0:0",
        "1:0:0:0:5:0:0:0,                         1::5:0:0:0",
        "fe80::AbC,                               fe80::abc",
    })
    void writesEachAddressInOneForm(String text, String form) {
        IpAddress address = IpAddress.parse(text);
        assertEquals(form, address.toString());
        assertEquals(address, IpAddress.parse(form));
        assertEquals(address.hashCode(), IpAddress.parse(form).hashCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":",
                ":::",
                "1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "1::2::3",
                ":1::2",
                "1::2:",
                "1:2:3:4:5:6:7:",
                ":1:2:3:4:5:6:7",
                "12345::",
                "g::",
                "1:::2",
                "::1/64",
                "::-1",
                "::+1",
                "0x1::",
                " ::1",
                "::1 ",
                "1:2:3:4:5:6:7:192.0.2.1",
                "1:2:3:4:5:192.0.2.1",
                "192.0.2.1::",
                "::192.0.2.1:1",
                "::192.0.2",
                "::192.0.2.256",
                "::192.0.2.01",
                "::\u0661",
                "\uFF11::1",
                "0000:0000:0000:0000:0000:0000:255.255.255.2550",
            })
    void refusesWhatIsNone(String text) {
        BalancerException wrong =
                assertThrows(BalancerException.class, () -> Ipv6Address.parse(text));
        assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code());
        assertTrue(String.valueOf(wrong.getMessage()).contains("\"" + text.substring(0, 1)));
    }

    @Test
    void showsLittleOfALongText() {
        BalancerException wrong =
                assertThrows(BalancerException.class, () -> IpAddress.parse(":".repeat(1_000_000)));
        assertTrue(String.valueOf(wrong.getMessage()).length() < 200);
    }

    @ParameterizedTest
    @CsvSource({
        "fe80::1%eth0,          zone",
        "fe80::1%,              zone",
        "[2001:db8::1],         brackets",
        "::ffff:192.0.2.1,      write 192.0.2.1",
        "::ffff:c000:0201,      write 192.0.2.1",
        "0:0:0:0:0:FFFF:0:0,    write 0.0.0.0",
    })
    void saysWhatToWriteInstead(String text, String said) {
        BalancerException wrong =
                assertThrows(BalancerException.class, () -> IpAddress.parse(text));
        assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code());
        assertTrue(String.valueOf(wrong.getMessage()).contains(said), wrong.getMessage());
    }

    /// The neighbours of the mapped addresses are addresses like any.
    @Test
    void takesMappedNumbersForIpv4() {
        assertEquals(IpAddress.parse("192.0.2.1"), IpAddress.of(0, 0xFFFF_C000_0201L));
        assertEquals("::fffe:c000:201", IpAddress.of(0, 0xFFFE_C000_0201L).toString());
        assertEquals("::1:ffff:c000:201", IpAddress.of(0, 0x1_FFFF_C000_0201L).toString());
        assertEquals("::1:0:ffff:c000:201", IpAddress.of(1, 0xFFFF_C000_0201L).toString());
        assertThrows(BalancerException.class, () -> new Ipv6Address(0, 0xFFFF_C000_0201L));
    }

    /// Java's own reading of addresses is the judge.
    @Test
    void readsWhatItWritesAndJavaDoes() throws Exception {
        for (long i = 0; i < 100_000; i++) {
            long high = spread(4 * i) & sparse(spread(4 * i + 1));
            long low = spread(4 * i + 2) & sparse(spread(4 * i + 3));
            if (IpAddress.isMapped(high, low)) {
                continue;
            }
            Ipv6Address address = new Ipv6Address(high, low);
            String text = address.toString();
            assertEquals(address, IpAddress.parse(text));
            Inet6Address judge = (Inet6Address) InetAddress.ofLiteral(text);
            assertEquals(address, IpAddress.parse(judge.getHostAddress()), text);
            assertEquals(text, IpAddress.parse(judge.getHostAddress()).toString());
        }
    }

    /// Numbers that look random, always the same (the finalizer of SplitMix64).
    private static long spread(long number) {
        long mixed = (number + 1) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ (mixed >>> 31);
    }

    /// A mask with whole groups of zeros, and halves of them.
    private static long sparse(long bits) {
        long mask = 0;
        for (int group = 0; group < 4; group++) {
            long two = (bits >>> (2 * group)) & 3;
            mask = (mask << 16) | (two < 2 ? 0 : two == 2 ? 0xFF : 0xFFFF);
        }
        return mask;
    }

    @Test
    void ordersIpv4BeforeIpv6AndEachAsANumber() {
        List<String> inOrder =
                List.of(
                        "0.0.0.1",
                        "255.255.255.255",
                        "::",
                        "::1",
                        "1::",
                        "ff::",
                        "7fff::",
                        "8000::");
        List<IpAddress> sorted =
                new ArrayList<>(inOrder.reversed().stream().map(IpAddress::parse).toList());
        sorted.sort(null);
        assertEquals(inOrder, sorted.stream().map(IpAddress::toString).toList());
        for (int i = 0; i + 1 < sorted.size(); i++) {
            assertTrue(sorted.get(i).compareTo(sorted.get(i + 1)) < 0);
            assertTrue(sorted.get(i + 1).compareTo(sorted.get(i)) > 0);
        }
    }

    @Test
    void spreadsRowsOfAddresses() {
        Set<Integer> hashes = new HashSet<>();
        for (int net = 0; net < 100; net++) {
            for (int host = 0; host < 100; host++) {
                hashes.add(new Ipv6Address(0x2001_0DB8L << 32 | net, host).hashCode() & 0xFFFFF);
            }
        }
        assertTrue(hashes.size() > 9900, hashes.size() + " of 10000");
    }

    @Test
    void tellsKindsApart() {
        assertTrue(v6("ff02::1").isMulticast());
        assertFalse(v6("fe00::1").isMulticast());
        assertTrue(v6("fe80::1").isLinkLocal());
        assertTrue(v6("febf:ffff::1").isLinkLocal());
        assertFalse(v6("fec0::1").isLinkLocal());
        assertFalse(v6("fe7f::1").isLinkLocal());
        assertFalse(v6("::").isUnicast());
        assertFalse(v6("ff00::").isUnicast());
        assertTrue(v6("::1").isUnicast());
        assertTrue(v6("0:0:0:1::").isUnicast());
    }

    private static Ipv6Address v6(String text) {
        return Ipv6Address.parse(text);
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2:3:4:5:6/0,   ::/0",
        "2001:db8:1:2:3:4:5:6/1,   ::/1",
        "ffff:db8:1:2:3:4:5:6/1,   8000::/1",
        "2001:db8:1:2:3:4:5:6/63,  2001:db8:1:2::/63",
        "2001:db8:1:3:3:4:5:6/63,  2001:db8:1:2::/63",
        "2001:db8:1:2:3:4:5:6/64,  2001:db8:1:2::/64",
        "2001:db8:1:2:f:4:5:6/65,  2001:db8:1:2::/65",
        "2001:db8:1:2:3:4:5:7/127, 2001:db8:1:2:3:4:5:6/127",
        "2001:db8:1:2:3:4:5:7/128, 2001:db8:1:2:3:4:5:7/128",
        "2001:db8:1:2:3:4:5:7,     2001:db8:1:2:3:4:5:7/128",
    })
    void clearsBitsBeyondThePrefix(String text, String network) {
        IpPrefix prefix = IpPrefix.parse(text);
        assertEquals(network, prefix.network().toString());
        assertEquals(prefix.length(), prefix.mappedLength());
        assertTrue(prefix.contains(prefix.network().address()));
        assertTrue(prefix.network().contains(prefix.address()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1/129", "::1/", "::1/-1", "::1/64/64", "/64", "::ffff:0:0/96"})
    void refusesWhatIsNoPrefix(String text) {
        assertThrows(BalancerException.class, () -> IpPrefix.parse(text));
    }

    @Test
    void keepsFamiliesApartInPrefixes() {
        assertFalse(IpPrefix.parse("::/0").contains(IpAddress.parse("192.0.2.1")));
        assertFalse(IpPrefix.parse("0.0.0.0/0").contains(IpAddress.parse("::c000:201")));
        assertTrue(IpPrefix.parse("::/0").contains(IpAddress.parse("::c000:201")));
        assertFalse(IpPrefix.parse("2001:db8::/32").contains(IpAddress.parse("2001:db9::")));
        assertFalse(IpPrefix.parse("::/127").contains(IpAddress.parse("::2")));
    }

    @Test
    void writesAnEndpointInBrackets() {
        Endpoint endpoint = Endpoint.parse("[2001:DB8:0::1]:80");
        assertEquals(Endpoint.of("2001:db8::1", 80), endpoint);
        assertEquals("[2001:db8::1]:80", endpoint.toString());
        assertEquals(endpoint, Endpoint.parse(endpoint.toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8::1:80,      brackets",
        "2001:db8::1,         brackets",
        "[2001:db8::1],       not an address and a port",
        "[2001:db8::1]80,     not an address and a port",
        "[2001:db8::1]:,      not an address and a port",
        "[2001:db8::1]:0,     not 1-65535",
        "[2001:db8::1]:65536, not 1-65535",
        "[192.0.2.1]:80,      only an IPv6 address",
        "[]:80,               only an IPv6 address",
        "[[::1]]:80,          brackets",
        "[fe80::1%2]:80,      zone",
        "[::ffff:1.2.3.4]:80, write 1.2.3.4",
    })
    void refusesEndpointsThatAreNone(String text, String said) {
        BalancerException wrong = assertThrows(BalancerException.class, () -> Endpoint.parse(text));
        assertTrue(String.valueOf(wrong.getMessage()).contains(said), wrong.getMessage());
    }
}
