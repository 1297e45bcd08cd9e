// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// What a server got, and who its client is by the PROXY header in front, taken apart by the
/// specification alone.
///
/// @param ends addresses and ports of client and service; empty without a header
/// @param body what stands behind the header
/// @param unique the unique id of the header, if it has one
/// @param service the name of the service, if it has one
record ToldStream(String ends, ByteBuffer body, String unique, String service) {
    private static final long SIGNATURE = 0x0D0A_0D0A_000D_0A51L;
    private static final int UNIQUE = 0x05;
    private static final int SERVICE = 0xE0;
    private static final int CHECKSUM = 0x03;

    private ToldStream(String ends, byte[] body) {
        this(ends, ByteBuffer.wrap(body), "", "");
    }

    /// Reads the bytes of a stream or of a datagram. A wrong checksum fails.
    static ToldStream of(byte[] stream) {
        if (stream.length > 6
                && new String(stream, 0, 6, StandardCharsets.US_ASCII).equals("PROXY ")) {
            return text(stream);
        }
        if (stream.length < 16 || ByteBuffer.wrap(stream).getLong() != SIGNATURE) {
            return new ToldStream("", stream);
        }
        return binary(stream);
    }

    private static ToldStream text(byte[] stream) {
        int end = 0;
        while (stream[end] != '\n') {
            end++;
        }
        String[] words = new String(stream, 0, end - 1, StandardCharsets.US_ASCII).split(" ", -1);
        return new ToldStream(
                ends(words[2], words[3], words[4], words[5]),
                Arrays.copyOfRange(stream, end + 1, stream.length));
    }

    private static ToldStream binary(byte[] stream) {
        ByteBuffer bytes = ByteBuffer.wrap(stream);
        int length = stream[13] >> 4 == 1 ? 4 : 16;
        int end = 16 + bytes.getShort(14);
        int ports = 16 + 2 * length;
        int at = ports + 4;
        String unique = "";
        String service = "";
        while (at < end) {
            int size = bytes.getShort(at + 1);
            byte[] value = Arrays.copyOfRange(stream, at + 3, at + 3 + size);
            switch (stream[at] & 0xFF) {
                case UNIQUE -> unique = new String(value, StandardCharsets.US_ASCII);
                case SERVICE -> service = new String(value, StandardCharsets.US_ASCII);
                case CHECKSUM ->
                        assertThat(ByteBuffer.wrap(value).getInt())
                                .as("CRC32c")
                                .isEqualTo(checksum(stream, end, at + 3));
                default -> throw new AssertionError("TLV of type " + stream[at]);
            }
            at += 3 + size;
        }
        return new ToldStream(
                ends(
                        address(stream, 16, length),
                        address(stream, 16 + length, length),
                        String.valueOf(bytes.getShort(ports) & 0xFFFF),
                        String.valueOf(bytes.getShort(ports + 2) & 0xFFFF)),
                ByteBuffer.wrap(Arrays.copyOfRange(stream, end, stream.length)),
                unique,
                service);
    }

    private static int checksum(byte[] stream, int end, int at) {
        byte[] blank = Arrays.copyOf(stream, end);
        Arrays.fill(blank, at, at + Integer.BYTES, (byte) 0);
        CRC32C sum = new CRC32C();
        sum.update(blank);
        return (int) sum.getValue();
    }

    private static String address(byte[] stream, int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i += length == 4 ? 1 : 2) {
            String part =
                    length == 4
                            ? String.valueOf(stream[at + i] & 0xFF)
                            : Integer.toHexString(
                                    ByteBuffer.wrap(stream).getShort(at + i) & 0xFFFF);
            text.append(i == 0 ? "" : length == 4 ? "." : ":").append(part);
        }
        return text.toString();
    }

    /// Both ends as [#ends()] has them.
    static String ends(String from, String to, String fromPort, String toPort) {
        return IpAddress.parse(from) + " " + IpAddress.parse(to) + " " + fromPort + " " + toPort;
    }

    /// What clients of balancers in front say, in either form.
    static byte[] said(boolean text, int number) {
        if (text) {
            return ("PROXY TCP4 198.18.0.1 198.18.0.2 " + number + " 9\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
        return ByteBuffer.allocate(28)
                .putLong(SIGNATURE)
                .putInt(0x5549_540A)
                .putInt(0x2111_000C)
                .putLong(0xC612_0001_C612_0002L)
                .putShort((short) number)
                .putShort((short) 9)
                .array();
    }
}
