// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

/// SipHash-2-4 (Aumasson, Bernstein 2012) over whole words, little-endian. Used again and again by
/// one thread; allocates nothing.
public final class SipHash {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /// A hash that has not begun.
    public SipHash() {}

    /// Starts with a key.
    ///
    /// @param k0 its first eight bytes
    /// @param k1 its last
    /// @return this
    public SipHash begin(long k0, long k1) {
        v0 = k0 ^ 0x736F_6D65_7073_6575L;
        v1 = k1 ^ 0x646F_7261_6E64_6F6DL;
        v2 = k0 ^ 0x6C79_6765_6E65_7261L;
        v3 = k1 ^ 0x7465_6462_7974_6573L;
        return this;
    }

    /// Takes eight bytes more.
    ///
    /// @param word the bytes
    /// @return this
    public SipHash add(long word) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3 ^ word;
        for (int i = 0; i < 2; i++) {
            a += b;
            b = Long.rotateLeft(b, 13) ^ a;
            a = Long.rotateLeft(a, 32);
            c += d;
            d = Long.rotateLeft(d, 16) ^ c;
            a += d;
            d = Long.rotateLeft(d, 21) ^ a;
            c += b;
            b = Long.rotateLeft(b, 17) ^ c;
            c = Long.rotateLeft(c, 32);
        }
        v0 = a ^ word;
        v1 = b;
        v2 = c;
        v3 = d;
        return this;
    }

    /// The hash of what was added and of a last word. Changes nothing: another last word can be
    /// asked for afterwards.
    ///
    /// @param last up to seven bytes more, and in the uppermost the length of the whole message
    /// @return the hash
    public long end(long last) {
        long a = v0;
        long b = v1;
        long c = v2;
        long d = v3 ^ last;
        for (int i = 0; i < 6; i++) {
            if (i == 2) {
                a ^= last;
                c ^= 0xFF;
            }
            a += b;
            b = Long.rotateLeft(b, 13) ^ a;
            a = Long.rotateLeft(a, 32);
            c += d;
            d = Long.rotateLeft(d, 16) ^ c;
            a += d;
            d = Long.rotateLeft(d, 21) ^ a;
            c += b;
            b = Long.rotateLeft(b, 17) ^ c;
            c = Long.rotateLeft(c, 32);
        }
        return a ^ b ^ c ^ d;
    }
}
