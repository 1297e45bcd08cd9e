// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.balancer.cli.output.Lookup;
import io.fullnat.balancer.cli.request.Present;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.QuotedWord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// `ipvsadm -R` and `dpip ipset restore`: the lines of standard input as one transaction, all or
/// none. An error names the line.
public final class Restore {
    private record Line(int number, Request.Step step) {}

    private final List<Line> lines = new ArrayList<>();
    private final Map<String, Integer> mtus;

    private final Request.LineReader reader;

    private Restore(Map<String, Integer> mtus, Request.LineReader reader) {
        this.reader = reader;
        this.mtus = mtus;
    }

    /// Carries the lines out. Empty ones and those that begin with `#` are passed over.
    ///
    /// @param input all lines
    /// @param reader reads the words of one
    public static void apply(String input, Request.LineReader reader, Operations operations) {
        Restore restore = new Restore(Lookup.mtus(operations), reader);
        int number = 0;
        for (String line : input.lines().toList()) {
            number++;
            restore.read(number, line.strip());
        }
        restore.apply(operations.control());
    }

    private void read(int number, String line) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        try {
            List<String> words = words(line);
            Request request = reader.read(words);
            if (!(request instanceof Request.Edit(Request.Step step))) {
                throw Refusal.invalid("\"" + line + "\" changes nothing");
            }
            lines.add(new Line(number, step));
        } catch (BalancerException wrong) {
            throw at(number, wrong);
        }
    }

    private static List<String> words(String line) {
        try {
            return QuotedWord.split(line);
        } catch (IllegalArgumentException open) {
            throw Refusal.invalid(String.valueOf(open.getMessage()));
        }
    }

    private void apply(Control control) {
        AtomicInteger refused = new AtomicInteger();
        try {
            control.apply(function(lines.size(), refused));
        } catch (BalancerException failure) {
            int number = refused.get() != 0 ? refused.get() : locate(control, failure);
            throw number == 0 ? failure : at(number, failure);
        }
    }

    /// The first lines, each seeing what those before it did.
    private TransactionFunction function(int count, AtomicInteger refused) {
        return state -> changes(state, count, refused);
    }

    private List<Change> changes(DesiredState state, int count, AtomicInteger refused) {
        Present present = new Present(state, mtus);
        List<Change> all = new ArrayList<>();
        for (Line line : lines.subList(0, count)) {
            try {
                for (Change change : line.step.changes(present)) {
                    present.take(change);
                    all.add(change);
                }
            } catch (BalancerException failure) {
                refused.set(line.number);
                throw failure;
            }
        }
        return all;
    }

    /// The number of the line that the engine refuses: the last of the shortest beginning that it
    /// refuses. 0 if it now takes all of them, so that the fault is no line's.
    private int locate(Control control, BalancerException failure) {
        if (accepts(control, lines.size(), failure)) {
            return 0;
        }
        int accepted = 0;
        int refused = lines.size();
        while (refused - accepted > 1) {
            int middle = (accepted + refused) >>> 1;
            if (accepts(control, middle, failure)) {
                accepted = middle;
            } else {
                refused = middle;
            }
        }
        return refused == 0 ? 0 : lines.get(refused - 1).number;
    }

    /// Whether a beginning is not refused for the same.
    private boolean accepts(Control control, int count, BalancerException failure) {
        try {
            Control.await(control.check(function(count, new AtomicInteger())));
            return true;
        } catch (BalancerException refusal) { // a beginning may lack what later lines bring
            return !String.valueOf(refusal.getMessage()).equals(failure.getMessage());
        }
    }

    private static BalancerException at(int number, BalancerException failure) {
        return new BalancerException(
                failure.code(),
                "line " + number + ": " + failure.getMessage() + "; nothing was changed",
                failure);
    }
}
