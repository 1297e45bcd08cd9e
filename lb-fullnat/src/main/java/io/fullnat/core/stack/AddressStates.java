// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.AddressMap;
import io.fullnat.core.address.Addresses;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// Which own addresses of IPv6 are sure to be ours alone (RFC 4862 §5.4): a new one is tentative,
/// one does not answer for it nor speak from it; when nobody objects it is valid; when somebody has
/// it already it is a duplicate, and stays unspoken for.
///
/// **Thread-safety:** shared by all workers. One of them, which looks for duplicates, says which
/// addresses there are; any may note that it has heard of a duplicate. Any thread may ask: nobody
/// waits for another. An address that is not known yet is tentative.
public final class AddressStates {
    /// Nobody has objected yet.
    public static final int TENTATIVE = 0;

    /// It is ours alone.
    public static final int VALID = 1;

    /// Another station has it.
    public static final int DUPLICATE = 2;

    /// How many questions are known when they come back: as many as one round has.
    private static final int NONCES = 4;

    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;

    /// What is known of one address.
    static final class State {
        private final NetworkView.Own own;
        private final AtomicInteger changes;
        private final AtomicInteger value = new AtomicInteger(TENTATIVE);
        private final AtomicLongArray nonces = new AtomicLongArray(NONCES);
        private int asked;
        private volatile boolean looped;
        private volatile long other;

        /// @param changes counts moves from one state to another, of all addresses
        State(NetworkView.Own own, AtomicInteger changes) {
            this.own = own;
            this.changes = changes;
        }

        NetworkView.Own own() {
            return own;
        }

        int value() {
            return value.get();
        }

        /// Whether a question is our own that has come back, known by its nonce (RFC 7527 §4.2).
        boolean isOwn(long nonce) {
            for (int i = 0; i < NONCES; i++) {
                if (nonce != 0 && nonces.get(i) == nonce) {
                    return true;
                }
            }
            return false;
        }

        /// Takes note that the link has sent a question back.
        void loop() {
            looped = true;
        }

        /// Whether the link has sent a question back, the last one or one before.
        boolean looped() {
            return looped;
        }

        /// The MAC address of whom has it too; 0 if nobody has, as far as is known.
        long other() {
            return other;
        }

        /// It has been asked anew who has it. By the one worker that asks.
        ///
        /// @param nonce of the question
        void ask(long nonce) {
            nonces.set(asked, nonce);
            asked = (asked + 1) % NONCES;
            looped = false;
            value.set(TENTATIVE);
            changes.incrementAndGet();
        }

        /// Nobody has objected.
        ///
        /// @return false if somebody has, meanwhile
        boolean accept() {
            boolean accepted = value.compareAndSet(TENTATIVE, VALID);
            if (accepted) {
                other = 0;
                changes.incrementAndGet();
            }
            return accepted;
        }

        /// Somebody else has it.
        ///
        /// @return false if it is not tentative: then it is ours
        boolean refuse(long mac) {
            if (value.get() == VALID) {
                return false;
            }
            other = mac;
            boolean refused = value.compareAndSet(TENTATIVE, DUPLICATE);
            if (refused) {
                changes.incrementAndGet();
            }
            return refused;
        }
    }

    private record Table(AddressMap numbers, List<State> states) {}

    private final AtomicInteger changes = new AtomicInteger();
    private volatile Table table = new Table(new AddressMap(0), List.of());

    /// No addresses.
    public AddressStates() {}

    /// A number that nobody else thinks of.
    static long nonce() {
        return (ThreadLocalRandom.current().nextLong() & MAC_MASK) | 1;
    }

    /// Says which addresses there are. What is known of those that stay is kept.
    ///
    /// @param ipv6 own addresses
    /// @return what is known of those that are new
    List<State> replace(List<NetworkView.Own> ipv6) {
        AddressMap numbers = new AddressMap(ipv6.size());
        List<State> states = new ArrayList<>(ipv6.size());
        List<State> fresh = new ArrayList<>();
        for (NetworkView.Own own : ipv6) {
            State state = find(own.device(), own.high(), own.low());
            if (state == null) {
                state = new State(own, changes);
                fresh.add(state);
            }
            numbers.put(scoped(own.device(), own.high()), own.low(), states.size());
            states.add(state);
        }
        table = new Table(numbers, states);
        changes.incrementAndGet();
        return fresh;
    }

    /// How often anything has changed: what was found out after this was read holds as long as it
    /// stays the same.
    ///
    /// @return a number that wraps
    public int changes() {
        return changes.get();
    }

    /// Link-local addresses are a device's own matter.
    private static long scoped(int device, long high) {
        return Addresses.isLinkLocal(high) ? high ^ (device + 1L) : high;
    }

    /// What is known of an address of a device; null if nothing is, or if it is another device's:
    /// stations of one link have no say in the addresses of another.
    @Nullable State find(int device, long high, long low) {
        Table now = table;
        int number = now.numbers.get(scoped(device, high), low);
        State state = number == AddressMap.NONE ? null : now.states.get(number);
        return state != null && state.own.device() == device ? state : null;
    }

    /// What is to be told of an address.
    ///
    /// @param device its device's number
    /// @param high first half of the address
    /// @param low last half
    /// @return how it is now
    public Standing standing(int device, long high, long low) {
        State state = find(device, high, low);
        if (state == null) {
            return new Standing(TENTATIVE, 0);
        }
        int value = state.value();
        long other = state.other();
        if (value == VALID) {
            return new Standing(VALID, 0);
        }
        // While a duplicate is asked for again, it is tentative, but still another's.
        return other == 0 ? new Standing(value, 0) : new Standing(DUPLICATE, other);
    }

    /// What is to be told of an own address.
    ///
    /// @param state [#TENTATIVE], [#VALID] or [#DUPLICATE]
    /// @param other the MAC address of the station that has it; 0 unless it is a duplicate
    public record Standing(int state, long other) {}

    /// Whether an address is ours alone.
    ///
    /// @param device its device's number
    /// @param high first half of the address
    /// @param low last half
    /// @return true if one may answer for it and speak from it
    public boolean isValid(int device, long high, long low) {
        State state = find(device, high, low);
        return state != null && state.value() == VALID;
    }
}
