// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.network.ReversePath;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A listing reads a worker's neighbours while one goes and another one gets its place: what it
/// shows belongs to one of them.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "none was seen")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "one was seen whole")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "parts of two, or what was never written")
@State
public class NeighbourListingStress {
    private static final int NETWORK = 0x0A00_0000;
    private static final AdjacencyTable HOPS = new AdjacencyTable();
    private static final NeighbourObserver OBSERVER = new NeighbourObserver(HOPS);
    private static final Device[] DEVICES = new Device[8];

    /// So often in a turn, for a listing that is a moment too late is rare.
    private static final int TIMES = 16;

    private static int number;
    private static int last = AdjacencyTable.NONE;

    static {
        for (int index = 0; index < DEVICES.length; index++) {
            DEVICES[index] =
                    new Device(index, "lan", 0, 0, 0x0200_0000_0001L, 1500, ReversePath.OFF);
        }
    }

    /// The worker: each neighbour has its number in both halves of its address and, modulo eight,
    /// in its device.
    @Actor
    public void worker() {
        for (int i = 0; i < TIMES; i++) {
            if (last != AdjacencyTable.NONE) {
                HOPS.remove(last);
            }
            int next = ++number & 0xFF_FFFF;
            last = HOPS.findOrAdd(DEVICES[next & 7], ~next, NETWORK + next, false);
        }
    }

    /// The listing.
    @Actor
    public void listing(I_Result result) {
        for (int i = 0; i < TIMES; i++) {
            for (int index = 0; index < OBSERVER.end(); index++) {
                if (OBSERVER.read(index)) {
                    result.r1 = Math.max(result.r1, isWhole() ? 1 : 2);
                }
            }
        }
    }

    private static boolean isWhole() {
        long number = OBSERVER.low() - NETWORK;
        return OBSERVER.high() == ~number
                && (number & 7) == OBSERVER.device()
                && OBSERVER.state() == AdjacencyTable.INCOMPLETE;
    }
}
