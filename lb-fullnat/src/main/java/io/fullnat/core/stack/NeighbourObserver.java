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
    private final NextHops hops;
    private int address;
    private int device;
    private int state;
    private long mac;

    /// An observer of a worker's neighbours.
    ///
    /// @param hops of any thread
    public NeighbourObserver(NextHops hops) {
        this.hops = hops;
    }

    /// Below this are the indexes of all entries.
    ///
    /// @return 0 or more
    public int end() {
        return hops.end();
    }

    /// Copies an entry.
    ///
    /// @param index below [#end()]
    /// @return false if there is none
    public boolean read(int index) {
        long line = hops.line(index);
        int serial = Memory.getInt(line + NextHops.SERIAL);
        VarHandle.acquireFence();
        if (serial == 0) {
            return false;
        }
        address = Memory.getInt(line + NextHops.ADDRESS);
        device = Memory.getInt(line + NextHops.DEVICE);
        state = Memory.getInt(line + NextHops.STATE);
        mac = steadyMac(line);
        VarHandle.acquireFence();
        return Memory.getInt(line + NextHops.SERIAL) == serial && state != NextHops.FREE;
    }

    private static long steadyMac(long line) {
        long mac = Ethernet.destination(line);
        for (int again = 0; again < 16; again++) {
            VarHandle.acquireFence();
            long same = Ethernet.destination(line);
            if (same == mac) {
                break;
            }
            mac = same;
        }
        return mac;
    }

    /// The address of the entry that was read.
    ///
    /// @return in host order
    public int address() {
        return address;
    }

    /// The device of the entry that was read.
    ///
    /// @return its number
    public int device() {
        return device;
    }

    /// The state of the entry that was read.
    ///
    /// @return [NextHops#INCOMPLETE] to [NextHops#STALE]
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
