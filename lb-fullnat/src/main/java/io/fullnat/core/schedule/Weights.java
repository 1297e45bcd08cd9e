// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

/// What the weights of a service's servers have in common.
final class Weights {
    private Weights() {}

    /// The greatest common divisor of weights.
    ///
    /// @return 0 if none is above 0
    static int divisor(int[] weights) {
        int divisor = 0;
        for (int weight : weights) {
            divisor = gcd(weight, divisor);
        }
        return divisor;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
