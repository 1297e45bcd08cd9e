// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `dpip neigh show`: what each worker knows of its neighbours, in DPVS's columns and words.
///
/// @param device of one device, empty for all
/// @param family of one family, empty for both
/// @param json whether JSON is wanted instead
public record NeighbourListing(Optional<String> device, Optional<String> family, boolean json)
        implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        List<NeighbourStatus> neighbours =
                find(operations, device).stream()
                        .filter(each -> family.map(each.address().family()::equals).orElse(true))
                        .toList();
        if (json) {
            ListingJson.print(out, "neighbours", neighbours, NeighbourListing::toJson);
            return;
        }
        StringBuilder text = new StringBuilder();
        neighbours.forEach(neighbour -> append(text, neighbour));
        out.print(text);
    }

    static List<NeighbourStatus> find(Operations operations, Optional<String> device) {
        Lookup.requireDevice(operations, device);
        return operations.control().neighbours().stream()
                .filter(neighbour -> device.map(neighbour.device()::equals).orElse(true))
                .toList();
    }

    private static void append(StringBuilder text, NeighbourStatus neighbour) {
        String state = Column.left(state(neighbour.state()), 12);
        text.append("ip: ").append(Column.left(neighbour.address(), 48));
        // "incomplate" is how DPVS spells it, and what scripts look for.
        text.append(
                neighbour
                        .mac()
                        .map(mac -> " mac: " + mac + "   state: " + state + "  dev: ")
                        .orElse(
                                " mac:incomplate"
                                        + " ".repeat(23)
                                        + "state: "
                                        + state
                                        + "   dev: "));
        text.append(neighbour.device())
                .append("  core: ")
                .append(neighbour.worker() + 1)
                .append("  ")
                .append(neighbour.state() == NeighbourStatus.State.STATIC ? "static\n" : "\n");
    }

    private static String state(NeighbourStatus.State state) {
        return switch (state) {
            case INCOMPLETE -> "NONE";
            case REACHABLE, STATIC -> "REACHABLE";
            // As DPVS has it: first it is not sure any more, then it has asked.
            case STALE -> "PROBE";
            case PROBE -> "DELAY";
        };
    }

    private static ObjectNode toJson(NeighbourStatus neighbour) {
        return ListingJson.object()
                .put("worker", neighbour.worker())
                .put("address", neighbour.address().toString())
                .put("mac", neighbour.mac().map(MacAddress::toString).orElse(null))
                .put("device", neighbour.device())
                .put("state", neighbour.state().name().toLowerCase(Locale.ROOT));
    }
}
