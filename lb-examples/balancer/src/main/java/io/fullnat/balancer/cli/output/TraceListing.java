// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.List;

/// Where a packet would go, and why: each decision on its way, in its order, as control knows them.
/// Nothing is changed, no turn of a scheduler is taken.
///
/// @param tuple of the packet
/// @param before decisions that are known of the frame alone
/// @param json whether JSON is wanted instead
public record TraceListing(FlowTuple tuple, List<String> before, boolean json)
        implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        List<TraceStep> steps = new Trace(operations, tuple).steps();
        if (json) {
            ObjectNode root = ListingJson.object().put("tuple", tuple.toString());
            ArrayNode nodes = root.putArray("steps");
            before.forEach(
                    finding -> nodes.addObject().put("step", "frame").put("finding", finding));
            for (TraceStep step : steps) {
                ObjectNode node =
                        nodes.addObject().put("step", step.what()).put("finding", step.finding());
                step.end().ifPresent(end -> node.put("outcome", end.name()));
            }
            out.print(ListingJson.text(root, true) + "\n");
            return;
        }
        before.forEach(finding -> line(out, "frame", finding));
        for (TraceStep step : steps) {
            line(out, step.what(), step.finding());
            step.end().ifPresent(end -> line(out, "ends as", words(end)));
        }
    }

    private static void line(PrintWriter out, String what, String finding) {
        out.print(Column.left(what, 12) + " " + finding + "\n");
    }

    private static String words(Outcome outcome) {
        return outcome + ": " + outcome.meaning();
    }
}
