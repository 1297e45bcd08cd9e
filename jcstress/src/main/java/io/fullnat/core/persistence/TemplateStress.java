// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.persistence;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Two workers open a client's first connections while a third looks for its template: all hear of
/// one server, or, if the system held an owner of the set up, of none.
@JCStressTest
@Outcome(
        id = {"1, 1, (1|-1)", "2, 2, (2|-1)"},
        expect = Expect.ACCEPTABLE,
        desc = "one server")
@Outcome(id = "-3, .*|.*, -3, .*", expect = Expect.ACCEPTABLE, desc = "held up")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "two servers, or another client's")
@State
public class TemplateStress {
    private static final TemplateTable TABLE = new TemplateTable(TemplateTable.WAYS, 7);
    private static final AtomicInteger NEXT = new AtomicInteger();

    /// Those of runs before, which never were proved, give way.
    private final int client = NEXT.incrementAndGet();

    private int claim(int server) {
        int answer = TABLE.claim(1, client, -client, server, TemplateTable.NONE, 0, 60);
        return answer < 0 ? answer : answer & TemplateTable.SERVER;
    }

    /// A worker.
    @Actor
    public void one(III_Result result) {
        result.r1 = claim(1);
    }

    /// Another one.
    @Actor
    public void other(III_Result result) {
        result.r2 = claim(2);
    }

    /// A third one.
    @Actor
    public void reader(III_Result result) {
        result.r3 = TABLE.find(1, client, -client, 0, 60);
    }
}
