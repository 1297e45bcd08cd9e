// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;

/// As much of HPACK (RFC 7541) as a probe needs: it writes fields without compression, and reads
/// the status, which comes first (RFC 9113 §8.3) and, as no table was allowed, in one of few forms.
/// Thread-safe.
final class Hpack {
    private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};
    private static final int FIRST_STATUS = 8;
    private static final int LAST_STATUS = FIRST_STATUS + STATUSES.length - 1;
    private static final int DIGITS = 3;
    private static final int HUFFMAN = 0x80;
    private static final int SEVEN_BITS = 0x7F;

    private Hpack() {}

    /// Adds a field, not to be indexed.
    static void add(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        add(block, name);
        add(block, value);
    }

    private static void add(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (bytes.length < SEVEN_BITS) {
            block.write(bytes.length);
        } else {
            block.write(SEVEN_BITS);
            int rest = bytes.length - SEVEN_BITS;
            while (rest > SEVEN_BITS) {
                block.write((rest & SEVEN_BITS) | 0x80);
                rest >>>= 7;
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }

    /// The status of an answer.
    ///
    /// @param block header fields
    /// @return of three digits
    /// @throws BadAnswerException if it does not begin with one
    static int status(byte[] block) throws BadAnswerException {
        int at = 0;
        while (at < block.length && (block[at] & 0xE0) == 0x20) {
            at = afterTableSize(block, at);
        }
        int first = at < block.length ? block[at] & 0xFF : 0;
        if ((first & 0x80) != 0) {
            int index = first & SEVEN_BITS;
            if (index >= FIRST_STATUS && index <= LAST_STATUS) {
                return STATUSES[index - FIRST_STATUS];
            }
            throw none();
        }
        int index = (first & 0x40) != 0 ? first & 0x3F : first & 0x0F;
        if (index >= FIRST_STATUS && index <= LAST_STATUS) {
            return literal(block, at + 1);
        }
        throw none();
    }

    private static int afterTableSize(byte[] block, int at) {
        if ((block[at] & 0x1F) != 0x1F) {
            return at + 1;
        }
        int next = at + 1;
        while (next < block.length && (block[next] & 0x80) != 0) {
            next++;
        }
        return next + 1;
    }

    private static int literal(byte[] block, int at) throws BadAnswerException {
        int length = at < block.length ? block[at] & 0xFF : 0;
        int bytes = length & SEVEN_BITS;
        if (at + 1 + bytes > block.length) {
            throw none();
        }
        if ((length & HUFFMAN) != 0) {
            return huffman(block, at + 1, bytes);
        }
        int status = 0;
        for (int i = 0; i < DIGITS && bytes == DIGITS; i++) {
            int digit = block[at + 1 + i] - '0';
            if (digit < 0 || digit > 9) {
                throw none();
            }
            status = status * 10 + digit;
        }
        return checked(status);
    }

    /// Digits have codes of five bits, 0 to 2, and six, 3 to 9 (RFC 7541 appendix B).
    private static int huffman(byte[] block, int from, int bytes) throws BadAnswerException {
        long bits = 0;
        int left = bytes * Byte.SIZE;
        if (bytes > DIGITS) {
            throw none();
        }
        for (int i = 0; i < bytes; i++) {
            bits = (bits << Byte.SIZE) | (block[from + i] & 0xFF);
        }
        int status = 0;
        for (int i = 0; i < DIGITS; i++) {
            int five = (int) (left >= 5 ? (bits >>> (left - 5)) & 0x1F : 0x1F);
            int six = (int) (left >= 6 ? (bits >>> (left - 6)) & 0x3F : 0x3F);
            if (five <= 2) {
                status = status * 10 + five;
                left -= 5;
            } else if (six >= 0x19 && six <= 0x1F) {
                status = status * 10 + six - 0x19 + 3;
                left -= 6;
            } else {
                throw none();
            }
        }
        int padding = (1 << Math.min(left, Byte.SIZE)) - 1; // ones, less than a byte (§5.2)
        if (left >= Byte.SIZE || (bits & padding) != padding) {
            throw none();
        }
        return checked(status);
    }

    private static int checked(int status) throws BadAnswerException {
        if (status < 100 || status > 599) {
            throw none();
        }
        return status;
    }

    private static BadAnswerException none() {
        return new BadAnswerException("HTTP/2 header without a status");
    }
}
