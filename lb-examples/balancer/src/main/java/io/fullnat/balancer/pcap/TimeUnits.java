// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// What an interface of pcapng counts time in. Immutable and thread-safe.
///
/// @param perSecond how many make a second, unsigned
/// @param offsetSeconds added to all
record TimeUnits(long perSecond, long offsetSeconds) {
    /// The resolution where none is said.
    static final int MICROSECONDS = 6;

    private static final int POWER_OF_TWO = 0x80;
    private static final int MAX_TENS = 19;
    private static final int MAX_TWOS = 63;
    private static final long SECOND = 1_000_000_000;

    /// The units of an option `if_tsresol`.
    ///
    /// @param resolution the negative exponent of ten, or of two if its highest bit is set
    /// @return null if no such time fits 64 bits
    static @Nullable TimeUnits of(int resolution, long offsetSeconds) {
        int exponent = resolution & (POWER_OF_TWO - 1);
        boolean ofTwo = (resolution & POWER_OF_TWO) != 0;
        if (exponent > (ofTwo ? MAX_TWOS : MAX_TENS)) {
            return null;
        }
        long units = BigInteger.valueOf(ofTwo ? 2 : 10).pow(exponent).longValue();
        return new TimeUnits(units, offsetSeconds);
    }

    /// Nanoseconds since 1970.
    ///
    /// @param time unsigned
    /// @return what fits of it
    long nanos(long time) {
        long seconds = Long.divideUnsigned(time, perSecond) + offsetSeconds;
        long rest = Long.remainderUnsigned(time, perSecond);
        return seconds * SECOND + fraction(rest);
    }

    private long fraction(long rest) {
        if (Math.unsignedMultiplyHigh(rest, SECOND) == 0) {
            return Long.divideUnsigned(rest * SECOND, perSecond);
        }
        BigInteger exact = new BigInteger(Long.toUnsignedString(rest));
        return exact.multiply(BigInteger.valueOf(SECOND))
                .divide(new BigInteger(Long.toUnsignedString(perSecond)))
                .longValue();
    }
}
