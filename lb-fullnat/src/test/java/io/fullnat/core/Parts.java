// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Cuts packets of both families into fragments as their sender would (RFC 791 §3.2, RFC 8200
/// §4.5), and makes packets of fragments as their receiver would, with arithmetic of its own.
/// Untagged Ethernet frames; packets without extension headers. Where one is cut all fragments have
/// its options of IPv4.
final class Parts {
    private static final int IP = 14;
    private static final int MORE_4 = 0x2000;
    private static final int OFFSET_4 = 0x1FFF;
    private static final int HEADER_4 = 20;
    private static final int HEADER_6 = 40;
    private static final int FRAGMENT_HEADER = 8;
    private static final int FRAGMENT = 44;
    private static final int MIN_FRAME = 60;

    private Parts() {}

    /// Bytes that look like none in front of them for a long while.
    ///
    /// @param salt for others
    static byte[] noise(int length, int salt) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + salt);
        }
        return bytes;
    }

    static byte[] noise(int length) {
        return noise(length, 0);
    }

    /// Cuts a packet.
    ///
    /// @param frame with the packet
    /// @param identification of its fragments
    /// @param length of each fragment's payload but the last one's, a multiple of 8
    static List<byte[]> cut(byte[] frame, int identification, int length) {
        int payload = end(frame) - header(frame);
        List<byte[]> parts = new ArrayList<>();
        for (int at = 0; at < payload; at += length) {
            int to = Math.min(payload, at + length);
            parts.add(part(frame, identification, at, to, to < payload));
        }
        return parts;
    }

    /// Cuts one fragment out of a packet.
    ///
    /// @param from the first byte of its payload
    /// @param to behind the last one
    /// @param more what it says of others behind
    static byte[] part(byte[] frame, int identification, int from, int to, boolean more) {
        boolean wide = isWide(frame);
        int header = header(frame);
        int extension = wide ? FRAGMENT_HEADER : 0;
        byte[] part = new byte[header + extension + to - from];
        System.arraycopy(frame, 0, part, 0, header);
        System.arraycopy(frame, header + from, part, header + extension, to - from);
        ByteBuffer bytes = ByteBuffer.wrap(part);
        if (wide) {
            bytes.putShort(IP + 4, (short) (extension + to - from));
            part[IP + 6] = FRAGMENT;
            part[header] = frame[IP + 6];
            bytes.putShort(header + 2, (short) (from | (more ? 1 : 0)));
            bytes.putInt(header + 4, identification);
        } else {
            bytes.putShort(IP + 2, (short) (part.length - IP));
            bytes.putShort(IP + 4, (short) identification);
            bytes.putShort(IP + 6, (short) (from / 8 | (more ? MORE_4 : 0)));
            sign(part);
        }
        return part;
    }

    /// A fragment that says to belong elsewhere.
    static byte[] moved(byte[] part, int offset) {
        byte[] moved = part.clone();
        ByteBuffer bytes = ByteBuffer.wrap(moved);
        if (isWide(part)) {
            bytes.putShort(IP + HEADER_6 + 2, (short) (offset | (hasMore(part) ? 1 : 0)));
        } else {
            bytes.putShort(IP + 6, (short) (offset / 8 | (hasMore(part) ? MORE_4 : 0)));
            sign(moved);
        }
        return moved;
    }

    /// Makes the packet again, whatever the order of its fragments is.
    ///
    /// @param frames all fragments of one packet
    /// @return the frame of the whole one, as long as Ethernet wants it: the headers of the first
    ///   fragment, those of IPv4 without the identification, which the balancer chooses, all
    ///   payloads
    static byte[] joined(List<byte[]> frames) {
        List<byte[]> sorted =
                frames.stream().sorted((a, b) -> Integer.compare(offset(a), offset(b))).toList();
        byte[] first = sorted.getFirst();
        byte[] whole = Arrays.copyOf(first, header(first));
        for (int i = 0; i < sorted.size(); i++) {
            byte[] part = sorted.get(i);
            assertThat(offset(part))
                    .as("no gap, no overlap")
                    .isEqualTo(whole.length - header(first));
            assertThat(hasMore(part)).as("more").isEqualTo(i < sorted.size() - 1);
            assertThat(Arrays.copyOf(part, IP))
                    .as("link header")
                    .isEqualTo(Arrays.copyOf(first, IP));
            assertThat(constants(part)).as("what all have in common").isEqualTo(constants(first));
            int from = header(part) + (isWide(part) ? FRAGMENT_HEADER : 0);
            if (hasMore(part)) {
                assertThat((end(part) - from) % 8).as("in units of 8").isZero();
            }
            if (!isWide(part)) {
                byte[] signed = part.clone();
                sign(signed);
                assertThat(signed).as("header checksum").isEqualTo(part);
            }
            int at = whole.length;
            whole = Arrays.copyOf(whole, at + end(part) - from);
            System.arraycopy(part, from, whole, at, end(part) - from);
        }
        ByteBuffer bytes = ByteBuffer.wrap(whole);
        if (isWide(first)) {
            bytes.putShort(IP + 4, (short) (whole.length - IP - HEADER_6));
            whole[IP + 6] = first[IP + HEADER_6];
        } else {
            bytes.putShort(IP + 2, (short) (whole.length - IP));
            bytes.putShort(IP + 4, (short) 0);
            bytes.putShort(IP + 6, (short) (word(first, IP + 6) & ~(MORE_4 | OFFSET_4)));
            sign(whole);
        }
        return whole.length < MIN_FRAME ? Arrays.copyOf(whole, MIN_FRAME) : whole;
    }

    /// Of IPv4 the type of service, identification, flags but for that of more, time to live and
    /// protocol, of IPv6 class, label, header and hop limit, protocol and identification;
    /// addresses.
    private static List<Integer> constants(byte[] frame) {
        List<Integer> constants = new ArrayList<>();
        if (isWide(frame)) {
            for (int at : new int[] {0, 2, 6}) {
                constants.add(word(frame, IP + at));
            }
            constants.add(frame[IP + HEADER_6] & 0xFF);
        } else {
            constants.add(frame[IP + 1] & 0xFF);
            constants.add(word(frame, IP + 6) & ~(MORE_4 | OFFSET_4));
            constants.add(word(frame, IP + 8));
        }
        constants.add(identification(frame));
        int addresses = isWide(frame) ? 8 : 12;
        int end = isWide(frame) ? HEADER_6 : HEADER_4;
        for (int at = addresses; at < end; at += 2) {
            constants.add(word(frame, IP + at));
        }
        return constants;
    }

    /// The bytes between the fixed part of an IPv4 header and the payload.
    static byte[] options(byte[] frame) {
        return Arrays.copyOfRange(frame, IP + HEADER_4, header(frame));
    }

    /// Where the payload of a fragment belongs.
    static int offset(byte[] frame) {
        return isWide(frame)
                ? word(frame, IP + HEADER_6 + 2) & ~7
                : (word(frame, 20) & OFFSET_4) * 8;
    }

    static boolean hasMore(byte[] frame) {
        return isWide(frame)
                ? (word(frame, IP + HEADER_6 + 2) & 1) != 0
                : (word(frame, 20) & MORE_4) != 0;
    }

    static int identification(byte[] frame) {
        return isWide(frame)
                ? ByteBuffer.wrap(frame).getInt(IP + HEADER_6 + 4)
                : word(frame, IP + 4);
    }

    /// Bytes of the packet in a frame.
    static int totalLength(byte[] frame) {
        return end(frame) - IP;
    }

    private static int end(byte[] frame) {
        return isWide(frame) ? IP + HEADER_6 + word(frame, IP + 4) : IP + word(frame, IP + 2);
    }

    /// Where the payload begins, behind options or in front of a fragment header.
    static int header(byte[] frame) {
        return IP + (isWide(frame) ? HEADER_6 : (frame[IP] & 0x0F) * 4);
    }

    private static boolean isWide(byte[] frame) {
        return frame[IP] >>> 4 == 6;
    }

    private static void sign(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        bytes.putShort(IP + 10, (short) 0);
        int sum = 0;
        for (int at = IP; at < header(frame); at += 2) {
            sum += word(frame, at);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        bytes.putShort(IP + 10, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
    }

    private static int word(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }
}
