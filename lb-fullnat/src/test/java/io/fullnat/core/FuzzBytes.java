// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.util.Arrays;

/// Reads what a fuzzer made up. At the end of the input all numbers are 0, so that each input means
/// something, and one that is longer than another begins as it.
final class FuzzBytes {
    private final byte[] bytes;
    private int at;

    FuzzBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isEmpty() {
        return at >= bytes.length;
    }

    /// A number from 0 to 255.
    int next() {
        return isEmpty() ? 0 : bytes[at++] & 0xFF;
    }

    /// A number from 0 to 65535.
    int nextShort() {
        return next() << 8 | next();
    }

    /// The next bytes, fewer at the end.
    byte[] next(int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] some = Arrays.copyOfRange(bytes, Math.min(at, end), end);
        at = end;
        return some;
    }

    @SafeVarargs
    final <T> T of(T... choices) {
        return choices[next() % choices.length];
    }
}
