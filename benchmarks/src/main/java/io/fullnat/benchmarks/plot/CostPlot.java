// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.plot;

import io.fullnat.benchmarks.plot.RecordedCosts.Panel;
import io.fullnat.benchmarks.plot.RecordedCosts.Point;
import io.fullnat.benchmarks.plot.RecordedCosts.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// Nanoseconds a packet against the number of flows, as SVG: `./build plot`.
///
/// It brings its own ground, dark where the reader's system is, so it can be read on any page.
/// Curves differ in dashes and markers as well as in colour.
public final class CostPlot {
    private static final int HEIGHT = 452;
    private static final int LEFT = 62;
    private static final int PANEL = 252;
    private static final int GAP = 44;
    private static final int TOP = 176;
    private static final int BOTTOM = 384;
    private static final int INSET = 22;
    private static final int STEP = 10;
    private static final int LEGEND = 17;
    private static final int LEGEND_TOP = 100;
    private static final int MOST_FLOWS = 6; // a million, as a power of ten

    private static final String STYLE =
            """
              <style>
                .ground { fill: #ffffff; stroke: #d0d7de }
                text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12px; fill: #1f2328 }
                .title { font-size: 17px; font-weight: 600 }
                .panel { font-size: 14px; font-weight: 600 }
                .faint { fill: #59636e; font-size: 11px }
                .grid { stroke: #d8dee4; stroke-width: 1 }
                .axis { stroke: #59636e; stroke-width: 1 }
                .curve { fill: none; stroke-width: 2 }
                .spread { stroke-width: 1.5 }
                .c0 { stroke: #0550ae } .f0 { fill: #0550ae }
                .c1 { stroke: #b35900; stroke-dasharray: 7 3 } .f1 { fill: #b35900 }
                .c2 { stroke: #116329; stroke-dasharray: 2 3 } .f2 { fill: #116329 }
                .c3 { stroke: #8250df; stroke-dasharray: 9 3 2 3 } .f3 { fill: #8250df }
                .spread { stroke-dasharray: none }
                @media (prefers-color-scheme: dark) {
                  .ground { fill: #0d1117; stroke: #3d444d }
                  text { fill: #f0f6fc }
                  .faint { fill: #9198a1 }
                  .grid { stroke: #2a313a }
                  .axis { stroke: #9198a1 }
                  .c0 { stroke: #58a6ff } .f0 { fill: #58a6ff }
                  .c1 { stroke: #f0a04b } .f1 { fill: #f0a04b }
                  .c2 { stroke: #56d364 } .f2 { fill: #56d364 }
                  .c3 { stroke: #bc8cff } .f3 { fill: #bc8cff }
                }
              </style>
            """;

    private final RecordedCosts costs;
    private final StringBuilder svg = new StringBuilder();
    private final double top;

    private CostPlot(RecordedCosts costs) {
        this.costs = costs;
        double most =
                costs.panels().stream()
                        .flatMap(panel -> panel.series().stream())
                        .flatMap(series -> series.points().stream())
                        .mapToDouble(Point::most)
                        .max()
                        .orElseThrow();
        top = Math.ceil(most / STEP) * STEP;
    }

