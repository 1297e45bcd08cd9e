// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// The buckets of services over all workers: a word in a cache line of its own for each slot.
/// Taking a token is one atomic step.
///
/// **Thread-safety:** all methods, by any thread.
public final class ServiceRates implements AutoCloseable {
    private final Region region;

    /// Buckets that are full.
    ///
    /// @param slots how many
    public ServiceRates(int slots) {
        region = Region.allocateSparse((long) slots * Region.CACHE_LINE, "rates of services");
    }

    /// Takes a token, if there is one.
    ///
    /// @param slot of the service
    /// @param tokens its rate
    /// @param now the present time, as [Tokens#time] has it
    /// @return false if there is none
    public boolean take(int slot, Tokens tokens, long now) {
        long at = region.address() + (long) slot * Region.CACHE_LINE;
        while (true) {
            long word = Memory.getLongAcquire(at);
            long full = tokens.settled(word, now);
            boolean has = tokens.has(full, now);
            if (!has && full == word) {
                return false;
            }
            if (Memory.compareAndSetLong(at, word, has ? tokens.after(full, now) : full)) {
                return has;
            }
        }
    }

    /// Whether there is a token now.
    ///
    /// @param slot of the service
    /// @param tokens its rate
    /// @param now the present time, as [Tokens#time] has it
    /// @return true if [#take] would take one
    public boolean has(int slot, Tokens tokens, long now) {
        long word = Memory.getLongAcquire(region.address() + (long) slot * Region.CACHE_LINE);
        return tokens.has(tokens.settled(word, now), now);
    }

    /// Gives back a token that was taken.
    ///
    /// @param slot of the service
    /// @param tokens its rate
    public void giveBack(int slot, Tokens tokens) {
        Memory.addLongAtomically(
                region.address() + (long) slot * Region.CACHE_LINE, -tokens.cost());
    }

    /// Fills a bucket, for a service that gets the slot.
    ///
    /// @param slot that no worker uses
    public void fill(int slot) {
        Memory.zero(region.address() + (long) slot * Region.CACHE_LINE, Region.CACHE_LINE);
    }

    @Override
    public void close() {
        region.close();
    }
}
