// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.stack.TokenBucket;

/// How much of each kind goes to the kernel by one port from one worker. Half of what routing
/// protocols may have is divided evenly among them, each has its part for itself; the other half
/// goes to those that come first. For the worker's thread.
final class PuntRates {
    private static final int ROUTING_KINDS = PuntKind.HOST.ordinal();

    /// Frames of one protocol that come at once without touching what all share.
    private static final int LEAST_BURST = 4;

    private static final int LEAST_SHARED_BURST = 16;

    /// So that what one protocol sends at once never fills the queue of all: 512 KiB hold some 340
    /// frames of 1500 bytes.
    private static final int MOST_BURST = 64;

    private static final int MOST_SHARED_BURST = 256;

    private final TokenBucket[] own = new TokenBucket[PuntKind.values().length];
    private final TokenBucket shared;

    PuntRates(PuntSettings settings, int workers) {
        int routing = settings.routing() / workers;
        int part = Math.max(1, routing / (2 * ROUTING_KINDS));
        TokenBucket host = whole(settings.host() / workers);
        TokenBucket other = whole(settings.other() / workers);
        for (PuntKind kind : PuntKind.values()) {
            own[kind.ordinal()] =
                    switch (kind.queue()) {
                        case ROUTING -> new TokenBucket(part, burst(part, LEAST_BURST, MOST_BURST));
                        case HOST -> host;
                        case OTHER -> other;
                    };
        }
        int rest = Math.max(1, routing / 2);
        shared = new TokenBucket(rest, burst(rest, LEAST_SHARED_BURST, MOST_SHARED_BURST));
    }

    private static TokenBucket whole(int perSecond) {
        int rate = Math.max(1, perSecond);
        return new TokenBucket(rate, burst(rate, LEAST_SHARED_BURST, Integer.MAX_VALUE));
    }

    /// A twentieth of a second's frames at once.
    private static int burst(int rate, int least, int most) {
        return Math.clamp(rate / 20, least, most);
    }

    /// Asks for one frame, and takes it.
    ///
    /// @return false if it is over the rate
    boolean take(PuntKind kind, long nowNs) {
        TokenBucket bucket = own[kind.ordinal()];
        if (!bucket.has(nowNs)) {
            bucket = shared;
            if (kind.queue() != PuntClass.ROUTING || !bucket.has(nowNs)) {
                return false;
            }
        }
        bucket.take(nowNs);
        return true;
    }
}
