// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import java.util.random.RandomGeneratorFactory;

/// Bytes that both ends can make without telling each other.
final class Body {
    private Body() {}

    static byte[] of(long seed, int length) {
        byte[] bytes = new byte[length];
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed).nextBytes(bytes);
        return bytes;
    }
}
