// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import io.fullnat.api.counter.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which packets are to be captured: those that all of it asks for. Immutable and thread-safe.
///
/// @param filter a program that frames must satisfy, as they are received or as they are sent;
///   empty for all
/// @param flows patterns of which a frame must satisfy one; empty for all. Of the connections that
///   are found so the other side's packets are captured, too, from their first packet on that is
///   forwarded while the capture lasts
/// @param outcomes how packets must have ended; empty for all. Packets of the balancer's own have
///   none
/// @param ports where frames are looked at, by number; empty for all
/// @param snapLength how much of a frame is captured, bytes, 14 to [#MAX_SNAP_LENGTH]
/// @param ringBytes room for frames of each worker that were not fetched yet, 65,536 to 2^28,
///   rounded up to a power of two
public record CaptureSettings(
        Optional<BpfFilter> filter,
        List<FlowPattern> flows,
        Set<Outcome> outcomes,
        Set<Integer> ports,
        int snapLength,
        int ringBytes) {
    /// The most of a frame that tools take.
    public static final int MAX_SNAP_LENGTH = 262_144;

    private static final int MIN_SNAP_LENGTH = 14;
    private static final int MIN_RING = 1 << 16;
    private static final int MAX_RING = 1 << 28;
    private static final int DEFAULT_RING = 1 << 23;
    private static final int MOST_NAMED = 5;

    /// All packets, whole.
    public static final CaptureSettings ALL =
            new CaptureSettings(
                    Optional.empty(), List.of(), Set.of(), Set.of(), MAX_SNAP_LENGTH, DEFAULT_RING);

    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming what is out of range
    public CaptureSettings {
        flows = List.copyOf(flows);
        outcomes = Set.copyOf(outcomes);
        ports = Set.copyOf(ports);
        if (snapLength < MIN_SNAP_LENGTH || snapLength > MAX_SNAP_LENGTH) {
            throw new IllegalArgumentException(
                    "snap length " + snapLength + " is not 14-" + MAX_SNAP_LENGTH);
        }
        if (ringBytes < MIN_RING || ringBytes > MAX_RING) {
            throw new IllegalArgumentException(
                    "ring of " + ringBytes + " bytes is not " + MIN_RING + "-" + MAX_RING);
        }
    }

    /// Which packets, in words.
    ///
    /// @param names of the ports, by number
    /// @return one line
    public String describe(List<String> names) {
        List<String> parts = new ArrayList<>();
        if (filter.isPresent()) {
            parts.add("those of a filter");
        }
        if (!flows.isEmpty()) {
            String first = flows.getFirst().describe();
            parts.add(first + (flows.size() > 1 ? " and " + (flows.size() - 1) + " more" : ""));
        }
        if (!outcomes.isEmpty()) {
            parts.add(
                    outcomes.size() > MOST_NAMED
                            ? outcomes.size() + " outcomes"
                            : sorted(outcomes.stream().map(Outcome::name)));
        }
        if (!ports.isEmpty()) {
            parts.add("at " + sorted(ports.stream().map(port -> name(names, port))));
        }
        return parts.isEmpty() ? "all packets" : String.join("; ", parts);
    }

    private static String name(List<String> names, int port) {
        return port >= 0 && port < names.size() ? names.get(port) : "port " + port;
    }

    private static String sorted(Stream<String> words) {
        return words.sorted().collect(Collectors.joining(", "));
    }
}
