package io.fullnat.balancer.config;

import java.io.Reader;

/// Text for a parser that keeps all of a token, and copies it, until it is at its end: gives no
/// more than [#MOST] characters for one event, so that a token without an end costs little. For one
/// thread.
final class MeteredText extends Reader {
    /// Characters that may stand between two events, the second's own and comments included.
    static final int MOST = 1 << 20;

    private final String text;
    private int next;
    private int given;

    /// @param text all of it
    MeteredText(String text) {
        this.text = text;
    }

    /// Notes that the parser has made an event of what it got.
    void advance() {
        given = 0;
    }

    @Override
    public int read(char[] buffer, int offset, int length) {
        if (next == text.length()) {
            return -1;
        }
        if (given > MOST) {
            throw new UnreadableException(
                    "a value, comment or gap is longer than " + MOST + " characters");
        }
        int count = Math.min(length, text.length() - next);
        text.getChars(next, next + count, buffer, offset);
        next += count;
        given += count;
        return count;
    }

    @Override
    public void close() {}
}
