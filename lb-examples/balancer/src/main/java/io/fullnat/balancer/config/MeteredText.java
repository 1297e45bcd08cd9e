// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.io.Reader;
import java.util.Iterator;
import java.util.List;

/// Text for a parser that keeps all of a token, and copies it, until it is at its end: gives no
/// more than [#MOST] characters for one event, so that a token without an end costs little. For one
/// thread.
final class MeteredText extends Reader {
    /// Characters that may stand between two events, the second's own and comments included.
    static final int MOST = 1 << 20;

    private final Iterator<String> pieces;
    private String text = "";
    private int next;
    private int given;

    /// @param pieces all of it, in order
    MeteredText(List<String> pieces) {
        this.pieces = pieces.iterator();
    }

    /// Notes that the parser has made an event of what it got.
    void advance() {
        given = 0;
    }

    @Override
    public int read(char[] buffer, int offset, int length) {
        while (next == text.length()) {
            if (!pieces.hasNext()) {
                return -1;
            }
            text = pieces.next();
            next = 0;
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
