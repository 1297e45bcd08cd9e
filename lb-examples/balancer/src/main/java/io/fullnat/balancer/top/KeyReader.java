// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.top.Key.Kind;
import java.io.IOException;

/// Makes keys of what a terminal sends for them: characters, control characters, and the sequences
/// of ECMA-48 that VT220, xterm and what is like them have for the others. Used by one thread.
final class KeyReader {
    private static final char ESCAPE = 0x1B;
    private static final char DELETE = 0x7F;

    /// What follows an Escape of a sequence comes with it; a finger takes longer.
    private static final long SEQUENCE_MILLIS = 50;

    /// A sequence is shorter; what is longer is none.
    private static final int MAX_SEQUENCE = 32;

    /// Where characters come from.
    interface Input {
        /// Returned when the time is over.
        int EXPIRED = -2;

        /// Waits for the next character.
        ///
        /// @param millis at most, 0 for as long as it takes
        /// @return the character, [#EXPIRED], or -1 at the end
        int read(long millis) throws IOException;
    }

    private final Input input;

    KeyReader(Input input) {
        this.input = input;
    }

    /// Waits for the next key.
    Key next() {
        try {
            int first = input.read(0);
            return first < 0 ? Key.of(Kind.NONE_LEFT) : key((char) first);
        } catch (IOException e) {
            return Key.of(Kind.NONE_LEFT);
        }
    }

    private Key key(char first) throws IOException {
        return switch (first) {
            case ESCAPE -> sequence();
            case '\r', '\n' -> Key.of(Kind.ENTER);
            case '\t' -> Key.of(Kind.TAB);
            case '\b', DELETE -> Key.of(Kind.BACKSPACE);
            case 'C' - '@' -> Key.of(Kind.INTERRUPT);
            case 'L' - '@' -> Key.of(Kind.REDRAW);
            case 'U' - '@' -> Key.of(Kind.CLEAR);
            default -> first < ' ' ? Key.of(Kind.OTHER) : Key.of(first);
        };
    }

    private Key sequence() throws IOException {
        int second = input.read(SEQUENCE_MILLIS);
        if (second == '[') {
            return controlled();
        }
        if (second == 'O') {
            return named(input.read(SEQUENCE_MILLIS), "");
        }
        // Escape itself, once or twice; with any other it is a key together with Alt.
        return Key.of(second < 0 || second == ESCAPE ? Kind.ESCAPE : Kind.OTHER);
    }

    private Key controlled() throws IOException {
        StringBuilder parameters = new StringBuilder();
        for (int next = input.read(SEQUENCE_MILLIS);
                parameters.length() < MAX_SEQUENCE;
                next = input.read(SEQUENCE_MILLIS)) {
            if (next < ' ' || next >= '@') {
                return named(next, parameters.toString());
            }
            parameters.append((char) next);
        }
        return Key.of(Kind.OTHER);
    }

    private static Key named(int last, String parameters) {
        Kind kind =
                switch (last) {
                    case 'A' -> Kind.UP;
                    case 'B' -> Kind.DOWN;
                    case 'C' -> Kind.RIGHT;
                    case 'D' -> Kind.LEFT;
                    case 'H' -> Kind.HOME;
                    case 'F' -> Kind.END;
                    case 'M' -> Kind.ENTER;
                    case 'Z' -> Kind.BACK_TAB;
                    case '~' ->
                            switch (parameters) {
                                case "1", "7" -> Kind.HOME;
                                case "4", "8" -> Kind.END;
                                case "5" -> Kind.PAGE_UP;
                                case "6" -> Kind.PAGE_DOWN;
                                default -> Kind.OTHER;
                            };
                    default -> Kind.OTHER;
                };
        return Key.of(kind);
    }
}
