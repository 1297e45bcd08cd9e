// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.plot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.benchmarks.plot.RecordedCosts.Panel;
import io.fullnat.benchmarks.plot.RecordedCosts.Point;
import io.fullnat.benchmarks.plot.RecordedCosts.Series;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class CostPlotTest {
    private static final Path ROOT = Path.of("..");

    private static RecordedCosts recorded() throws IOException {
        return RecordedCosts.read(Path.of("results/packet-cost.json"));
    }

    @Test
    void thePicturesOfThePagesAreWhatTheResultsMake() throws IOException {
        assertThat(Files.readString(ROOT.resolve("docs/images/packet-cost.svg")))
                .as("./build plot makes it anew")
                .isEqualTo(CostPlot.of(recorded()));
    }

    @Test
    void eachFigureIsToldByAPage() throws IOException {
        for (Panel panel : recorded().panels()) {
            String page = Files.readString(ROOT.resolve(panel.source()));
            assertThat(page).contains(panel.commit());
            assertThat(panel.command()).isNotBlank();
            for (Series series : panel.series()) {
                for (Point point : series.points()) {
                    assertThat(page).contains(point.ns().stream().map(String::valueOf).toList());
                }
            }
        }
    }

    @Test
    void aPointIsWhereItsFigureSays() throws Exception {
        RecordedCosts costs =
                new RecordedCosts(
                        "all",
                        List.of(
                                new Panel(
                                        "one",
                                        "of",
                                        "here",
                                        "abc",
                                        "all",
                                        "page",
                                        "command",
                                        List.of(
                                                new Series(
                                                        "line",
                                                        List.of(
                                                                new Point(1, List.of(15.0, 10.0)),
                                                                new Point(
                                                                        1_000_000,
                                                                        List.of(20.0))))))));
        String svg = CostPlot.of(costs);

        // 10 of 20 ns is half-way between the axis at 384 and the top at 176.
        assertThat(svg)
                .contains("points=\"84.0,280.0 292.0,176.0\"")
                .contains("y1=\"280.0\" x2=\"84.0\" y2=\"228.0\"")
                .contains("line 10.0 with 1, 20.0 with 1M");
        assertThat(
                        DocumentBuilderFactory.newInstance()
                                .newDocumentBuilder()
                                .parse(new InputSource(new StringReader(svg)))
                                .getDocumentElement()
                                .getTagName())
                .isEqualTo("svg");
    }
}
