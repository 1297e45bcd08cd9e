// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Control lets the share of a server grow while a worker reads it twice: the worker sees shares
/// that there were, and none after a later one.
@JCStressTest
@Outcome(
        id = {"0, 0", "0, 6554", "0, 65536", "6554, 6554", "6554, 65536", "65536, 65536"},
        expect = Expect.ACCEPTABLE,
        desc = "it does not shrink")
@Outcome(expect = Expect.FORBIDDEN, desc = "it shrinks, or was never so")
@State
public class HealthWordsStress {
    private final HealthWords words = new HealthWords(1, 1);

    /// A server that is down.
    public HealthWordsStress() {
        words.server(0, 0);
    }

    /// Control: it comes up, and has started.
    @Actor
    public void control() {
        words.server(0, 6554);
        words.server(0, HealthWords.WHOLE);
    }

    /// A worker: two connections begin.
    @Actor
    public void worker(II_Result result) {
        result.r1 = words.server(0);
        result.r2 = words.server(0);
    }
}
