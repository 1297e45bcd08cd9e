// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.util.Arrays;

/// Looks for bytes in bytes. Thread-safe.
final class Bytes {
    private Bytes() {}

    /// Whether some are in others.
    ///
    /// @param in where to look
    /// @param from first place
    /// @param to behind the last
    /// @param sought any
    static boolean contain(byte[] in, int from, int to, byte[] sought) {
        for (int at = from; at <= to - sought.length; at++) {
            if (Arrays.equals(in, at, at + sought.length, sought, 0, sought.length)) {
                return true;
            }
        }
        return false;
    }
}
