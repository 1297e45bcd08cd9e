// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The hash functions by which DPVS (v1.10.2) chooses servers. For one thread; nothing is allocated
/// after construction.
final class DpvsHashes {
    private static final long MULTIPLIER = 3_221_225_473L;
    private static final VarHandle WORDS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int LONGEST = 55;

    private final MessageDigest md5 = newMd5();
    private final byte[] block = new byte[LONGEST];
    private final byte[] sum = new byte[16];
    private int length;

    private static MessageDigest newMd5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a Java without MD5, which each has", e);
        }
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
        long a = sumOfWords();
        a = a + 0x7ED5_5D16L + (a << 12);
        a = a ^ 0xC761_C23CL ^ a >>> 19;
        a = a + 0x1656_67B1L + (a << 5);
        a = a + 0xD3A2_646CL ^ a << 9;
        a = a + 0xFD70_46C5L + (a << 3);
        a = a ^ 0xB55A_4F09L ^ a >>> 16;
        return a * MULTIPLIER;
    }

    /// The sum of the four words of the text's MD5 (RFC 1321).
    private long sumOfWords() {
        md5.update(block, 0, length);
        try {
            md5.digest(sum, 0, sum.length);
        } catch (DigestException e) {
            throw new IllegalStateException("no room for an MD5", e);
        }
        return word(0) + word(1) + word(2) + word(3);
    }

    private long word(int number) {
        return (int) WORDS.get(sum, number * Integer.BYTES) & 0xFFFF_FFFFL;
    }
}
