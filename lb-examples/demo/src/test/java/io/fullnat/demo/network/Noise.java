// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

/// Bytes in which nothing is where something else belongs for long.
final class Noise {
    private Noise() {}

    static byte[] of(int length) {
        return of(length, 0);
    }

    /// @param salt for others
    static byte[] of(int length, int salt) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + salt);
        }
        return bytes;
    }
}
