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
import org.openjdk.jcstress.infra.results.II_Result;

/// A view passes from control to a worker whole, only after it was published, and control learns of
/// it only when the worker has it.
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not taken over")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "taken over, not yet known to control")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "taken over")
@Outcome(id = "2, .*", expect = Expect.FORBIDDEN, desc = "parts of a view")
@Outcome(id = "0, 1", expect = Expect.FORBIDDEN, desc = "said to be taken over")
@State
public class ViewExchangeStress {
    private static final NetworkView NETWORK =
            new NetworkView(
                    List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 1);

    private final AtomicLong published = new AtomicLong();
    private final ViewExchange exchange = new ViewExchange(published);

    /// Control offers a view and publishes it when it was prepared.
    @Actor
    public void control(II_Result result) {
        PortAllocator[] allocators = {new PortAllocator()};
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
            published.set(1);
        }
        for (int look = 0; look < 10 && exchange.adopted() != 1; look++) {
            Thread.onSpinWait();
        }
        result.r2 = (int) exchange.adopted();
    }

    /// A worker looks now and then.
    @Actor
    public void worker(II_Result result) {
        for (int burst = 0; burst < 100 && result.r1 == 0; burst++) {
            WorkerView view = exchange.poll(offered -> null);
            if (view != null) {
                boolean whole =
                        view.revision() == 1
                                && view.network() == NETWORK
                                && view.services() == ServiceMap.EMPTY
                                && view.allocators().length == 1
                                && view.allocators()[0] != null;
                result.r1 = whole ? 1 : 2;
                exchange.adopted(view);
            }
        }
    }
}
