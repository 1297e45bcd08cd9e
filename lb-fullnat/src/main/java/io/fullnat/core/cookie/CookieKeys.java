// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import io.fullnat.api.service.CookieSecrets;
import java.util.Arrays;
import java.util.List;

/// The keys of cookies: of each secret another one every hour, so that what a key gives away is
/// worth nothing in the next. All nodes with a secret make the same. A change of hours invalidates
/// nothing, since a cookie says when it was made. For the worker's thread.
final class CookieKeys {
    /// Ticks for which a key holds: about an hour.
    static final int TICKS = 56;

    private static final int HALVES = 2;

    private final long[] secrets = new long[HALVES * CookieSecrets.MAX];

    /// By parity of the hour and secret: two halves of a key.
    private final long[] keys = new long[2 * HALVES * CookieSecrets.MAX];

    private final long[] hours = new long[2];
    private int count;
    private final SipHash hash = new SipHash();

    /// The keys of secrets.
    ///
    /// @param said the first makes cookies, all are accepted
    CookieKeys(CookieSecrets said) {
        use(said);
    }

    /// Forgets all keys, and makes those of other secrets when they are asked for.
    ///
    /// @param said the first makes cookies, all are accepted
    void use(CookieSecrets said) {
        List<CookieSecrets.Secret> all = said.secrets();
        count = all.size();
        for (int i = 0; i < count; i++) {
            secrets[HALVES * i] = all.get(i).high();
            secrets[HALVES * i + 1] = all.get(i).low();
        }
        Arrays.fill(hours, Long.MIN_VALUE);
    }

    /// How many secrets there are.
    int count() {
        return count;
    }

    /// The hour of a time: two with the same one have the same keys.
    static long hour(long tick) {
        return Math.floorDiv(tick, (long) TICKS);
    }

    /// Begins a hash with a key.
    ///
    /// @param into the hash
    /// @param secret its index
    /// @param tick the time
    /// @return the hash
    SipHash begin(SipHash into, int secret, long tick) {
        long hour = hour(tick);
        int parity = (int) hour & 1;
        if (hours[parity] != hour) {
            derive(hour, parity);
        }
        int at = HALVES * (parity * count + secret);
        return into.begin(keys[at], keys[at + 1]);
    }

    private void derive(long hour, int parity) {
        for (int secret = 0; secret < count; secret++) {
            int at = HALVES * (parity * count + secret);
            for (int half = 0; half < HALVES; half++) {
                hash.begin(secrets[HALVES * secret], secrets[HALVES * secret + 1]);
                keys[at + half] = hash.add(hour).end(9L << 56 | half);
            }
        }
        hours[parity] = hour;
    }
}
