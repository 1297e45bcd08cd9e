// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What is otherwise than in the file that is read, each with its line. For one thread.
final class Findings {
    private final Set<String> lines = new LinkedHashSet<>();
    private boolean complete = true;

    /// Something is done in another way, which is told.
    void differs(Statement.Place place, String what) {
        lines.add(place + ": " + what);
    }

    /// Something is not done at all.
    void leftOut(Statement.Place place, String what) {
        complete = false;
        lines.add(place + ": left out: " + what);
    }

    /// A statement whose keyword means nothing here.
    void unknown(Statement statement, String where) {
        leftOut(
                statement.place(),
                "\"" + String.join(" ", statement.words()) + "\" is unknown in " + where);
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    boolean isComplete() {
        return complete;
    }
}
