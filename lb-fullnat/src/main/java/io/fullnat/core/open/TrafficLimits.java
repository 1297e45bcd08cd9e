// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.limit.TrafficBuckets;
import io.fullnat.core.limit.TrafficTokens;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.StackContext;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// One worker's part in the limits of packets and bits a second, which all workers take from the
/// same buckets.
///
/// Connections of a service with such a limit are marked, so that each of their packets is an event
/// and leaves the fast loop; others are asked nothing. Those that are there when a limit is set or
/// lifted are marked anew by a walk ([ConnectionPurge]) before the transaction is complete. For the
/// worker's thread.
public final class TrafficLimits {
    private final TrafficBuckets buckets;
    private final StackContext stack;

    /// By slot of the service, as far as there was one with a limit.
    private @Nullable TrafficTokens[] packets = {};

    private @Nullable TrafficTokens[] bits = {};

    /// Percent of packets that are dropped by lot.
    private int[] dropped = {};

    private final SplittableRandom random;

    /// @param seed of what is drawn by lot
    TrafficLimits(TrafficBuckets buckets, StackContext stack, long seed) {
        random = new SplittableRandom(seed);
        this.buckets = buckets;
        this.stack = stack;
    }

    /// Whether connections must be marked or unmarked.
    ///
    /// @param before the service's limits so far
    /// @param after from now on
    /// @return true if live connections are to be looked at
    public static boolean differ(ServiceLimits before, ServiceLimits after) {
        return before.limitsTraffic() != after.limitsTraffic();
    }

    /// Takes from a service's buckets as its state says that is in force from now on.
    void adopt(ServiceEntry service) {
        int slot = service.slot();
        if (slot >= packets.length) {
            if (!service.limits().limitsTraffic()) {
                return;
            }
            packets = Arrays.copyOf(packets, slot + 1);
            bits = Arrays.copyOf(bits, slot + 1);
            dropped = Arrays.copyOf(dropped, slot + 1);
        }
        packets[slot] = service.limits().packets().map(TrafficTokens::new).orElse(null);
        bits[slot] = service.limits().bandwidth().map(TrafficTokens::new).orElse(null);
        dropped[slot] = ServiceLimits.MAX_PROPORTION - service.limits().proportion();
    }

    private boolean isLimited(int slot) {
        return slot < packets.length
                && (packets[slot] != null || bits[slot] != null || dropped[slot] != 0);
    }

    /// Marks a connection that begins, before its state is written, if its service has a limit.
    void begin(long entry) {
        if (isLimited(Memory.getInt(entry + ConnectionLayout.OWNER))) {
            ConnectionLayout.metered(entry, true);
        }
    }

    /// Marks a live connection as its service wants it now.
    void mark(long entry) {
        boolean limited = isLimited(Memory.getInt(entry + ConnectionLayout.OWNER));
        if (limited != ConnectionLayout.isMetered(entry)) {
            ConnectionLayout.metered(entry, limited);
            byte state = Memory.getByte(entry + ConnectionLayout.STATE);
            TcpMoves.watch(entry, ConnectionState.of(state));
        }
    }

    /// Whether a packet that begins a connection would pass now. One that does not opens none.
    ///
    /// @param service to which it goes
    /// @param length its bytes, IP header included
    /// @return null if it would, else how it ends
    public @Nullable Outcome refusal(ServiceEntry service, int length) {
        int slot = service.slot();
        if (!isLimited(slot)) {
            return null;
        }
        TrafficTokens packet = packets[slot];
        TrafficTokens bit = bits[slot];
        long now = TrafficTokens.time(stack.nowNs());
        int direction = ConnectionLayout.INBOUND;
        if (packet != null
                && !buckets.has(slot, TrafficBuckets.PACKETS + direction, packet, now, length)) {
            return Outcome.PACKETS_LIMITED;
        }
        return bit == null || buckets.has(slot, TrafficBuckets.BITS + direction, bit, now, length)
                ? null
                : Outcome.BANDWIDTH_LIMITED;
    }

    /// Lets a packet of a marked connection pass, or not.
    ///
    /// @param entry of the connection
    /// @param direction of the packet
    /// @param length its bytes, IP header included
    /// @return null if it may pass, else how it ends
    public @Nullable Outcome take(long entry, int direction, int length) {
        int slot = Memory.getInt(entry + ConnectionLayout.OWNER);
        if (slot >= packets.length) {
            return null;
        }
        if (dropped[slot] != 0 && random.nextInt(ServiceLimits.MAX_PROPORTION) < dropped[slot]) {
            return Outcome.PROPORTION_DROPPED;
        }
        long now = TrafficTokens.time(stack.nowNs());
        TrafficTokens packet = packets[slot];
        TrafficTokens bit = bits[slot];
        if (packet != null
                && !buckets.take(slot, TrafficBuckets.PACKETS + direction, packet, now, length)) {
            return Outcome.PACKETS_LIMITED;
        }
        if (bit == null || buckets.take(slot, TrafficBuckets.BITS + direction, bit, now, length)) {
            return null;
        }
        if (packet != null) {
            buckets.giveBack(slot, TrafficBuckets.PACKETS + direction, packet, length);
        }
        return Outcome.BANDWIDTH_LIMITED;
    }
}
