// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.FrameText;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/// A replay in lines of text: each frame that came in with its outcome, each that left, and in the
/// end how many ended how. For one thread.
final class ReplayText implements ReplayListener {
    private static final double SECOND = 1e9;

    private final PrintWriter out;
    private final IntFunction<String> ports;
    private final long start;
    private final Map<Outcome, Integer> totals = new EnumMap<>(Outcome.class);
    private int received;
    private int sent;
    private int passedOver;

    /// @param ports their names
    /// @param start when the first frame came, nanoseconds since 1970
    ReplayText(PrintWriter out, IntFunction<String> ports, long start) {
        this.out = out;
        this.ports = ports;
        this.start = start;
    }

    @Override
    public void received(int port, long nanos, byte[] bytes, List<Outcome> outcomes) {
        received++;
        String end = outcomes.isEmpty() ? "waits for a neighbour" : names(outcomes);
        line(nanos, ports.apply(port) + " in", FrameText.of(bytes) + "  " + end);
        count(outcomes);
    }

    @Override
    public void passedOver(int port, long nanos, byte[] bytes, String why) {
        passedOver++;
        line(nanos, ports.apply(port) + " in", FrameText.of(bytes) + "  not replayed: " + why);
    }

    @Override
    public void sent(int port, long nanos, byte[] bytes) {
        sent++;
        line(nanos, ports.apply(port) + " out", FrameText.of(bytes));
    }

    @Override
    public void ended(long nanos, List<Outcome> outcomes) {
        line(nanos, "-", "packets that waited  " + names(outcomes));
        count(outcomes);
    }

    private void count(List<Outcome> outcomes) {
        outcomes.forEach(outcome -> totals.merge(outcome, 1, Integer::sum));
    }

    private static String names(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::name).collect(Collectors.joining(", "));
    }

    private void line(long nanos, String where, String what) {
        double seconds = (nanos - start) / SECOND;
        out.print(String.format(Locale.ROOT, "%12.6f %-10s %s\n", seconds, where, what));
    }

    /// Tells what it has come to.
    void summary() {
        out.print(
                received
                        + " frames came in, "
                        + sent
                        + " left"
                        + (passedOver == 0 ? "" : ", " + passedOver + " were not replayed")
                        + "\n");
        totals.forEach((outcome, count) ->
                out.print("  " + outcome + " " + count + "  " + outcome.meaning() + "\n"));
    }
}
