// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.FrameHeaders;
import java.util.ArrayList;
import java.util.List;

/// How the packets ended that a balancer in memory has handled since it was looked at last. Not
/// thread-safe.
public final class NewOutcomes {
    private static final Outcome[] ALL = Outcome.values();

    private final CountersReader counters;
    private final long[] counted = new long[ALL.length];

    /// Nothing was looked at yet.
    ///
    /// @param counters of the balancer
    public NewOutcomes(CountersReader counters) {
        this.counters = counters;
    }

    /// Leaves out a packet that is to be taken: an answer of a neighbour that nobody has sent.
    ///
    /// @param frame an answer of ARP or neighbour discovery
    public void leaveOut(byte[] frame) {
        boolean arp = new FrameHeaders(frame).type() == FrameHeaders.TYPE_ARP;
        counted[(arp ? Outcome.ARP : Outcome.DISCOVERY).ordinal()]++;
    }

    /// Those since the last call.
    ///
    /// @return one for each packet, in the order of outcomes
    public List<Outcome> take() {
        List<Outcome> outcomes = new ArrayList<>();
        for (Outcome outcome : ALL) {
            long total = counters.total(outcome);
            for (long i = counted[outcome.ordinal()]; i < total; i++) {
                outcomes.add(outcome);
            }
            counted[outcome.ordinal()] = Math.max(total, counted[outcome.ordinal()]);
        }
        return outcomes;
    }
}
