// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A listing reads a connection whose numbers are moved, while its worker counts packets and takes
/// them over: it sees the packets and bytes of one moment, each once.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "of one moment")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "packets of one moment, bytes of another")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "less than before")
@Outcome(id = "3", expect = Expect.FORBIDDEN, desc = "no connection")
@State
public class TakenOverStress {
    /// So long that each second packet has the counts taken over.
    private static final int LENGTH = 1 << 21;

    private static final ConnectionTable TABLE =
            new ConnectionTable(1, 42, 0, (entry, evicted) -> {});
    private static final SequenceShifts SHIFTS = TABLE.shifts();
    private static final ConnectionObserver OBSERVER = new ConnectionObserver(TABLE);
    private static final long ENTRY = connection();
    private static long last;

    private static long connection() {
        long ports = ConnectionKey.portsAndProtocol(1, 6);
        long entry = TABLE.open(1, ports, 2, ports);
        TABLE.start(entry, ConnectionState.ESTABLISHED, 90, 0);
        SHIFTS.set(entry, 0, 7);
        return entry;
    }

    /// The worker.
    @Actor
    public void worker() {
        SHIFTS.countMoved(ENTRY, LENGTH, 0);
    }

    /// The listing.
    @Actor
    public void listing(I_Result result) {
        if (!OBSERVER.read(0)) {
            result.r1 = 3;
            return;
        }
        long packets = OBSERVER.packets(INBOUND);
        boolean together = OBSERVER.bytes(INBOUND) == packets * LENGTH;
        result.r1 = !together ? 1 : packets < last ? 2 : 0;
        last = packets;
    }
}