    /// Draws a file of results.
    ///
    /// @param args the results, and where the drawing goes
    /// @throws IOException if one of them cannot be read or written
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[1]), of(RecordedCosts.read(Path.of(args[0]))));
    }

    static String of(RecordedCosts costs) {
        return new CostPlot(costs).draw();
    }

    private String draw() {
        int width = LEFT + costs.panels().size() * (PANEL + GAP) - GAP + INSET;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " role=\"img\" aria-labelledby=\"title figures\">",
                width, HEIGHT, width, HEIGHT);
        line("  <!-- SPDX-License-Identifier: Apache-2.0; made by: ./build plot -->");
        line("  <title id=\"title\">%s, in nanoseconds, by number of flows</title>", costs.title());
        line("  <desc id=\"figures\">%s</desc>", inWords());
        svg.append(STYLE);
        line(
                "  <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>",
                width - 1, HEIGHT - 1);
        text(INSET, 32, "title", "start", costs.title());
        text(
                INSET,
                51,
                "faint",
                "start",
                "Worker processor time, ns; points: least, bars: up to most");
        line(
                "  <text x=\"20\" y=\"%d\" transform=\"rotate(-90 20 %d)\" text-anchor=\"middle\">ns a packet</text>",
                (TOP + BOTTOM) / 2, (TOP + BOTTOM) / 2);
        int x = LEFT;
        for (Panel panel : costs.panels()) {
            draw(panel, x);
            x += PANEL + GAP;
        }
        line("</svg>");
        return svg.toString();
    }

    private void draw(Panel panel, int x) {
        text(x, 78, "panel", "start", panel.title());
        text(x, 93, "faint", "start", panel.subtitle());
        for (int ns = 0; ns <= top; ns += STEP) {
            line(
                    "  <line class=\"%s\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>",
                    ns == 0 ? "axis" : "grid", x, y(ns), x + PANEL, y(ns));
            text(x - 7, y(ns) + 4, "faint", "end", String.valueOf(ns));
        }
        int first = (int) Math.round(Math.log10(panel.leastFlows()));
        ToDoubleFunction<Integer> across =
                flows ->
                        x
                                + INSET
                                + (Math.log10(flows) - first)
                                        / (MOST_FLOWS - first)
                                        * (PANEL - 2.0 * INSET);
        for (int power = first; power <= MOST_FLOWS; power++) {
            int flows = (int) Math.pow(10, power);
            line(
                    "  <line class=\"axis\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>",
                    across.applyAsDouble(flows), BOTTOM, across.applyAsDouble(flows), BOTTOM + 5);
            text(across.applyAsDouble(flows), BOTTOM + 19, "faint", "middle", brief(flows));
        }
        text(x + PANEL / 2.0, BOTTOM + 37, "", "middle", "flows");
        text(x, BOTTOM + 56, "faint", "start", panel.machine() + ", " + panel.commit());
        for (int i = 0; i < panel.series().size(); i++) {
            legend(panel.series().get(i), i, x);
            curve(panel.series().get(i), i, across);
        }
    }

    private void legend(Series series, int style, int x) {
        int y = LEGEND_TOP + 10 + style * LEGEND;
        line(
                "  <line class=\"curve c%d\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>",
                style, x, y, x + 30, y);
        marker(style, x + 15, y);
        text(x + 38, y + 4, "", "start", series.name());
    }

    private void curve(Series series, int style, ToDoubleFunction<Integer> across) {
        String points =
                series.points().stream()
                        .map(point ->
                                String.format(
                                        Locale.ROOT,
                                        "%.1f,%.1f",
                                        across.applyAsDouble(point.flows()),
                                        y(point.least())))
                        .collect(Collectors.joining(" "));
        line("  <polyline class=\"curve c%d\" points=\"%s\"/>", style, points);
        for (Point point : series.points()) {
            double x = across.applyAsDouble(point.flows());
            line(
                    "  <line class=\"c%d spread\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                    style, x, y(point.least()), x, y(point.most()));
            marker(style, x, y(point.least()));
        }
    }

    private void marker(int style, double x, double y) {
        switch (style) {
            case 0 -> line("  <circle class=\"f0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", x, y);
            case 1 ->
                    line(
                            "  <rect class=\"f1\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>",
                            x - 3.5, y - 3.5);
            case 2 ->
                    line(
                            "  <polygon class=\"f2\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>",
                            x, y - 5, x + 4.5, y + 3.5, x - 4.5, y + 3.5);
            default ->
                    line(
                            "  <polygon class=\"f3\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>",
                            x, y - 5, x + 5, y, x, y + 5, x - 5, y);
        }
    }

    /// All figures, for who does not see the drawing.
    private String inWords() {
        return costs.panels().stream()
                .map(panel ->
                        panel.title()
                                + " ("
                                + panel.subtitle()
                                + "; "
                                + panel.machine()
                                + "): "
                                + panel.series().stream()
                                        .map(CostPlot::inWords)
                                        .collect(Collectors.joining("; ")))
                .collect(Collectors.joining(". ", "", "."));
    }

    private static String inWords(Series series) {
        return series.points().stream()
                .map(point ->
                        String.format(
                                Locale.ROOT, "%.1f with %s", point.least(), brief(point.flows())))
                .collect(Collectors.joining(", ", series.name() + " ", ""));
    }

    private static String brief(int flows) {
        List<String> units = List.of("", "k", "M");
        int unit = 0;
        int rest = flows;
        while (rest >= 1000 && rest % 1000 == 0) {
            rest /= 1000;
            unit++;
        }
        return rest + units.get(unit);
    }

    private double y(double ns) {
        return BOTTOM - ns / top * (BOTTOM - TOP);
    }

    private void text(double x, double y, String style, String anchor, String words) {
        line(
                "  <text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                style.isEmpty() ? "" : " class=\"" + style + "\"", x, y, anchor, words);
    }

    @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency
    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
