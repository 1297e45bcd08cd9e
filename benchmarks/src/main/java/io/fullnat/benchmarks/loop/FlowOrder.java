// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

/// Which flow the next packet belongs to. For one thread.
interface FlowOrder {
    /// The next flow.
    ///
    /// @return a number from 0
    int next();

    /// One after the other, then again from the first.
    static FlowOrder inOrder(int flows) {
        return inOrder(flows, 0);
    }

    /// One after the other from a first one, then again from there.
    static FlowOrder inOrder(int flows, int first) {
        return new FlowOrder() {
            private int next;

            @Override
            public int next() {
                int flow = next;
                next = flow + 1 < flows ? flow + 1 : 0;
                return first + flow;
            }
        };
    }

    /// Evenly at random (xorshift, Marsaglia 2003), the same each time.
    static FlowOrder random(int flows) {
        return new FlowOrder() {
            private long state = 88_172_645_463_325_252L;

            @Override
            public int next() {
                state ^= state << 13;
                state ^= state >>> 7;
                state ^= state << 17;
                return (int) (((state >>> 33) * flows) >>> 31);
            }
        };
    }
}
