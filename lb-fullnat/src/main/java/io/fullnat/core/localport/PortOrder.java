// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;

/// The order in which a worker's ports are given out towards one real server: a secret permutation
/// of their places, another one for each pair of local address and real server. A walk through its
/// positions meets each port once before it meets any again, and the next port cannot be told from
/// those before without the secret (RFC 6056 §2 and §3.3).
///
/// A Feistel network of four rounds (Luby and Rackoff 1988) over the next power of two, whose
/// results are permuted again until one is a place (Black and Rogaway 2002, "cycle walking"): less
/// than two turns on average, and nothing to store.
///
/// Immutable and thread-safe.
final class PortOrder {
    private final int count;
    private final int low;
    private final int lowMask;
    private final int highMask;
    private final long secret0;
    private final long secret1;
    private final long secret2;
    private final long secret3;

    /// The order of a number of ports.
    ///
    /// @param count how many
    /// @param seed the worker's secret
    PortOrder(int count, long seed) {
        this.count = count;
        int bits = Math.max(2, Integer.SIZE - Integer.numberOfLeadingZeros(count - 1));
        low = bits / 2;
        lowMask = (1 << low) - 1;
        highMask = (1 << (bits - low)) - 1;
        secret0 = mix(seed ^ 0x9E37_79B9_7F4A_7C15L, 0xD1B5_4A32_D192_ED03L);
        secret1 = mix(secret0 ^ 0xA24B_AED4_963E_E407L, 0x9FB2_1C65_1E98_DF25L);
        secret2 = mix(secret1 ^ 0x8CB9_2BA7_2F3D_8DD7L, 0xE703_7ED1_A0B4_28DBL);
        secret3 = mix(secret2 ^ 0x8EBC_6AF0_9C88_C6E3L, 0x5899_65CC_7537_4CC3L);
    }

    /// The 128-bit product folded, as the connection index hashes.
    private static long mix(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }

    /// A word for the addresses of a pair of IPv6. That two pairs have the same one is as good as
    /// impossible, and would do no harm.
    ///
    /// @param addresses where 32 bytes lie: real server and local address
    /// @return in place of the eight bytes of IPv4
    long word(long addresses) {
        long server =
                mix(Memory.getLong(addresses) ^ secret2, Memory.getLong(addresses + 8) ^ secret3);
        return mix(
                Memory.getLong(addresses + 16) ^ server, Memory.getLong(addresses + 24) ^ secret0);
    }

    /// What selects the permutation of a pair.
    ///
    /// @param addresses real server and local address; of IPv6 their [#word]
    /// @param serverPort the real server's port
    /// @param protocol the protocol number
    /// @return a word that is not 0
    long key(long addresses, int serverPort, int protocol) {
        long ports = (serverPort & 0xFFFF) | ((long) protocol << 16);
        return mix(addresses ^ secret0, ports ^ secret1) | 1;
    }

    /// The place at a position of the walk.
    ///
    /// @param key of the pair
    /// @param position 0 to count - 1
    /// @return 0 to count - 1
    int place(long key, int position) {
        int value = position;
        do {
            int left = value >>> low;
            int right = value & lowMask;
            left ^= round(key, right, secret0, secret1) & highMask;
            right ^= round(key, left, secret1, secret2) & lowMask;
            left ^= round(key, right, secret2, secret3) & highMask;
            right ^= round(key, left, secret3, secret0) & lowMask;
            value = left << low | right;
        } while (value >= count);
        return value;
    }

    /// The position of a place: the inverse of [#place].
    ///
    /// @param key of the pair
    /// @param place 0 to count - 1
    /// @return 0 to count - 1
    int position(long key, int place) {
        int value = place;
        do {
            int left = value >>> low;
            int right = value & lowMask;
            right ^= round(key, left, secret3, secret0) & lowMask;
            left ^= round(key, right, secret2, secret3) & highMask;
            right ^= round(key, left, secret1, secret2) & lowMask;
            left ^= round(key, right, secret0, secret1) & highMask;
            value = left << low | right;
        } while (value >= count);
        return value;
    }

    private static int round(long key, int half, long secret, long other) {
        return (int) mix(key ^ secret, half ^ other);
    }
}
