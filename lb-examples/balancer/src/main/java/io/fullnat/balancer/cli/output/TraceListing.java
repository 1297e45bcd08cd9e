// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.trace.Ending;
import io.fullnat.balancer.trace.Rehearsed;
import io.fullnat.balancer.trace.TracedFrame;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Where a packet would go, and why: how a copy of the balancer ends it, and each decision on its
/// way. Nothing is changed, no turn of a scheduler is taken.
///
/// @param tuple of the packet, unless the frame is given
/// @param frame in hexadecimal digits
/// @param device where it arrives, if that is said
/// @param json whether JSON is wanted instead
public record TraceListing(
        Optional<FlowTuple> tuple, Optional<String> frame, Optional<String> device, boolean json)
        implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        TracedFrame traced =
                frame.map(hex -> TracedFrame.of(operations, HexFormat.of().parseHex(hex), device))
                        .orElseGet(() -> TracedFrame.of(operations, tuple.orElseThrow(), device));
        Trace trace = new Trace(operations, traced);
        List<TraceStep> steps = trace.steps();
        if (json) {
            out.print(ListingJson.text(json(traced, trace, steps), true) + "\n");
            return;
        }
        for (TraceStep step : steps) {
            line(out, step.what(), step.finding());
        }
        line(out, "ends as", words(trace.rehearsed()));
    }

    private static ObjectNode json(TracedFrame traced, Trace trace, List<TraceStep> steps) {
        ObjectNode root = ListingJson.object();
        traced.tuple().ifPresent(found -> root.put("tuple", found.toString()));
        root.put("frame", HexFormat.of().formatHex(traced.bytes()));
        ArrayNode nodes = root.putArray("steps");
        for (TraceStep step : steps) {
            ObjectNode node =
                    nodes.addObject().put("step", step.what()).put("finding", step.finding());
            step.end().ifPresent(end -> node.put("outcome", end.name()));
        }
        ArrayNode outcomes = root.putArray("outcomes");
        trace.rehearsed().outcomes().forEach(outcome -> outcomes.add(outcome.name()));
        return root;
    }

    private static void line(PrintWriter out, String what, String finding) {
        out.print(Column.left(what, 12) + " " + finding + "\n");
    }

    private static String words(Rehearsed rehearsed) {
        Set<Outcome> outcomes = rehearsed.outcomes();
        if (outcomes.isEmpty()) {
            return "nothing yet: it waits";
        }
        if (outcomes.size() == 1) {
            Outcome only = outcomes.iterator().next();
            return only + ": " + only.meaning();
        }
        return outcomes.stream().map(Outcome::name).collect(Collectors.joining(" or "))
                + ", by "
                + String.join(" and ", reasons(rehearsed));
    }

    private static List<String> reasons(Rehearsed rehearsed) {
        List<String> reasons = new ArrayList<>();
        if (rehearsed.endings().stream().map(Ending::outcome).distinct().count() > 1) {
            reasons.add("whom the scheduler chooses");
        }
        if (rehearsed.endings().stream().anyMatch(Ending::assumed)) {
            reasons.add("whether the neighbour answers");
        }
        if (rehearsed.unsure().stream().anyMatch(doubt -> doubt.outcome().isPresent())) {
            reasons.add("what is not known");
        }
        return reasons;
    }
}
