// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;

/// Reassembly as RFC 791 §3.2 says it, with arithmetic of its own: what a receiver makes of the
/// frames that came out, in whatever order.
final class Fragments {
    private static final int IP = 14;
    private static final int MORE = 0x2000;

    private Fragments() {}

    /// Puts fragments together.
    ///
    /// @param frames untagged Ethernet frames
    /// @param mtu of the link that they were sent on
    /// @return the frame of the whole packet: the first fragment's headers, all payloads
    static byte[] reassembled(List<byte[]> frames, int mtu) {
        List<byte[]> sorted =
                frames.stream().sorted((a, b) -> Integer.compare(offset(a), offset(b))).toList();
        byte[] first = sorted.getFirst();
        int header = headerLength(first);
        byte[] whole = Arrays.copyOf(first, IP + header);
        for (int i = 0; i < sorted.size(); i++) {
            byte[] frame = sorted.get(i);
            int at = whole.length - IP - header;
            assertThat(offset(frame)).as("no gap, no overlap").isEqualTo(at);
            assertThat(totalLength(frame)).as("fits the link").isLessThanOrEqualTo(mtu);
            assertThat(headerSum(frame)).as("header checksum of offset %d", at).isEqualTo(0xFFFF);
            assertThat(Arrays.copyOf(frame, IP))
                    .as("link header")
                    .isEqualTo(Arrays.copyOf(first, IP));
            assertThat(constants(frame)).as("what all have in common").isEqualTo(constants(first));
            boolean last = i == sorted.size() - 1;
            assertThat(word(frame, 6) & ~0x1FFF).as("flags").isEqualTo(last ? 0 : MORE);
            int length = totalLength(frame) - headerLength(frame);
            if (!last) {
                assertThat(length % 8).as("length in units of 8").isZero();
            }
            int from = whole.length;
            whole = Arrays.copyOf(whole, from + length);
            System.arraycopy(frame, IP + headerLength(frame), whole, from, length);
        }
        putWord(whole, 2, whole.length - IP);
        putWord(whole, 6, 0);
        putWord(whole, 10, 0);
        putWord(whole, 10, ~headerSum(whole));
        return whole;
    }

    /// Type of service, identification, time to live, protocol, addresses.
    private static List<Integer> constants(byte[] frame) {
        return List.of(
                frame[IP + 1] & 0xFF,
                word(frame, 4),
                word(frame, 8),
                word(frame, 12),
                word(frame, 14),
                word(frame, 16),
                word(frame, 18));
    }

    static int headerLength(byte[] frame) {
        return (frame[IP] & 0x0F) * 4;
    }

    static int totalLength(byte[] frame) {
        return word(frame, 2);
    }

    /// Bytes in front of this fragment's payload.
    static int offset(byte[] frame) {
        return (word(frame, 6) & 0x1FFF) * 8;
    }

    /// The bytes between the fixed part of the header and the payload.
    static byte[] options(byte[] frame) {
        return Arrays.copyOfRange(frame, IP + 20, IP + headerLength(frame));
    }

    private static int headerSum(byte[] frame) {
        int sum = 0;
        for (int i = 0; i < headerLength(frame); i += 2) {
            sum += word(frame, i);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private static int word(byte[] frame, int at) {
        return ((frame[IP + at] & 0xFF) << 8) | (frame[IP + at + 1] & 0xFF);
    }

    private static void putWord(byte[] frame, int at, int value) {
        frame[IP + at] = (byte) (value >>> 8);
        frame[IP + at + 1] = (byte) value;
    }
}
