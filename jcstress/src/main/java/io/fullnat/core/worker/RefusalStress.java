// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// When control sees that a worker has looked at a view, it sees that it was refused.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "not looked at")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "taken for accepted")
@State
public class RefusalStress {
    private static final NetworkView NETWORK =
            new NetworkView(
                    List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 1);

    private final ViewExchange exchange = new ViewExchange(new AtomicLong());

    /// Control offers a view and asks for the answer.
    @Actor
    public void control(I_Result result) {
        PortAllocator[] allocators = {};
        exchange.offer(
                new WorkerView(
                        1,
                        NETWORK,
                        ServiceMap.EMPTY,
                        allocators,
                        List.of(),
                        List.of(),
                        PurgeRules.NONE,
                        Set.of()));
        for (int look = 0; look < 100 && exchange.prepared() != 1; look++) {
            Thread.onSpinWait();
        }
        if (exchange.prepared() == 1) {
            result.r1 = exchange.refusal() == null ? 2 : 1;
        }
    }

    /// A worker refuses.
    @Actor
    public void worker() {
        for (int burst = 0; burst < 10; burst++) {
            exchange.poll(offered -> "no room");
        }
    }
}
