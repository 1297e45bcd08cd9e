// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import java.util.concurrent.TimeUnit;

/// Own addresses that another station claims (RFC 5227 §2.4; of IPv6 as well): each claim is
/// counted and told, and answered by an announcement, one an address in [#DEFEND_INTERVAL_NS] at
/// the most. While a conflict lasts the other station is looked for, so that its end is seen too.
final class AddressDefence {
    /// Between two announcements that defend an address: DEFEND_INTERVAL.
    static final long DEFEND_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long LOOK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long OVER_NS = TimeUnit.SECONDS.toNanos(12);
    private static final int PLACES = 256;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final StackContext context;
    private final NeighbourRequests requests;
    private final NeighbourNews news;
    private final boolean defends;

    // Conflicts that last, each on its link: devices may share a link-local address. Two addresses
    // may have the same place: then they are defended more often than they need be.
    private final long[] highs = new long[PLACES];
    private final long[] lows = new long[PLACES];
    private final int[] devices = new int[PLACES];
    private final long[] heardNs = new long[PLACES];
    private final long[] defendNs = new long[PLACES];
    private final long[] lookNs = new long[PLACES];
    private int lasting;
    private long nextPollNs;

    AddressDefence(
            StackContext context, NeighbourRequests requests, NeighbourNews news, boolean defends) {
        this.context = context;
        this.requests = requests;
        this.news = news;
        this.defends = defends;
    }

    /// Another station has spoken from an own address.
    ///
    /// @param device where both are
    /// @param high first half of the address
    /// @param low last half
    /// @param mac the other station's
    void claimed(Device device, long high, long low, long mac) {
        context.counters().count(Counter.ADDRESS_CONFLICTS);
        news.tell(NeighbourNews.ADDRESS_CONFLICT, device.index(), high, low, device.mac(), mac);
        long now = context.nowNs();
        int place = (int) (((high * SPREAD ^ low ^ device.index()) * SPREAD) >>> 56);
        if (lows[place] != low || highs[place] != high || devices[place] != device.index()) {
            lasting += isTaken(place) ? 0 : 1;
            highs[place] = high;
            lows[place] = low;
            devices[place] = device.index();
            defendNs[place] = now;
            lookNs[place] = now + LOOK_INTERVAL_NS;
        }
        heardNs[place] = now;
        if (defends && now - defendNs[place] >= 0 && requests.mayDefend()) {
            defendNs[place] = now + DEFEND_INTERVAL_NS;
            requests.announce(device, high, low);
        }
    }

    /// Looks once a second whether conflicts last.
    int poll() {
        long now = context.nowNs();
        if (lasting == 0 || now - nextPollNs < 0) {
            return 0;
        }
        nextPollNs = now + TimeUnit.SECONDS.toNanos(1);
        for (int place = 0; place < PLACES; place++) {
            if (isTaken(place)) {
                look(place, now);
            }
        }
        return lasting;
    }

    private boolean isTaken(int place) {
        return (highs[place] | lows[place]) != 0;
    }

    private void look(int place, long now) {
        NetworkView view = context.view();
        int device = devices[place];
        if (!view.isOwnOf(device, highs[place], lows[place]) || now - heardNs[place] > OVER_NS) {
            highs[place] = 0;
            lows[place] = 0;
            lasting--;
        } else if (now - lookNs[place] >= 0) {
            lookNs[place] = now + LOOK_INTERVAL_NS;
            requests.probeOwn(view.device(device), highs[place], lows[place]);
        }
    }
}
