// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

/// SipHash-2-4 (Aumasson, Bernstein 2012) over whole words, little-endian. Used again and again by
/// one thread.
final class SipHash {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /// Starts with a key.
    SipHash begin(long k0, long k1) {
        v0 = k0 ^ 0x736F_6D65_7073_6575L;
        v1 = k1 ^ 0x646F_7261_6E64_6F6DL;
        v2 = k0 ^ 0x6C79_6765_6E65_7261L;
        v3 = k1 ^ 0x7465_6462_7974_6573L;
        return this;
    }

    /// Takes eight bytes more.
    SipHash add(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
        return this;
    }

    /// @param length of the message in bytes, in the uppermost byte
    long end(long length) {
        add(length);
        v2 ^= 0xFF;
        for (int i = 0; i < 4; i++) {
            round();
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
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
    }
}
