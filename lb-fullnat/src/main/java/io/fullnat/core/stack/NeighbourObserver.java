package io.fullnat.core.stack;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import java.lang.invoke.VarHandle;

/// Reads a worker's neighbours from another thread, without the worker's doing. Entries never move
/// and are never given to another neighbour, so only a MAC address that is just being written needs
/// care: it is read until it is the same twice.
///
/// The table must not be closed meanwhile.
public final class NeighbourObserver {
    private final NextHops hops;

    /// An observer of a worker's neighbours.
    ///
    /// @param hops of any thread
    public NeighbourObserver(NextHops hops) {
        this.hops = hops;
    }

    /// How many entries there are.
    ///
    /// @return 0 or more
    public int size() {
        VarHandle.acquireFence();
        return hops.size();
    }

    /// The address of an entry.
    ///
    /// @param index below [#size()]
    /// @return in host order
    public int address(int index) {
        return Memory.getInt(hops.line(index) + NextHops.ADDRESS);
    }

    /// The device of an entry.
    ///
    /// @param index below [#size()]
    /// @return its number
    public int device(int index) {
        return Memory.getInt(hops.line(index) + NextHops.DEVICE);
    }

    /// The state of an entry.
    ///
    /// @param index below [#size()]
    /// @return [NextHops#INCOMPLETE] to [NextHops#STATIC]
    public int state(int index) {
        return Memory.getInt(hops.line(index) + NextHops.STATE);
    }

    /// The MAC address of an entry.
    ///
    /// @param index below [#size()]
    /// @return in the low 48 bits; 0 if it is not known
    public long mac(int index) {
        long line = hops.line(index);
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
}
