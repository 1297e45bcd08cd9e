// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A screen on a pseudo-terminal of the kernel, whose other end the test has.
@Timeout(60)
final class TerminalScreenTest {
    private final PipedOutputStream typed = new PipedOutputStream();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Terminal terminal = open();

    private Terminal open() {
        try {
            return TerminalBuilder.builder()
                    .system(false)
                    .streams(new PipedInputStream(typed), out)
                    .provider(TerminalBuilder.PROP_PROVIDER_FFM)
                    .type("ansi")
                    .graphemeCluster(false)
                    .encoding(UTF_8)
                    .size(Size.of(80, 24))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        terminal.close();
    }

    /// What has come since it was asked for last, up to a text.
    private String until(String end) throws InterruptedException {
        for (int i = 0; i < 500 && !out.toString(UTF_8).contains(end); i++) {
            Thread.sleep(10);
        }
        String seen = out.toString(UTF_8);
        assertThat(seen).contains(end);
        out.reset();
        return seen;
    }

    @Test
    void drawsWhatHasChanged() throws Exception {
        try (TerminalScreen screen = new TerminalScreen(terminal, terminal.output(), true)) {
            assertThat(until("[?7l")).isEqualTo("\u001b[?1049h\u001b[?25l\u001b[?7l");
            assertThat(screen.draw(List.of(Line.of("one"), Line.of("two"), Line.of("end"))))
                    .isTrue();
            assertThat(until("end"))
                    .isEqualTo(
                            "\u001b[H\u001b[2J\u001b[1;1H\u001b[Kone\u001b[2;1H\u001b[Ktwo"
                                    + "\u001b[3;1H\u001b[Kend");
            screen.draw(List.of(Line.of("one"), Line.of("2", Style.BAD).and("!"), Line.of("end")));
            assertThat(until("!")).isEqualTo("\u001b[2;1H\u001b[K\u001b[1;31m2\u001b[0m!");
            screen.forget();
            screen.draw(List.of(Line.of("one"), Line.of("end")));
            assertThat(until("end")).startsWith("\u001b[H\u001b[2J\u001b[1;1H\u001b[Kone");
        }
    }

    @Test
    void withoutColoursOnlyWeightIsLeft() throws Exception {
        try (TerminalScreen screen = new TerminalScreen(terminal, terminal.output(), false)) {
            until("[?7l");
            screen.draw(
                    List.of(
                            Line.of("up", Style.GOOD)
                                    .and("down", Style.BAD)
                                    .and("row", Style.CURSOR)
                                    .and("end")));
            assertThat(until("end"))
                    .contains("up\u001b[1mdown\u001b[0m\u001b[7mrow\u001b[0mend")
                    .doesNotContainPattern("\u001b\\[(1;)?3[0-9]m");
        }
    }

    @Test
    void takesKeysOneByOneAndGivesTheTerminalBack() throws Exception {
        Attributes before = terminal.getAttributes();
        TerminalScreen screen = new TerminalScreen(terminal, terminal.output(), true);
        Attributes during = terminal.getAttributes();
        assertThat(during.getLocalFlag(LocalFlag.ECHO)).isFalse();
        assertThat(during.getLocalFlag(LocalFlag.ICANON)).isFalse();
        assertThat(during.getLocalFlag(LocalFlag.ISIG)).isFalse();
        KeyReader keys = screen.keys();
        typed.write("q\u001b[A\u0003\r".getBytes(UTF_8));
        typed.flush();

        assertThat(List.of(keys.next(), keys.next(), keys.next(), keys.next()))
                .containsExactly(
                        Key.of('q'),
                        Key.of(Key.Kind.UP),
                        Key.of(Key.Kind.INTERRUPT),
                        Key.of(Key.Kind.ENTER));
        screen.close();
        screen.close(); // as often as one likes
        assertThat(before.getLocalFlag(LocalFlag.ECHO)).isTrue();
    }

    @Test
    void knowsItsSize() {
        try (TerminalScreen screen = new TerminalScreen(terminal, terminal.output(), true)) {
            assertThat(screen.size()).isEqualTo(new Frame.Size(24, 80));
            terminal.setSize(Size.of(132, 50));
            assertThat(screen.size()).isEqualTo(new Frame.Size(50, 132));
            terminal.setSize(Size.of(0, 0));
            assertThat(screen.size()).isEqualTo(new Frame.Size(24, 80));
        }
    }

    @Test
    void dumbTerminalsAreNone() {
        assertThat(TerminalScreen.ofProcess(Map.of("TERM", "dumb"))).isEmpty();
        assertThat(TerminalScreen.ofProcess(Map.of())).isEmpty();
        assertThat(TerminalScreen.colours(Map.of())).isTrue();
        assertThat(TerminalScreen.colours(Map.of("NO_COLOR", ""))).isTrue();
        assertThat(TerminalScreen.colours(Map.of("NO_COLOR", "1"))).isFalse();
    }
}
