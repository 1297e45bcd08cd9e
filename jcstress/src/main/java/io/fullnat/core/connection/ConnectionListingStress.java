// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.io.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A listing copies a connection while its worker ends it and opens another one in its place: what
/// it shows belongs to one of them.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "none was seen")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "one was seen whole")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "parts of two")
@Outcome(id = "3", expect = Expect.FORBIDDEN, desc = "what was never written")
@State
public class ConnectionListingStress {
    private static final int PLACES = 4;
    private static final ConnectionTable TABLE =
            new ConnectionTable(PLACES, 42, 0, (entry, evicted) -> {});
    private static final ConnectionObserver OBSERVER = new ConnectionObserver(TABLE);
    private static long oldest;
    private static int number;

    /// The worker: one connection less, one more. Each has its number in every field.
    @Actor
    public void worker() {
        if (TABLE.size() == PLACES) {
            TABLE.remove(oldest);
        }
        int id = ++number;
        long ports = ConnectionKey.portsAndProtocol(id, 6);
        long entry = TABLE.open(id, ports, (long) id << 32, ports);
        Memory.putInt(entry + ConnectionLayout.LOCAL, id);
        Memory.putInt(entry + ConnectionLayout.ALLOCATOR, id);
        TABLE.start(entry, ConnectionState.ESTABLISHED, 90, id);
        oldest = entry;
    }

    /// The listing.
    @Actor
    public void listing(I_Result result) {
        int places = OBSERVER.places();
        for (int place = 0; place < places; place++) {
            if (OBSERVER.read(place)) {
                int id = OBSERVER.createdSeconds();
                boolean whole =
                        (int) OBSERVER.sourceLow(INBOUND) == Integer.reverseBytes(id)
                                && (int) OBSERVER.destinationLow(OUTBOUND)
                                        == Integer.reverseBytes(id)
                                && OBSERVER.lastSeenSeconds() == id;
                result.r1 = whole ? Math.max(result.r1, 1) : 2;
                if (id == 0) {
                    result.r1 = 3;
                }
                if (result.r1 > 1) {
                    return;
                }
            }
        }
    }
}
