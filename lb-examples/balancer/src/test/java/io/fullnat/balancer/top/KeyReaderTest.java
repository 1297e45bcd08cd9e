// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.top.Key.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyReaderTest {
    /// What was sent, after which nothing comes for a while, and then the end.
    private static List<Key> keys(String sent) {
        int[] at = new int[1];
        KeyReader reader =
                new KeyReader(millis -> {
                    if (at[0] < sent.length()) {
                        return sent.charAt(at[0]++);
                    }
                    return millis > 0 ? KeyReader.Input.EXPIRED : -1;
                });
        List<Key> keys = new ArrayList<>();
        do {
            keys.add(reader.next());
        } while (keys.getLast().kind() != Kind.NONE_LEFT);
        return keys.subList(0, keys.size() - 1);
    }

    static List<Arguments> sequences() {
        return List.of(
                of("\u001b[A", Kind.UP),
                of("\u001bOA", Kind.UP),
                of("\u001b[B", Kind.DOWN),
                of("\u001b[C", Kind.RIGHT),
                of("\u001b[D", Kind.LEFT),
                of("\u001b[1;5A", Kind.UP),
                of("\u001b[5~", Kind.PAGE_UP),
                of("\u001b[6~", Kind.PAGE_DOWN),
                of("\u001b[H", Kind.HOME),
                of("\u001b[1~", Kind.HOME),
                of("\u001bOF", Kind.END),
                of("\u001b[4~", Kind.END),
                of("\u001b[Z", Kind.BACK_TAB),
                of("\u001b[3~", Kind.OTHER),
                of("\u001b[200~", Kind.OTHER),
                of("\u001bx", Kind.OTHER),
                of("\u001b", Kind.ESCAPE),
                of("\u001b\u001b", Kind.ESCAPE),
                of("\u001b[", Kind.OTHER),
                of("\u001bO", Kind.OTHER),
                of("\r", Kind.ENTER),
                of("\n", Kind.ENTER),
                of("\t", Kind.TAB),
                of("\u007f", Kind.BACKSPACE),
                of("\b", Kind.BACKSPACE),
                of("\u0003", Kind.INTERRUPT),
                of("\u000c", Kind.REDRAW),
                of("\u0015", Kind.CLEAR),
                of("\u001a", Kind.OTHER),
                of("\u0000", Kind.OTHER));
    }

    private static Arguments of(String sent, Kind kind) {
        return Arguments.of(sent, kind);
    }

    @ParameterizedTest
    @MethodSource("sequences")
    void sequencesAreKeys(String sent, Kind kind) {
        assertThat(keys(sent)).containsExactly(Key.of(kind));
    }

    @Test
    void charactersAreThemselves() {
        assertThat(keys("q?/é表"))
                .extracting(Key::character)
                .containsExactly('q', '?', '/', 'é', '表');
        assertThat(keys("\u001b[Aq")).containsExactly(Key.of(Kind.UP), Key.of('q'));
    }

    /// Whatever comes, a sequence ends.
    @ParameterizedTest
    @ValueSource(strings = {"\u001b[", "\u001b[?", "\u001b[1;"})
    void aSequenceWithoutEndIsNoKey(String begin) {
        assertThat(keys(begin + "1".repeat(1000)))
                .contains(Key.of(Kind.OTHER))
                .contains(Key.of('1'));
    }

    @Test
    void aBrokenTerminalIsTheEnd() {
        KeyReader reader =
                new KeyReader(millis -> {
                    throw new IOException("Input/output error");
                });

        assertThat(reader.next()).isEqualTo(Key.of(Kind.NONE_LEFT));
    }
}
