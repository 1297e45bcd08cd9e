// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionState;
import java.time.Duration;
import java.util.Arrays;

/// How long connections may be idle, by the slot of their service and their state. Immutable.
///
/// What holds for a state, first that says something: the service's own timeouts, its connection
/// timeout, the balancer's timeouts, the default.
public final class StateTimeouts {
    private static final ConnectionState[] STATES = ConnectionState.values();

    /// No service says anything.
    public static final StateTimeouts DEFAULT = new StateTimeouts(Timeouts.NONE);

    /// Of a datagram that is scheduled for itself: how long its answer may take, and how long more
    /// answers may come after that.
    private static final Timeouts ONE_PACKET =
            Timeouts.NONE
                    .with(TimedState.UDP_ONEWAY, Duration.ofSeconds(5))
                    .with(TimedState.UDP_NORMAL, Duration.ofSeconds(2));

    private static final int ROW_SHIFT = 4; // 16 states at most

    private final Timeouts common;
    private final int[] others;
    private final int[][] bySlot;

    /// All rows, one behind the other, so that one array is asked for each connection that begins
    /// or moves on: that of all others first, then that of each slot.
    private final int[] rows;

    /// The same for all services.
    ///
    /// @param common of the balancer
    public StateTimeouts(Timeouts common) {
        this(common, new int[0][], row(common));
    }

    private StateTimeouts(Timeouts common, int[][] bySlot, int[] others) {
        this.common = common;
        this.bySlot = bySlot;
        this.others = others;
        rows = new int[(1 + bySlot.length) << ROW_SHIFT];
        System.arraycopy(others, 0, rows, 0, others.length);
        for (int slot = 0; slot < bySlot.length; slot++) {
            System.arraycopy(bySlot[slot], 0, rows, (slot + 1) << ROW_SHIFT, bySlot[slot].length);
        }
    }

    private static int[] row(Timeouts timeouts) {
        return Arrays.stream(STATES).mapToInt(state -> timeouts.seconds(state.timed())).toArray();
    }

    /// The balancer's timeouts.
    ///
    /// @return as they were set
    public Timeouts common() {
        return common;
    }

    /// The idle time of a state.
    ///
    /// @param slot of the connection's service
    /// @param state of the connection
    /// @return seconds
    public int seconds(int slot, ConnectionState state) {
        int row = (slot + 1) << ROW_SHIFT;
        return rows[(row < rows.length ? row : 0) + state.ordinal()];
    }

    /// Collects what services say.
    public static final class Builder {
        private final StateTimeouts before;
        private final Timeouts common;
        private final int[] others;
        private int[][] bySlot;
        private boolean changed;

        /// Starts with what former services said, whose connections may go on.
        ///
        /// @param before what held
        /// @param common of the balancer from now on
        @SuppressWarnings("ReferenceEquality") // slots share the row itself
        public Builder(StateTimeouts before, Timeouts common) {
            this.before = before;
            this.common = common;
            changed = !before.common.equals(common);
            others = changed ? row(common) : before.others;
            bySlot = before.bySlot.clone();
            if (changed) {
                for (int slot = 0; slot < bySlot.length; slot++) {
                    if (bySlot[slot] == before.others) {
                        bySlot[slot] = others;
                    }
                }
            }
        }

        /// Adds a service.
        ///
        /// @param slot of it
        /// @param service the desired state
        public void add(int slot, VirtualService service) {
            Timeouts own = own(service);
            if (own.byState().isEmpty()) {
                if (slot < bySlot.length) {
                    put(slot, others);
                }
                return;
            }
            if (slot >= bySlot.length) {
                int from = bySlot.length;
                bySlot = Arrays.copyOf(bySlot, slot + 1);
                Arrays.fill(bySlot, from, slot + 1, others);
            }
            put(slot, row(own.orElse(common)));
        }

        private void put(int slot, int[] row) {
            if (!Arrays.equals(bySlot[slot], row)) {
                bySlot[slot] = row;
                changed = true;
            }
        }

        /// What holds from now on.
        ///
        /// @return what held before, the same object, if nothing has changed
        public StateTimeouts build() {
            return changed ? new StateTimeouts(common, bySlot, others) : before;
        }

        private static Timeouts own(VirtualService service) {
            Timeouts idle = service.policy().onePacket() ? ONE_PACKET : Timeouts.NONE;
            if (service.connectionTimeout().isPresent()) {
                Duration time = service.connectionTimeout().get();
                for (TimedState state : TimedState.values()) {
                    if (state.takesConnectionTimeout()) {
                        idle = idle.with(state, time);
                    }
                }
            }
            return service.policy().timeouts().orElse(idle);
        }
    }
}
