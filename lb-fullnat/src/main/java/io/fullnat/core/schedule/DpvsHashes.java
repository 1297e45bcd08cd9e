// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

/// The hash functions by which DPVS (v1.10.2) chooses servers. For one thread; nothing is allocated
/// after construction.
final class DpvsHashes {
    private static final long MULTIPLIER = 3_221_225_473L;
    private static final int[] SHIFTS = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    private static final int[] SINES = sines();
    private static final int LONGEST = 55;

    private final byte[] block = new byte[64];
    private final int[] words = new int[16];
    private int length;

    /// The table of RFC 1321 §3.4.
    private static int[] sines() {
        int[] sines = new int[64];
        for (int i = 0; i < sines.length; i++) {
            sines[i] = (int) (long) (Math.abs(StrictMath.sin(i + 1)) * 0x1p32);
        }
        return sines;
    }

    /// SipHash-1-3 of four bytes, the low 32 bits.
    ///
    /// @param input the bytes, least significant first
    /// @param key both words of it
    static int sip(int input, long key) {
        long v0 = key ^ 0x736F_6D65_7073_6575L;
        long v1 = key ^ 0x646F_7261_6E64_6F6DL;
        long v2 = key ^ 0x6C79_6765_6E65_7261L;
        long v3 = key ^ 0x7465_6462_7974_6573L;
        long last = (4L << 56) | (input & 0xFFFF_FFFFL);
        v3 ^= last;
        for (int round = 0; round < 4; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            if (round == 0) {
                v0 ^= last;
                v2 ^= 0xFF;
            }
        }
        return (int) (v0 ^ v1 ^ v2 ^ v3);
    }

    /// The four words of an address of IPv6, exclusively or'ed; that of one of IPv4.
    ///
    /// @param high first half, 0 of IPv4
    /// @param low last half
    /// @param ipv6 of which family it is
    static int fold(long high, long low, boolean ipv6) {
        return ipv6 ? (int) (high >>> 32 ^ high ^ low >>> 32 ^ low) : (int) low;
    }

    /// Begins a text for [#ring].
    DpvsHashes begin() {
        length = 0;
        return this;
    }

    /// Goes on with ASCII.
    ///
    /// @throws IllegalArgumentException if the whole is longer than 55 characters
    DpvsHashes add(String text) {
        for (int i = 0; i < text.length(); i++) {
            add(text.charAt(i));
        }
        return this;
    }

    private void add(char character) {
        if (length == LONGEST) {
            throw new IllegalArgumentException("a text longer than " + LONGEST);
        }
        block[length++] = (byte) character;
    }

    /// Goes on with a decimal number of some digits at least.
    DpvsHashes add(long number, int digits) {
        long power = 1;
        for (int i = 1; i < digits || number / power >= 10; i++) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            add((char) ('0' + number / power % 10));
        }
        return this;
    }

    /// The place of the text on a ring: of its MD5 the sum of the words, mixed.
    ///
    /// @return as a signed number
    long ring() {
        long a = md5();
        a = a + 0x7ED5_5D16L + (a << 12);
        a = a ^ 0xC761_C23CL ^ a >>> 19;
        a = a + 0x1656_67B1L + (a << 5);
        a = a + 0xD3A2_646CL ^ a << 9;
        a = a + 0xFD70_46C5L + (a << 3);
        a = a ^ 0xB55A_4F09L ^ a >>> 16;
        return a * MULTIPLIER;
    }

    /// The sum of the four words of the text's MD5 (RFC 1321), which fits into one block.
    private long md5() {
        for (int i = 0; i < words.length; i++) {
            words[i] = 0;
        }
        for (int i = 0; i < length; i++) {
            words[i / 4] |= (block[i] & 0xFF) << (i % 4 * 8);
        }
        words[length / 4] |= 0x80 << (length % 4 * 8);
        words[14] = length * 8;
        int a = 0x6745_2301;
        int b = 0xEFCD_AB89;
        int c = 0x98BA_DCFE;
        int d = 0x1032_5476;
        for (int i = 0; i < 64; i++) {
            int mixed = a + function(i, b, c, d) + SINES[i] + words[word(i)];
            a = d;
            d = c;
            c = b;
            b += Integer.rotateLeft(mixed, SHIFTS[i / 16 * 4 + i % 4]);
        }
        return unsigned(a + 0x6745_2301)
                + unsigned(b + 0xEFCD_AB89)
                + unsigned(c + 0x98BA_DCFE)
                + unsigned(d + 0x1032_5476);
    }

    private static int function(int i, int b, int c, int d) {
        return switch (i / 16) {
            case 0 -> (b & c) | (~b & d);
            case 1 -> (b & d) | (c & ~d);
            case 2 -> b ^ c ^ d;
            default -> c ^ (b | ~d);
        };
    }

    private static int word(int i) {
        return switch (i / 16) {
            case 0 -> i;
            case 1 -> (5 * i + 1) % 16;
            case 2 -> (3 * i + 5) % 16;
            default -> 7 * i % 16;
        };
    }

    private static long unsigned(int word) {
        return word & 0xFFFF_FFFFL;
    }
}
