// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// How often one rule that names a set has decided, on each worker by itself: a word of the
/// worker's own, beside those of other rules.
///
/// Each worker adds to its word with plain arithmetic; others read whole words, which may be a
/// moment old.
public final class UseCount {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[][] byWorker;
    private final int index;

    private UseCount(long[][] byWorker, int index) {
        this.byWorker = byWorker;
        this.index = index;
    }

    /// Worker: the rule has decided.
    ///
    /// @param worker its number
    public void add(int worker) {
        long[] words = byWorker[worker];
        WORDS.setOpaque(words, index, words[index] + 1);
    }

    /// How often over all workers.
    ///
    /// @return a sum that only grows
    public long sum() {
        long sum = 0;
        for (long[] words : byWorker) {
            sum += (long) WORDS.getOpaque(words, index);
        }
        return sum;
    }

    /// Makes counts, many beside each other on each worker, and none in a cache line of another
    /// worker. A count is never given twice, as workers may still add to one that nobody reads. For
    /// one thread.
    public static final class Source {
        private static final int COUNTS = 64;
        private static final int LINE = 8;

        private final int workers;
        private long[][] block = {};
        private int used = COUNTS;

        /// Makes none yet.
        ///
        /// @param workers how many
        public Source(int workers) {
            this.workers = workers;
        }

        /// Makes one.
        ///
        /// @return of 0
        public UseCount next() {
            if (used == COUNTS) {
                block = new long[workers][COUNTS + 2 * LINE];
                used = 0;
            }
            return new UseCount(block, LINE + used++);
        }
    }
}
