// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.stack.AddressStates.State;
import io.fullnat.core.transmit.Transmitter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Looks whether others have own addresses of IPv6 (RFC 4862 §5.4): each new one is asked for once
/// (DupAddrDetectTransmits), and is ours if nobody objects within a second (RetransTimer); then it
/// is announced. What nobody can have heard, as the link was down or there was no buffer, counts
/// for nothing: it is asked again.
///
/// Whether a question is our own that the link has sent back is told by its nonce. A link that does
/// so may be under test: then [#FURTHER] are asked, a second apart, each with a nonce of its own
/// (RFC 7527 §4.1). What becomes of those is no matter, for a link may send back all and always:
/// such a one is to be used, too, and the station that has the address has been asked four times.
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

    /// Until a question that could not be sent is tried again.
    static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /// Questions after one that has come back: MAX_MULTICAST_SOLICIT.
    private static final int FURTHER = 3;

    private static final int STEP = 16;

    /// @param state of the address
    /// @param turn which question it is, 1 for the first
    /// @param atNs when there is something to do
    /// @param returns how often the link had come back when it was sent
    private record Due(State state, int turn, long atNs, int returns) {}

    private final StackContext context;
    private final AddressStates states;
    private final NdRequests requests;
    private final Announcer announcer;
    private final NeighbourNews news;
    private final Queue<Due> fresh = new ArrayDeque<>();
    private final Queue<Due> unsent = new ArrayDeque<>();
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
            decide(asked.remove(), now);
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
            ask(refused.remove(), now);
            work++;
        }
        for (Due due = unsent.peek(); isReady(due, now, work); due = unsent.peek()) {
            ask(unsent.remove(), now);
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
            for (State state : states.replace(ipv6)) {
                fresh.add(new Due(state, 1, 0, 0));
            }
        }
    }

    private boolean isGone(State state) {
        NetworkView.Own own = state.own();
        return states.find(own.device(), own.high(), own.low()) != state;
    }

    private void ask(Due due, long now) {
        State state = due.state;
        if (isGone(state)) {
            return;
        }
        NetworkView.Own own = state.own();
        Device device = context.view().device(own.device());
        long nonce = AddressStates.nonce();
        if (requests.probeOwn(device, own.high(), own.low(), nonce)) {
            state.ask(nonce); // it has not left yet: so nobody hears it before this
            asked.add(new Due(state, due.turn, now + WAIT_NS, returns(state)));
        } else if (state.value() == AddressStates.DUPLICATE) {
            refuse(state, now);
        } else {
            unsent.add(new Due(state, due.turn, now + RETRY_NS, 0));
        }
    }

    private void decide(Due due, long now) {
        State state = due.state;
        if (isGone(state)) {
            return;
        }
        boolean tentative = state.value() == AddressStates.TENTATIVE;
        if (tentative && isLinkDown(state)) {
            unsent.add(new Due(state, due.turn, now + RETRY_NS, 0));
        } else if (tentative && due.returns != returns(state)) {
            fresh.add(due);
        } else if (tentative && isLooping(due)) {
            fresh.add(new Due(state, due.turn + 1, 0, 0));
        } else if (state.accept()) {
            announcer.add(state.own());
        } else {
            refuse(state, now);
        }
    }

    private static boolean isLooping(Due due) {
        return due.turn == 1 ? due.state.looped() : due.turn <= FURTHER;
    }

    private void refuse(State state, long now) {
        refused.add(new Due(state, 1, now + AGAIN_NS, 0));
    }

    private boolean isLinkDown(State state) {
        return transmitter(state).isLinkDown();
    }

    private int returns(State state) {
        return transmitter(state).linkReturns();
    }

    private Transmitter transmitter(State state) {
        return context.transmitter(context.view().device(state.own().device()).port());
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
