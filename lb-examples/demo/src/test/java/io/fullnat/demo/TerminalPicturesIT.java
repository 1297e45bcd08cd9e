// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.server.ApiServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `fullnat top` and `fullnat demo` as processes in terminals, as pictures in `target/terminal` to
/// be looked at, with the colours that they have there.
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
final class TerminalPicturesIT {
    private static final Path PICTURES = Path.of("target/terminal");

    /// Points that a letter of 14 has at least, of its place and of itself.
    private static final int LEAST_WIDTH = 7;

    private static final int LEAST_HEIGHT = 14;
    private static final int LEAST_POINTS = 8;

    @TempDir private Path folder;
    private Chromium browser;

    @BeforeAll
    void open(@TempDir Path profile) throws IOException {
        browser = Chromium.start(profile);
        Files.createDirectories(PICTURES);
    }

    @AfterAll
    void close() {
        browser.close();
    }

    private void keep(Pane pane, String name, String seen) throws IOException {
        Path page = folder.resolve(name + ".html").toAbsolutePath();
        Files.writeString(page, TerminalPage.of(name, pane.columns, pane.rows, seen));
        browser.open(page.toUri().toString());
        byte[] picture = browser.picture("pre");
        Files.write(PICTURES.resolve(name + ".png"), picture);
        assertShows(picture, pane, seen);
        assertThat(Accessibility.violations(browser)).isEmpty();
    }

    /// Each place of the terminal is there, and something stands where letters do.
    private static void assertShows(byte[] picture, Pane pane, String seen) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture));
        assertThat(image.getWidth()).isGreaterThan(pane.columns * LEAST_WIDTH);
        assertThat(image.getHeight()).isGreaterThan(pane.rows * LEAST_HEIGHT);
        int ground = image.getRGB(0, 0);
        long drawn =
                IntStream.range(0, image.getWidth() * image.getHeight())
                        .filter(at ->
                                image.getRGB(at % image.getWidth(), at / image.getWidth())
                                        != ground)
                        .count();
        long letters = Pane.text(seen).chars().filter(c -> c > ' ').count();
        assertThat(letters).isPositive();
        assertThat(drawn).as("points of %d letters", letters).isGreaterThan(letters * LEAST_POINTS);
    }

    /// Beside a balancer with traffic, one of whose servers is down.
    @Test
    void topShowsEachOfItsLists() throws Exception {
        Path socket = folder.resolve("s");
        try (MemoryBackend backend = MemoryBackend.open()) {
            backend.start();
            backend.strike(Mishap.KILLED);
            ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
            try (ApiServer server =
                    ApiServer.start(
                            settings, backend.operations(), Commands.over(backend.operations()))) {
                assertThat(server.tcpPort()).isEmpty();
                lists(socket);
                wide(socket);
            } finally {
                backend.stop();
            }
        }
    }

    private void lists(Path socket) throws IOException, InterruptedException {
        try (Pane pane = new Pane(folder, 80, 24, "top -d 0.5 --socket " + socket)) {
            pane.await("2/3 up");
            keep(pane, "top-services", pane.await("worker busy +[1-9]+%"));
            pane.type("/", "tcp 80", "Enter");
            pane.await("with \"tcp 80\"");
            pane.type("Enter");
            keep(pane, "top-drill-down", pane.await("servers 1-3/3 of "));
            pane.type("Escape", "Escape", "/", "C-u", "Enter");
            List<String> lists =
                    List.of(
                            "servers:servers 1-1[0-9]/1[0-9] by",
                            "workers:0 +[0-9]+% .*[0-9]% +[0-9]+ .* works",
                            "ports:inside +up +[0-9]",
                            "addresses:203.0.113.101 .*%",
                            "outcomes:FORWARDED_IN +forwarded +[0-9]",
                            "conditions:there are no conditions");
            for (int i = 0; i < lists.size(); i++) {
                String[] list = lists.get(i).split(":", 2);
                pane.type(String.valueOf(i + 2));
                keep(pane, "top-" + list[0], pane.await(list[1]));
            }
            pane.type("?");
            keep(pane, "top-help", pane.await("any key goes back"));
        }
    }

    private void wide(Path socket) throws IOException, InterruptedException {
        String servers = "top -d 0.5 --view servers --sort down --socket " + socket;
        try (Pane pane = new Pane(folder, 112, 20, servers)) {
            pane.await("busy +[0-9]+%");
            pane.type("Down");
            keep(pane, "top-wide", pane.await("^ 203.0.113.13:8080 +DOWN +1 "));
        }
    }

    @Test
    void theDemoRedrawsItsTableAndSumsUp() throws Exception {
        try (Pane pane = new Pane(folder, 80, 24, "demo --memory --seconds 6")) {
            keep(pane, "demo-table", pane.await("^ +2 s "));
            keep(pane, "demo-replaced", pane.await("^ +5 s "));
            keep(pane, "demo-summary", pane.await("all went right"));
        }
    }
}
