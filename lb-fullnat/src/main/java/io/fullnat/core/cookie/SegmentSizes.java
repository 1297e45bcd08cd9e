// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

/// The segment sizes that a cookie can say: those that links in use have, of both families, with
/// and without what tunnels take. A client that says another one gets the next smaller: never more
/// than it has said, but for those below 48 bytes, to which Linux sends no smaller segments either.
final class SegmentSizes {
    /// Bits of an index.
    static final int BITS = 4;

    private static final int[] SIZES = {
        48, 216, 300, 536, 1220, 1300, 1360, 1380, 1400, 1412, 1432, 1440, 1452, 1460, 8940, 8960
    };

    private SegmentSizes() {}

    /// The index of the largest size that is not above another.
    ///
    /// @param size 0 to 65535
    /// @return 0 to 15
    static int index(int size) {
        int index = SIZES.length - 1;
        while (index > 0 && SIZES[index] > size) {
            index--;
        }
        return index;
    }

    /// The size of an index.
    ///
    /// @param index 0 to 15
    /// @return 48 to 8960
    static int size(int index) {
        return SIZES[index];
    }
}
