// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// The Toeplitz hash of NICs (Krawczyk, "LFSR-based Hashing and Authentication", 1994; Microsoft,
/// "RSS Hashing Functions"): for each bit of the input that is set, the 32 bits of the key from
/// there on, all combined by exclusive or.
///
/// Since it is linear, a table of 256 results for each byte of the input gives it by one look-up a
/// byte: 12 KiB for a tuple of IPv4, 36 KiB for one of IPv6.
///
/// Immutable and thread-safe.
public final class Toeplitz {
    private static final int VALUES = 256;
    private static final int HASH_BITS = 32;

    private final int inputLength;
    private final int[] tables;

    /// A hash.
    ///
    /// @param key longer by 4 bytes than the input, at least
    /// @param inputLength bytes to be hashed: 12 for addresses and ports over IPv4, 36 over IPv6
    /// @throws IllegalArgumentException if the key is too short
    public Toeplitz(byte[] key, int inputLength) {
        if (key.length < inputLength + Integer.BYTES) {
            throw new IllegalArgumentException(
                    "a key of "
                            + key.length
                            + " bytes is too short for "
                            + inputLength
                            + " bytes; it needs "
                            + (inputLength + Integer.BYTES));
        }
        this.inputLength = inputLength;
        tables = new int[inputLength * VALUES];
        for (int at = 0; at < inputLength; at++) {
            for (int value = 0; value < VALUES; value++) {
                tables[at * VALUES + value] = ofByte(key, at, value);
            }
        }
    }

    private static int ofByte(byte[] key, int at, int value) {
        int hash = 0;
        for (int bit = 0; bit < Byte.SIZE; bit++) {
            if ((value & 0x80 >>> bit) != 0) {
                hash ^= window(key, at * Byte.SIZE + bit);
            }
        }
        return hash;
    }

    /// The 32 bits of the key that begin at a bit.
    private static int window(byte[] key, int from) {
        int window = 0;
        for (int bit = from; bit < from + HASH_BITS; bit++) {
            int set = key[bit >>> 3] >>> (7 - (bit & 7)) & 1;
            window = window << 1 | set;
        }
        return window;
    }

    /// Hashes bytes.
    ///
    /// @param input source address, destination address, source port, destination port, each in
    ///   network order
    /// @return the hash
    public int hash(byte[] input) {
        if (input.length != inputLength) {
            throw new IllegalArgumentException(input.length + " bytes are not " + inputLength);
        }
        int hash = 0;
        for (int at = 0; at < input.length; at++) {
            hash ^= tables[at * VALUES + (input[at] & 0xFF)];
        }
        return hash;
    }

    /// Hashes the tuple of a packet over IPv4: twelve look-ups.
    ///
    /// @param addresses source and destination address, as the eight bytes lie in the packet, read
    ///   as one little-endian word
    /// @param ports source and destination port, likewise four bytes
    /// @return the hash
    public int hash(long addresses, int ports) {
        return ofWord(0, addresses) ^ ofPorts(Long.BYTES, ports);
    }

    /// Hashes the tuple of a packet over IPv6: 36 look-ups.
    ///
    /// @param source0 the first eight bytes of the source address as they lie in the packet, read
    ///   as one little-endian word
    /// @param source1 the last eight, likewise
    /// @param destination0 the first eight bytes of the destination address
    /// @param destination1 the last eight
    /// @param ports source and destination port, likewise four bytes
    /// @return the hash
    public int hash(long source0, long source1, long destination0, long destination1, int ports) {
        return ofWord(0, source0)
                ^ ofWord(Long.BYTES, source1)
                ^ ofWord(2 * Long.BYTES, destination0)
                ^ ofWord(3 * Long.BYTES, destination1)
                ^ ofPorts(4 * Long.BYTES, ports);
    }

    /// The part of eight bytes of the input.
    private int ofWord(int from, long word) {
        int hash = 0;
        for (int at = 0; at < Long.BYTES; at++) {
            hash ^= tables[(from + at) * VALUES + ((int) (word >>> (at * Byte.SIZE)) & 0xFF)];
        }
        return hash;
    }

    private int ofPorts(int from, int ports) {
        int hash = 0;
        for (int at = 0; at < Integer.BYTES; at++) {
            hash ^= tables[(from + at) * VALUES + (ports >>> (at * Byte.SIZE) & 0xFF)];
        }
        return hash;
    }
}
