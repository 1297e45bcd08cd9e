// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Lines of the PROXY protocol's text form: what is one, what is a part of one, and what is none.
class ReceivedTextTest {
    private static final String LINE4 = "PROXY TCP4 192.0.2.7 198.51.100.80 40000 80\r\n";
    private static final String LINE6 = "PROXY TCP6 2001:db8::7 2001:db8::80 1 65535\r\n";
    private static final byte FILL = (byte) 0xEE;

    private final Region memory = Region.allocate(512, "a line and what it says");
    private final long room = memory.address() + 384;
    private final ReceivedText text = new ReceivedText();

    @AfterEach
    void close() {
        memory.close();
    }

    private int read(String line) {
        byte[] bytes = line.getBytes(ISO_8859_1);
        for (long at = memory.address(); at < memory.address() + memory.size(); at++) {
            Memory.putByte(at, FILL);
        }
        Memory.fromBytes(bytes, memory.address());
        int kind = text.read(memory.address(), bytes.length, room);
        assertThat(Memory.getByte(room + ReceivedText.ROOM)).as("behind the room").isEqualTo(FILL);
        return kind;
    }

    private void assertSaid(String line, String from, String to, int source, int destination) {
        assertSaidAtAll(line);
        byte[] one = InetAddress.ofLiteral(from).getAddress();
        byte[] other = InetAddress.ofLiteral(to).getAddress();
        assertThat(text.hasAddresses()).isTrue();
        assertThat(text.isIpv6()).isEqualTo(one.length == 16);
        assertThat(text.length()).isEqualTo(line.length());
        byte[] expected =
                ByteBuffer.allocate(2 * one.length + 4)
                        .put(one)
                        .put(other)
                        .putShort((short) source)
                        .putShort((short) destination)
                        .array();
        assertThat(Memory.toBytes(room, expected.length)).as(line).isEqualTo(expected);
    }

    private void assertAddress(String written, String same) {
        assertSaid("PROXY TCP6 " + written + " ::1 1 2\r\n", same, "::1", 1, 2);
        assertSaid("PROXY TCP6 ::1 " + written + " 1 2\r\n", "::1", same, 1, 2);
    }

    private void assertWrong(String line) {
        assertThat(read(line)).as(line).isEqualTo(ReceivedHeader.WRONG);
    }

    /// A line with a right word in one place and a wrong one in the other.
    private void assertWrongInEitherPlace(String line, String wrong, String right) {
        assertSaidAtAll(line.formatted(right, right));
        assertWrong(line.formatted(wrong, right));
        assertWrong(line.formatted(right, wrong));
    }

    private void assertSaidAtAll(String line) {
        assertThat(read(line)).as(line).isEqualTo(ReceivedHeader.WHOLE);
    }

