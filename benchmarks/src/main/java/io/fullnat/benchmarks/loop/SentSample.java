// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.PacketBurst;
import java.util.function.LongConsumer;

/// Which of the sent packets are looked at: each 4,177th, counted one by one.
///
/// Traffic comes in turns whose lengths are powers of two and round numbers: 64 requests, then 64
/// answers, of flows that take turns. Divided by 128, the number leaves a rest near 128 over the
/// golden ratio, so that some samples one after the other are spread over requests and answers and
/// over the places in a burst; and it is a prime, so that they wander through all of them and
/// through all flows. For one thread.
public final class SentSample {
    /// How many packets a sample stands for.
    public static final int EACH = 4177;

    private LongConsumer check;
    private int until = EACH - 1;

    /// A sample.
    ///
    /// @param check given the first byte of each packet of it
    public SentSample(LongConsumer check) {
        this.check = check;
    }

    /// Replaces what is done with packets of the sample.
    void check(LongConsumer other) {
        check = other;
    }

    /// Looks at the packets of a burst that are of the sample.
    ///
    /// @param burst about to be sent
    public void look(PacketBurst burst) {
        int size = burst.size();
        while (until < size) {
            check.accept(burst.data(until));
            until += EACH;
        }
        until -= size;
    }
}
