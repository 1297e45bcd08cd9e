// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.stack.AddressStates.State;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Looks whether others have own addresses of IPv6 (RFC 4862 §5.4): each new one is asked for once
/// (DupAddrDetectTransmits), and is ours if nobody objects within a second (RetransTimer); then it
/// is announced. Whether the question is our own that came back is told by its nonce (RFC 7527).
///
/// A duplicate is told to the control plane each second, and looked for again each ten: when the
/// other station has gone, the address is ours without anybody's doing.
///
/// For the one worker that speaks for all.
final class DuplicateDetection {
    /// How long an answer may take: RetransTimer.
    static final long WAIT_NS = TimeUnit.SECONDS.toNanos(1);

    /// Until a duplicate is looked for again.
    static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(10);

    private static final int STEP = 16;

    private record Due(State state, long atNs) {}

    private final StackContext context;
    private final AddressStates states;
    private final NdRequests requests;
    private final Announcer announcer;
    private final NeighbourNews news;
    private final Queue<State> fresh = new ArrayDeque<>();
    private final Queue<Due> asked = new ArrayDeque<>();
    private final Queue<Due> refused = new ArrayDeque<>();
    private @Nullable NetworkView seen;
    private List<NetworkView.Own> addresses = List.of();
    private long nextTellNs;

    DuplicateDetection(
            StackContext context,
            AddressStates states,
            NdRequests requests,
            Announcer announcer,
            NeighbourNews news) {
        this.context = context;
        this.states = states;
        this.requests = requests;
        this.announcer = announcer;
        this.news = news;
    }

    /// Decides about addresses for which the time to object is over: some in each duty cycle.
    int decide() {
        if (asked.isEmpty() && refused.isEmpty()) {
            return 0;
        }
        long now = context.nowNs();
        int work = 0;
        for (Due due = asked.peek(); isReady(due, now, work); due = asked.peek()) {
            decide(asked.remove().state, now);
            work++;
        }
        if (!refused.isEmpty() && now - nextTellNs >= 0) {
            nextTellNs = now + TimeUnit.SECONDS.toNanos(1);
            int told = 0;
            for (Due each : refused) {
                if (told++ == STEP) {
                    break; // the others are counted
                }
                tell(each.state);
            }
        }
        return work;
    }

    /// Asks for addresses that are new, and for duplicates again: some in each duty cycle.
    int ask() {
        NetworkView view = context.view();
        if (view != seen) {
            seen = view;
            follow(view.ipv6());
        }
        long now = context.nowNs();
        int work = 0;
        for (Due due = refused.peek(); isReady(due, now, work); due = refused.peek()) {
            fresh.add(refused.remove().state);
            work++;
        }
        for (; work < STEP && !fresh.isEmpty(); work++) {
            ask(fresh.remove(), now);
        }
        return work;
    }

    private static boolean isReady(@Nullable Due due, long now, int work) {
        return due != null && work < STEP && now - due.atNs >= 0;
    }

    private void follow(List<NetworkView.Own> ipv6) {
        if (!ipv6.equals(addresses)) {
            addresses = ipv6;
            fresh.addAll(states.replace(ipv6));
        }
    }

    private boolean isGone(State state) {
        NetworkView.Own own = state.own();
        return states.find(own.device(), own.high(), own.low()) != state;
    }

    private void ask(State state, long now) {
        if (isGone(state)) {
            return;
        }
        NetworkView.Own own = state.own();
        state.ask(AddressStates.nonce());
        Device device = context.view().device(own.device());
        requests.probeOwn(device, own.high(), own.low(), state.nonce());
        asked.add(new Due(state, now + WAIT_NS));
    }

    private void decide(State state, long now) {
        if (isGone(state)) {
            return;
        }
        if (state.accept()) {
            announcer.add(state.own());
        } else {
            refused.add(new Due(state, now + AGAIN_NS));
        }
    }

    private void tell(State state) {
        NetworkView.Own own = state.own();
        if (!isGone(state)) {
            long ours = context.view().device(own.device()).mac();
            int what = NeighbourNews.ADDRESS_CONFLICT;
            news.tell(what, own.device(), own.high(), own.low(), ours, state.other());
        }
    }
}
