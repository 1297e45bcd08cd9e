// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The body of an HTTP/1.1 message in chunks (RFC 9112 §7.1). A body that ends before its last
/// chunk is an error, so what was read to its end is whole.
final class ChunkedBody extends InputStream {
    private static final int MAX_LINE = 1024;
    private static final int RADIX = 16;

    private final InputStream in;
    private long left;
    private boolean begun;
    private boolean ended;

    /// @param in what follows the message's head
    ChunkedBody(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int read = in.read(to, from, (int) Math.min(length, left));
        if (read < 0) {
            throw new EOFException("the answer ends within a chunk");
        }
        left -= read;
        return read;
    }

    private void nextChunk() throws IOException {
        if (begun && !readLine(in).isEmpty()) {
            throw new IOException("a chunk is longer than it says");
        }
        begun = true;
        String size = readLine(in);
        int extension = size.indexOf(';');
        try {
            left = Long.parseLong(extension < 0 ? size : size.substring(0, extension), RADIX);
        } catch (NumberFormatException e) {
            throw new IOException("\"" + size + "\" is not the size of a chunk", e);
        }
        if (left < 0) {
            throw new IOException("a chunk has the size " + left);
        }
        if (left == 0) {
            ended = true;
            while (!readLine(in).isEmpty()) {} // trailers
        }
    }

    /// Reads a line of a head, without its end.
    ///
    /// @param in to be read
    /// @throws IOException if it ends before the line, or the line is too long for one
    static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer ends within a line");
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a line of the answer's head is too long");
            }
            line.append((char) next);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
                ? line.substring(0, end - 1)
                : line.toString();
    }
}