    @Test
    void addressesAndPortsOfBothFamiliesAreWrittenOneBehindTheOther() {
        assertSaid(LINE4, "192.0.2.7", "198.51.100.80", 40_000, 80);
        assertSaid(LINE6, "2001:db8::7", "2001:db8::80", 1, 65_535);
        assertSaid(
                "PROXY TCP4 0.0.0.0 255.255.255.255 0 0\r\n", "0.0.0.0", "255.255.255.255", 0, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {LINE4, LINE6, "PROXY UNKNOWN\r\n", "PROXY UNKNOWN any thing\r\n"})
    void aLineThatIsNotAllThereIsAPart(String line) {
        for (int length = 6; length < line.length(); length++) {
            assertThat(read(line.substring(0, length)))
                    .as("%d", length)
                    .isEqualTo(ReceivedHeader.PART);
        }
        assertThat(read(line)).isEqualTo(ReceivedHeader.WHOLE);
        assertThat(read(line + "GET / HTTP/1.1\r\n")).isEqualTo(ReceivedHeader.WHOLE);
        assertThat(text.length()).as("without what follows").isEqualTo(line.length());
    }

    @Test
    void anUnknownClientHasNoAddressesWhateverWasReadBefore() {
        assertThat(read(LINE6)).isEqualTo(ReceivedHeader.WHOLE);
        assertThat(read("PROXY UNKNOWN ::1 ::2 3 4\r\n")).isEqualTo(ReceivedHeader.WHOLE);
        assertThat(text.hasAddresses()).isFalse();
        assertThat(read("PROXY UNKNOWN \r\n")).isEqualTo(ReceivedHeader.WHOLE);
        assertWrong("PROXY UNKNOWNS\r\n");
        assertWrong("PROXY UNKNOW\r\n");
        assertWrong("PROXY unknown\r\n");
    }

    /// Of whatever is said of an unknown client.
    @Test
    void theLongestLineHas107Bytes() {
        String longest = "PROXY UNKNOWN " + "x".repeat(91);
        assertThat(read(longest + "\r\n")).isEqualTo(ReceivedHeader.WHOLE);
        assertThat(text.length()).isEqualTo(107);
        assertThat(read(longest + "\r")).as("106 bytes").isEqualTo(ReceivedHeader.PART);
        assertWrong(longest + "x\r\n");
        assertWrong(longest + "x\r");
        assertWrong("PROXY UNKNOWN " + "x".repeat(200));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "::|0:0:0:0:0:0:0:0",
                "::1|0:0:0:0:0:0:0:1",
                "1::|1:0:0:0:0:0:0:0",
                "1:2:3:4:5:6:7::|1:2:3:4:5:6:7:0",
                "::2:3:4:5:6:7:8|0:2:3:4:5:6:7:8",
                "1:2:3::7:8|1:2:3:0:0:0:7:8",
                "ABCD:ef01:0:00:000:0000:ffff:9|abcd:ef01:0:0:0:0:ffff:9",
                "::1.2.3.4|0:0:0:0:0:0:102:304",
                "1:2:3:4:5:6:255.0.10.99|1:2:3:4:5:6:ff00:a63",
                "0:0:0:0:1:FFFF:129.144.52.38|0:0:0:0:1:ffff:8190:3426",
                "64:ff9b::192.0.2.33|64:ff9b:0:0:0:0:c000:221",
                "1:2:3:4:5::255.255.255.255|1:2:3:4:5:0:ffff:ffff"
            })
    void anAddressOfIpv6MayBeWrittenInAnyWay(String written, String same) {
        assertAddress(written, same);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8:",
                "1:2:3:4:5:6:7:",
                ":1:2:3:4:5:6:7",
                ":1:2:3:4:5:6:7:8",
                "1::2::3",
                ":::",
                ":",
                "1:::2",
                "::1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7:8::",
                "1:2:3:4::5:6:7:8",
                "12345::",
                "g::",
                "::1%eth0",
                "1::2:",
                "1:2:3:4:5:6:7:1.2.3.4",
                "1:2:3:4:5:1.2.3.4",
                "::1.2.3",
                "::1.2.3.256",
                "::1.2.3.4:5",
                "::01.2.3.4",
                "1.2.3.4",
                "::a.2.3.4",
                "::1.2.3.4.5",
                "[::1]",
                ""
            })
    void whatIsNoAddressOfIpv6IsRefused(String address) {
        assertWrongInEitherPlace("PROXY TCP6 %s %s 1 2\r\n", address, "::1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.1000",
                "01.2.3.4",
                "1.2.3.00",
                "1..2.3",
                ".1.2.3",
                "1.2.3.",
                "1.2.3.-4",
                "+1.2.3.4",
                "0x1.2.3.4",
                "a.b.c.d",
                "::1",
                "1,2,3,4",
                "1.2.3.4:",
                ""
            })
    void whatIsNoAddressOfIpv4IsRefused(String address) {
        assertWrongInEitherPlace("PROXY TCP4 %s %s 1 2\r\n", address, "1.2.3.4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "65536",
                "100000",
                "4294967296",
                "00",
                "01",
                "-1",
                "+1",
                "1.",
                "0x1",
                "a",
                ""
            })
    void whatIsNoPortIsRefused(String port) {
        assertWrongInEitherPlace("PROXY TCP4 1.2.3.4 1.2.3.5 %s %s\r\n", port, "2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP5 1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY TCP 1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY TCP4\r\n",
                "PROXY TC\r\n",
                "PROXY \r\n",
                "PROXY UDP4 1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY tcp4 1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY  TCP4 1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY TCP4  1.2.3.4 1.2.3.5 1 2\r\n",
                "PROXY TCP4 1.2.3.4  1.2.3.5 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1  2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2 \r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5\r\n",
                "PROXY TCP4 1.2.3.4\r\n",
                "PROXY TCP4 1.2.3.4\t1.2.3.5 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2 \n",
                "PROXY \n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\0\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\u00FF\r\n",
                "PROXY TCP6 \u00B2:: ::1 1 2\r\n"
            })
    void aLineThatIsWrittenOtherwiseIsNone(String line) {
        assertWrong(line);
    }
}
