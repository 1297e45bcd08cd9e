// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import java.lang.invoke.VarHandle;

/// Reads a worker's neighbours from another thread, without the worker's doing. What [#read] copies
/// of an entry belongs together: the entry's serial number is the same before and after, and the
/// MAC address is read until it is the same twice.
///
/// The table must not be closed meanwhile. For one thread.
public final class NeighbourObserver {
    private final AdjacencyTable adjacencies;
    private long high;
    private long low;
    private int device;
    private int state;
    private long mac;

    /// An observer of a worker's neighbours.
    ///
    /// @param adjacencies of any thread
    public NeighbourObserver(AdjacencyTable adjacencies) {
        this.adjacencies = adjacencies;
    }

    /// Below this are the indexes of all entries.
    ///
    /// @return 0 or more
    public int end() {
        return adjacencies.end();
    }

    /// Copies an entry.
    ///
    /// @param index below [#end()]
    /// @return false if there is none
    public boolean read(int index) {
        long entry = adjacencies.entry(index);
        int serial = Memory.getInt(entry + AdjacencyTable.SERIAL);
        VarHandle.acquireFence();
        if (serial == 0) {
            return false;
        }
        high = adjacencies.high(index);
        low = adjacencies.low(index);
        device = Memory.getInt(entry + AdjacencyTable.DEVICE);
        state = Memory.getInt(entry + AdjacencyTable.STATE);
        mac = steadyMac(entry);
        VarHandle.acquireFence();
        return Memory.getInt(entry + AdjacencyTable.SERIAL) == serial
                && state != AdjacencyTable.FREE;
    }

    private static long steadyMac(long entry) {
        long mac = Ethernet.destination(entry);
        for (int again = 0; again < 16; again++) {
            VarHandle.acquireFence();
            long same = Ethernet.destination(entry);
            if (same == mac) {
                break;
            }
            mac = same;
        }
        return mac;
    }

    /// The first half of the address of the entry that was read.
    ///
    /// @return its first 64 bits, 0 for IPv4
    public long high() {
        return high;
    }

    /// The last half.
    ///
    /// @return its last 64 bits
    public long low() {
        return low;
    }

    /// The device of the entry that was read.
    ///
    /// @return its number
    public int device() {
        return device;
    }

    /// The state of the entry that was read.
    ///
    /// @return [AdjacencyTable#INCOMPLETE] to [AdjacencyTable#STALE]
    public int state() {
        return state;
    }

    /// The MAC address of the entry that was read.
    ///
    /// @return in the low 48 bits; 0 if it is not known
    public long mac() {
        return mac;
    }
}
