// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A listing looks no further than the entries that were ever used; the memory of the others holds
/// anything. When it sees that there is one more, that one has been cleared.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "no more, or a cleared one")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "what lay there before")
@State
public class FreshRecordStress {
    private static final int CAPACITY = 1 << 18;
    private static final int WHAT_LAY_THERE = 0x5A5A_5A5A;
    private static final ConnectionTable TABLE = soiled();

    private static ConnectionTable soiled() {
        ConnectionTable table = new ConnectionTable(CAPACITY, 42, 0, (entry, evicted) -> {});
        for (int place = 0; place < CAPACITY; place++) {
            Memory.putInt(observable(table, place), WHAT_LAY_THERE);
        }
        return table;
    }

    private static long observable(ConnectionTable table, int place) {
        return table.noFlow()
                + (place + 1L) * ConnectionLayout.ENTRY_LENGTH
                + ConnectionLayout.OBSERVABLE;
    }

    /// The worker takes an entry that has never been used, as long as there is one.
    @Actor
    public void worker() {
        int id = TABLE.size() + 1;
        if (id <= CAPACITY) {
            long ports = ConnectionKey.portsAndProtocol(id, 6);
            TABLE.open(id, ports, (long) id << 32, ports);
        }
    }

    /// The listing looks at the newest.
    @Actor
    public void listing(I_Result result) {
        int used = TABLE.places();
        if (used > 0 && Memory.getInt(observable(TABLE, used - 1)) == WHAT_LAY_THERE) {
            result.r1 = 1;
        }
    }
}
