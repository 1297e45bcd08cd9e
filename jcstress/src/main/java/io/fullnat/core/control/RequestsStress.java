// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.TransactionFunction;
import java.time.Duration;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A transaction is submitted while the balancer closes: it is served or refused, so nobody waits
/// for it for ever.
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "served")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "forgotten")
@State
public class RequestsStress {
    private static final TransactionFunction NOTHING = state -> List.of();

    private final Requests requests = new Requests(Duration.ofSeconds(1));
    private final Answer<Void> answer = Answer.forNobody();

    /// An application.
    @Actor
    public void application() {
        requests.offer(new Request.Apply(NOTHING, answer, Long.MAX_VALUE));
    }

    /// Control: serves what there is, and closes.
    @Actor
    public void control() {
        for (Request next = requests.next(); next != null; next = requests.next()) {
            answer.fulfil(null);
        }
        requests.close();
    }

    /// Afterwards.
    @Arbiter
    public void afterwards(I_Result result) {
        result.r1 = answer.isCompletedExceptionally() ? 2 : answer.isDone() ? 1 : 0;
    }
}
