// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Bytes that a probe sends or expects. Text says them as they are, in UTF-8, with `\r`, `\n`,
/// `\t`, `\\` and `\xHH` for a byte. Immutable and thread-safe.
public final class Payload {
    /// The most bytes.
    public static final int MAX_LENGTH = 1024;

    /// Of no bytes.
    public static final Payload EMPTY = new Payload(new byte[0]);

    private static final int HEX_DIGITS = 2;

    private final byte[] bytes;

    private Payload(byte[] bytes) {
        this.bytes = bytes;
    }

    /// Of bytes.
    ///
    /// @param bytes copied
    /// @return the payload
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for more than
    ///   [#MAX_LENGTH]
    public static Payload of(byte... bytes) {
        if (bytes.length > MAX_LENGTH) {
            throw ProbeOptions.wrong(
                    "payload has " + bytes.length + " bytes; not more than " + MAX_LENGTH);
        }
        return bytes.length == 0 ? EMPTY : new Payload(bytes.clone());
    }

    /// Reads text.
    ///
    /// @param text for example `PING\r\n`
    /// @return the payload
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a backslash that
    ///   means nothing, or too many bytes
    public static Payload parse(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            int slash = text.indexOf('\\', at);
            int end = slash < 0 ? text.length() : slash;
            out.writeBytes(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
            at = slash < 0 ? end : escaped(text, slash + 1, out);
        }
        return of(out.toByteArray());
    }

    private static int escaped(String text, int at, ByteArrayOutputStream out) {
        char kind = at < text.length() ? text.charAt(at) : ' ';
        switch (kind) {
            case 'r' -> out.write('\r');
            case 'n' -> out.write('\n');
            case 't' -> out.write('\t');
            case '\\' -> out.write('\\');
            case 'x' -> {
                int end = at + 1 + HEX_DIGITS;
                if (end > text.length() || !text.substring(at + 1, end).matches("[0-9a-fA-F]+")) {
                    throw meaningless(text);
                }
                out.write(Integer.parseInt(text, at + 1, end, 16));
                return end;
            }
            default -> throw meaningless(text);
        }
        return at + 1;
    }

    private static BalancerException meaningless(String text) {
        return ProbeOptions.wrong(
                "\""
                        + text
                        + "\" has a backslash that means nothing; write \\r, \\n, \\t, \\\\ or"
                        + " \\xHH");
    }

    /// Its bytes.
    ///
    /// @return a copy
    public byte[] bytes() {
        return bytes.clone();
    }

    /// Whether it has none.
    ///
    /// @return true of [#EMPTY]
    public boolean isEmpty() {
        return bytes.length == 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof Payload that && Arrays.equals(bytes, that.bytes));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (byte one : bytes) {
            switch (one) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                case '\\' -> text.append("\\\\");
                default -> {
                    if (one >= ' ' && one <= '~') {
                        text.append((char) one);
                    } else {
                        text.append("\\x%02x".formatted(one));
                    }
                }
            }
        }
        return text.toString();
    }
}
