// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A listing reads a connection whose worker begins and ceases to move its numbers, by which its
/// flows count in another way: it takes none for the other.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "hidden meanwhile")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "as it was")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "counts that never were")
@State
public class MovedNumbersStress {
    private static final int LENGTH = 1000;
    private static final ConnectionTable TABLE =
            new ConnectionTable(1, 42, 0, (entry, evicted) -> {});
    private static final SequenceShifts SHIFTS = TABLE.shifts();
    private static final ConnectionObserver OBSERVER = new ConnectionObserver(TABLE);
    private static final long ENTRY = connection();
    private static long lastPackets;
    private static long lastBytes;

    private static long connection() {
        long ports = ConnectionKey.portsAndProtocol(1, 6);
        long entry = TABLE.open(1, ports, 2, ports);
        TABLE.start(entry, ConnectionState.ESTABLISHED, 90, 0);
        return entry;
    }

    /// The worker.
    @Actor
    public void worker() {
        SHIFTS.count(ENTRY, LENGTH, 0);
        if (ConnectionLayout.isShifted(ENTRY)) {
            SHIFTS.clear(ENTRY);
        } else {
            SHIFTS.set(ENTRY, 0, 7);
        }
    }

    /// The listing. A packet may be counted in one field and not yet in the other.
    @Actor
    public void listing(I_Result result) {
        if (OBSERVER.read(0)) {
            long packets = OBSERVER.packets(INBOUND);
            long bytes = OBSERVER.bytes(INBOUND);
            result.r1 = packets >= lastPackets && bytes >= lastBytes ? 1 : 2;
            lastPackets = packets;
            lastBytes = bytes;
        }
    }
}
