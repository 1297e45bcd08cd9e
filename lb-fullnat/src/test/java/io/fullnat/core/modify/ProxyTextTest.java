// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.testing.Seed;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The line of PROXY version 1, character by character.
class ProxyTextTest {
    private static final int ADDRESSES = 256;
    private static final int PORTS = 320;

    private final Region memory = Region.allocate(384, "a header and what it is made of");

    @AfterEach
    void close() {
        memory.close();
    }

    private String write(byte[] source, byte[] destination, int from, int to) {
        long at = memory.address();
        for (int i = 0; i < memory.size(); i++) {
            Memory.putByte(at + i, '#');
        }
        for (int i = 0; i < source.length; i++) {
            Memory.putByte(at + ADDRESSES + i, source[i]);
            Memory.putByte(at + ADDRESSES + source.length + i, destination[i]);
        }
        Memory.putNetworkShort(at + PORTS, from);
        Memory.putNetworkShort(at + PORTS + 2, to);
        int length = ProxyText.write(at, source.length == 16, at + ADDRESSES, at + PORTS);
        byte[] written = new byte[length];
        for (int i = 0; i < length; i++) {
            written[i] = Memory.getByte(at + i);
        }
        assertThat(Memory.getByte(at + length)).as("nothing behind it").isEqualTo((byte) '#');
        return new String(written, US_ASCII);
    }

    private static byte[] bytes(String address) {
        return InetAddress.ofLiteral(address).getAddress();
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 255.255.255.255, 0, 65535",
        "9.10.99.100, 101.200.1.90, 9, 10",
        "192.0.2.1, 198.51.100.7, 99, 100",
        "192.0.2.1, 198.51.100.7, 9999, 10000"
    })
    void numbersHaveNoLeadingZeros(String from, String to, int source, int destination) {
        assertThat(write(bytes(from), bytes(to), source, destination))
                .isEqualTo(
                        "PROXY TCP4 "
                                + from
                                + " "
                                + to
                                + " "
                                + source
                                + " "
                                + destination
                                + "\r\n");
    }

    /// RFC 5952 §4.
    @ParameterizedTest
    @CsvSource({
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:1:0:0:0:0:0, 0:0:1::",
        "0:0:0:0:0:1:0:0, ::1:0:0",
        "0:1:2:3:4:5:6:0, 0:1:2:3:4:5:6:0",
        "ABCD:EF01:2345:6789:A:AB:ABC:1000, abcd:ef01:2345:6789:a:ab:abc:1000"
    })
    void theLongestRunOfZerosIsLeftOutOfEqualsTheFirst(String address, String canonical) {
        assertThat(write(bytes(address), bytes("ff02::1"), 1, 2))
                .isEqualTo("PROXY TCP6 " + canonical + " ff02::1 1 2\r\n");
    }

    /// As the text of an address is everywhere else.
    @Test
    void addressesAreAsOtherwise() {
        RandomGenerator random = Seed.generator();
        for (int i = 0; i < 5000; i++) {
            ByteBuffer address = ByteBuffer.allocate(16);
            for (int group = 0; group < 8; group++) { // many zeros
                int value = random.nextInt(0x10000) >>> random.nextInt(16);
                address.putShort((short) (random.nextInt(3) == 0 ? value : 0));
            }
            address.put(0, (byte) 0x20); // no address of IPv4 in IPv6's form
            IpAddress known = new Ipv6Address(address.getLong(0), address.getLong(8));
            assertThat(write(address.array(), address.array(), 80, 443))
                    .as(Seed.message(i))
                    .isEqualTo("PROXY TCP6 " + known + " " + known + " 80 443\r\n");
        }
    }
}
