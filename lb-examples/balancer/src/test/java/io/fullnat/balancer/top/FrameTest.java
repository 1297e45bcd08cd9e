// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole screens, as text: those that are expected are files beside the tests.
final class FrameTest {
    private static final Frame.Notices CALM = new Frame.Notices("12:03:44Z", "", false);
    private static final Frame.Size USUAL = new Frame.Size(18, 80);

    private static List<Line> lines(Model model, VisibleRows listing, Frame.Size size) {
        return new Frame(model, Optional.of(listing), CALM, size).lines();
    }

    private static String text(List<Line> lines) {
        return lines.stream()
                .map(line -> line.text().stripTrailing())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String screen(Query query, Frame.Size size) {
        Model model = new Model(query, SampleOverview.TWO_SECONDS);
        return text(lines(model, SampleOverview.listing(query), size));
    }

    private static String expected(String name) throws IOException {
        try (InputStream in = FrameTest.class.getResourceAsStream(name + ".txt")) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @EnumSource(View.class)
    void eachListFitsTheUsualTerminal(View view) throws IOException {
        assertThat(screen(SampleOverview.query(view), USUAL)).isEqualTo(expected(view.word()));
    }

    @Test
    void widerTerminalsShowMore() throws IOException {
        assertThat(screen(SampleOverview.query(View.SERVICES), new Frame.Size(18, 140)))
                .isEqualTo(expected("services-wide"));
    }

    /// Where there is room for it: who serves if none of a service's servers does.
    @Test
    void theSorryServerOfAServiceIsSeen() {
        assertThat(screen(SampleOverview.query(View.SERVICES), new Frame.Size(18, 200)))
                .contains(
                        "SORRY SERVER",
                        " up 203.0.113.99:8080\n",
                        " DOWN 203.0.113.99:8080\n",
                        " serves 203.0.113.99:8080\n");
    }

    @Test
    void narrowOnesLeaveOutWhatIsLessImportant() throws IOException {
        assertThat(screen(SampleOverview.query(View.SERVICES), new Frame.Size(18, 60)))
                .isEqualTo(expected("services-narrow"));
    }

    @ParameterizedTest
    @CsvSource({"59, 24", "80, 9", "10, 3", "1, 1"})
    void tooSmallOnesSaySo(int columns, int rows) {
        List<Line> lines =
                lines(
                        new Model(SampleOverview.query(View.SERVICES), SampleOverview.TWO_SECONDS),
                        SampleOverview.listing(SampleOverview.query(View.SERVICES)),
                        new Frame.Size(rows, columns));

        assertThat(lines).hasSize(rows).allMatch(line -> line.width() <= columns);
        String said = "too small: " + columns + "x" + rows + ", fullnat top needs 60x10";
        assertThat(lines.getFirst().text()).isEqualTo(Width.cut(said, columns));
    }

    @ParameterizedTest
    @EnumSource(View.class)
    void noSizeIsLeftOver(View view) {
        VisibleRows listing = SampleOverview.listing(SampleOverview.query(view));
        Model model = new Model(SampleOverview.query(view), SampleOverview.TWO_SECONDS);
        for (int columns = 1; columns < 200; columns += 7) {
            for (int rows = 1; rows < 60; rows += 5) {
                int most = columns;
                assertThat(lines(model, listing, new Frame.Size(rows, columns)))
                        .hasSize(rows)
                        .allMatch(line -> line.width() <= most);
            }
        }
    }

    @Test
    void aBalancerThatDoesNotAnswerIsSaidToWithWhatItSaidLast() {
        Query query = SampleOverview.query(View.SERVICES);
        Frame.Notices away = new Frame.Notices("12:03:44Z", "NO ANSWER for 7 s: why", true);
        List<Line> lines =
                new Frame(
                                new Model(query, SampleOverview.TWO_SECONDS),
                                Optional.of(SampleOverview.listing(query)),
                                away,
                                USUAL)
                        .lines();

        assertThat(lines.get(6)).isEqualTo(Line.of("NO ANSWER for 7 s: why", Style.BAD));
        assertThat(text(lines)).contains("tcp 192.0.2.0:80");
        assertThat(lines).hasSize(USUAL.rows());
    }

    @Test
    void aRestartIsNews() {
        Query query = SampleOverview.query(View.SERVICES);
        List<Line> lines =
                new Frame(
                                new Model(query, SampleOverview.TWO_SECONDS),
                                Optional.of(SampleOverview.listing(query)),
                                new Frame.Notices("12:03:44Z", "", true),
                                USUAL)
                        .lines();

        assertThat(lines.get(6).text())
                .startsWith("services 1-9/20,000 by rate   the balancer has been restarted");
    }

    @Test
    void whatIsChosenIsSaid() {
        Query query =
                new Query(
                        View.SERVERS,
                        Optional.of("192.0.2.0-80-tcp"),
                        "refused",
                        "down",
                        true,
                        0,
                        10);
        Model model = new Model(query, SampleOverview.TWO_SECONDS);
        Model.Sight sight = new Model.Sight(10, Optional.of(SampleOverview.listing(query)));
        model.press(Key.of('p'), sight);
        String screen = text(lines(model, SampleOverview.listing(query), new Frame.Size(18, 110)));

        assertThat(screen)
                .contains(
                        "servers 1-5/5 of 192.0.2.0-80-tcp, 12,345 templates with \"refused\" by"
                                + " down, reversed   PAUSED, p goes on\n");
    }

    /// Rows of another list are not shown under these titles.
    @Test
    void untilItsAnswerComesAListIsEmpty() {
        Model model = new Model(SampleOverview.query(View.PORTS), SampleOverview.TWO_SECONDS);
        String screen =
                text(
                        lines(
                                model,
                                SampleOverview.listing(SampleOverview.query(View.SERVICES)),
                                USUAL));

        assertThat(screen).contains("4 PORTS").doesNotContain("192.0.2.0");
    }

    @Test
    void helpFitsTheUsualTerminal() throws IOException {
        Model model = new Model(SampleOverview.query(View.SERVICES), SampleOverview.TWO_SECONDS);
        VisibleRows listing = SampleOverview.listing(SampleOverview.query(View.SERVICES));
        model.press(Key.of('?'), new Model.Sight(10, Optional.of(listing)));
        List<Line> lines = lines(model, listing, new Frame.Size(24, 80));

        assertThat(text(lines)).isEqualTo(expected("help"));
        assertThat(HelpPage.lines()).allMatch(line -> line.width() <= 80);
        for (View view : View.values()) {
            assertThat(text(lines)).contains(view.word());
        }
    }

    /// Nothing comes between the balancer's words and their columns on a terminal that obeys escape
    /// sequences.
    @Test
    void whatABalancerSaysIsNotObeyed() {
        Query query = SampleOverview.query(View.CONDITIONS);
        String hostile = "\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n\u202eevil";
        Answer answer =
                new SocketSource(
                                path -> {
                                    var overview = SampleOverview.overview(1);
                                    overview.put("version", hostile).put("status", hostile);
                                    overview.putArray("conditions")
                                            .addObject()
                                            .put("condition", hostile)
                                            .put("subject", hostile)
                                            .put("detail", hostile)
                                            .put("seconds", 1);
                                    return overview;
                                })
                        .ask(query);
        VisibleRows listing =
                VisibleRows.of(new History().accept(answer, SampleOverview.TWO_SECONDS));
        Frame.Notices notices = new Frame.Notices("", hostile, false);
        Model model = new Model(query, SampleOverview.TWO_SECONDS);

        List<Line> lines = new Frame(model, Optional.of(listing), notices, USUAL).lines();
        assertThat(text(lines).replace("\n", "")).matches("[ -~]*").contains("\\u001b");
        assertThat(lines).allMatch(line -> line.width() <= USUAL.columns());
        assertThat(String.join("", Frame.plain(query, listing, Instant.EPOCH, false)))
                .matches("[ -~]*");
    }

    @Test
    void plainTextHasAllColumns() throws IOException {
        Query query = SampleOverview.query(View.SERVERS);
        List<String> lines =
                Frame.plain(
                        query,
                        SampleOverview.listing(query),
                        Instant.parse("2026-05-01T12:00:00Z"),
                        true);

        assertThat(String.join("\n", lines) + "\n").isEqualTo(expected("servers-plain"));
    }
}
