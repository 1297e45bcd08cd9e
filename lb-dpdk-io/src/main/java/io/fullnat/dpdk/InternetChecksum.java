// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;

/// The Internet checksum (RFC 1071), summed in the machine's order, little endian: the sum of
/// swapped words is the swapped sum.
final class InternetChecksum {
    private InternetChecksum() {}

    /// Adds bytes to a sum. A part that is not the last has an even number of them.
    ///
    /// @param sum of what stands before
    /// @return the sum, not folded
    static long add(long sum, long address, int length) {
        long total = sum;
        long at = address;
        int left = length;
        for (; left >= Integer.BYTES; left -= Integer.BYTES, at += Integer.BYTES) {
            total += Memory.getInt(at) & 0xFFFF_FFFFL;
        }
        if (left >= Short.BYTES) {
            total += Memory.getUnsignedShort(at);
            at += Short.BYTES;
            left -= Short.BYTES;
        }
        return left == 0 ? total : total + Memory.getUnsignedByte(at);
    }

    /// What to store, in the machine's order, where zeroes were summed.
    static int fold(long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) ~folded & 0xFFFF;
    }
}
