// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.text.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// The first rows of the screen: the balancer as a whole. How many there are hangs only on what is
/// wrong with it.
final class Head {
    private static final int CONDITIONS = 2;
    private static final String GAP = "   ";

    private final Item whole;
    private final int columns;

    private Head(Item whole, int columns) {
        this.whole = whole;
        this.columns = columns;
    }

    /// How many lines there are.
    static int height(Item whole) {
        return 4 + Math.min(whole.now().path("conditions").size(), CONDITIONS);
    }

    static List<Line> lines(Item whole, Frame.Notices notices, int columns) {
        return new Head(whole, columns).lines(notices);
    }

    private List<Line> lines(Frame.Notices notices) {
        List<Line> lines = new ArrayList<>();
        lines.add(name().atRight(notices.time(), Style.DIM, columns));
        lines.add(state());
        lines.add(traffic());
        lines.add(workers());
        JsonNode conditions = whole.now().path("conditions");
        for (int i = 0; i < Math.min(conditions.size(), CONDITIONS); i++) {
            int more = conditions.size() - CONDITIONS;
            boolean last = i == CONDITIONS - 1 && more > 0;
            lines.add(condition(conditions.get(i), last ? more : 0));
        }
        return lines;
    }

    private Line name() {
        String status = whole.text("/status");
        Duration up = Duration.ofMillis(whole.count("/time") - whole.count("/startedAt"));
        Style style =
                status.equals("UP")
                        ? Style.GOOD
                        : status.equals("DEGRADED") ? Style.WARN : Style.BAD;
        return Line.of("fullnat " + whole.text("/version"), Style.TITLE)
                .and(GAP)
                .and(status, style)
                .and(GAP + "running " + Amounts.time(up));
    }

    private Line state() {
        long servers = whole.count("/totals/servers");
        long up = whole.count("/totals/serversUp");
        return Line.of("services ")
                .and(Figures.count(whole.count("/totals/services")), Style.TITLE)
                .and(GAP + "servers ")
                .and(
                        Figures.count(up) + "/" + Figures.count(servers) + " up",
                        up < servers ? Style.WARN : Style.TITLE)
                .and(GAP + "connections ")
                .and(Figures.count(whole.count("/totals/connections")), Style.TITLE)
                .and(GAP + "new ")
                .and(rate("connections", "/counters/CONNECTIONS_CREATED"), Style.TITLE)
                .and("/s");
    }

    private Line traffic() {
        return drops(
                Line.of("in ")
                        .and(rate("inPackets", "/outcomes/FORWARDED_IN"), Style.TITLE)
                        .and(" pps" + GAP + "out ")
                        .and(rate("outPackets", "/outcomes/FORWARDED_OUT"), Style.TITLE)
                        .and(" pps" + GAP + "wire ")
                        .and(bits(), Style.TITLE)
                        .and(" bit/s" + GAP + "drops "));
    }

    /// By the difference of two answers; before there are two, what the balancer has measured.
    private String rate(String measured, String count) {
        OptionalDouble rate =
                whole.before().isEmpty()
                        ? OptionalDouble.of(whole.number("/totals/rates/" + measured))
                        : whole.rate(count);
        return Cell.rate(rate).text();
    }

    /// What all ports receive and send.
    private String bits() {
        List<String> fields = new ArrayList<>();
        for (int port = 0; port < whole.now().path("ports").size(); port++) {
            fields.add("/ports/" + port + "/receivedBytes");
            fields.add("/ports/" + port + "/sentBytes");
        }
        return Cell.bits(whole.rate(fields.toArray(String[]::new))).text();
    }

    private record Drop(String name, double rate) {}

    /// How much is dropped, and why most of it: as many reasons as there is room for.
    private Line drops(Line before) {
        if (whole.before().isEmpty()) {
            return before.and("-", Style.DIM);
        }
        List<Drop> drops = new ArrayList<>();
        double all = 0;
        for (Outcome outcome : Outcome.values()) {
            double rate = whole.rate("/outcomes/" + outcome.name()).orElse(0);
            if (outcome.kind() == Outcome.Kind.DROPPED && rate > 0) {
                drops.add(new Drop(outcome.name(), rate));
                all += rate;
            }
        }
        drops.sort(Comparator.comparingDouble(Drop::rate).reversed());
        Line line =
                before.and(Amounts.rate(all) + "/s", drops.isEmpty() ? Style.TITLE : Style.WARN);
        for (Drop drop : drops) {
            Line longer = line.and("  " + drop.name + " " + Amounts.rate(drop.rate));
            if (longer.width() > columns) {
                return line;
            }
            line = longer;
        }
        return line;
    }

    /// As many workers as there is room for.
    private Line workers() {
        JsonNode workers = whole.now().path("workers");
        Line line = Line.of(workers.size() == 1 ? "worker busy" : "workers busy");
        for (int i = 0; i < workers.size(); i++) {
            OptionalDouble busy = whole.rate("/workers/" + i + "/busyNanoseconds");
            Cell cell =
                    busy.isEmpty()
                            ? Cell.rate(busy)
                            : Cell.share(Math.min(1, busy.getAsDouble() / 1e9), 0.9);
            if (line.width() + 12 > columns && i < workers.size() - 1) {
                return line.and(String.format(Locale.ROOT, " ... %d", workers.size()), Style.DIM);
            }
            line = line.and(Width.fit(cell.text(), 5, true), cell.style());
        }
        return line;
    }

    private static Line condition(JsonNode condition, int more) {
        Line line =
                Line.of("! ", Style.BAD)
                        .and(condition.path("condition").asText(), Style.BAD)
                        .and(" " + condition.path("subject").asText())
                        .and(
                                " for "
                                        + Amounts.time(
                                                Duration.ofSeconds(
                                                        condition.path("seconds").asLong())))
                        .and(": " + condition.path("detail").asText(), Style.DIM);
        return more > 0 ? Line.of("! and " + more + " more: ", Style.BAD).and(line.text()) : line;
    }
}
