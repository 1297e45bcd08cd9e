// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.health.HttpProbe;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// HTTP/1.1 (RFC 9112). Thread-safe.
final class Http1 implements HttpVersion {
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})( .*)?");
    private static final int FIRST_FINAL = 200;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int UNTIL_CLOSED = -1;
    private static final int CHUNKED = -2;
    private static final int MAX_CHUNK_DIGITS = 8;

    @Override
    public String protocol() {
        return "http/1.1";
    }

    @Override
    public HttpAnswer ask(HttpProbe probe, String authority, InputStream in, OutputStream out)
            throws IOException {
        out.write(request(probe, authority).getBytes(ISO_8859_1));
        out.flush();
        Reader reader = new Reader(new BufferedInputStream(in));
        while (true) {
            int status = status(reader.line());
            int length = bodyLength(reader);
            if (status >= FIRST_FINAL) {
                boolean hasBody =
                        !probe.method().equals("HEAD")
                                && status != NO_CONTENT
                                && status != NOT_MODIFIED;
                return new HttpAnswer(
                        status,
                        hasBody && HttpVersion.wantsBody(probe)
                                ? reader.body(length)
                                : new byte[0]);
            }
        }
    }

    private static String request(HttpProbe probe, String authority) {
        StringBuilder request =
                new StringBuilder(probe.method())
                        .append(' ')
                        .append(probe.path())
                        .append(" HTTP/1.1\r\nHost: ")
                        .append(authority)
                        .append("\r\nConnection: close\r\n");
        probe.headers()
                .forEach((name, value) ->
                        request.append(name).append(": ").append(value).append("\r\n"));
        return request.append("\r\n").toString();
    }

    private static int status(String line) throws IOException {
        Matcher matcher = STATUS_LINE.matcher(line);
        if (!matcher.matches()) {
            throw new BadAnswerException("answer is not HTTP/1.1");
        }
        return Integer.parseInt(matcher.group(1));
    }

    /// Reads the fields of a header.
    ///
    /// @return what they say of the body's length (RFC 9112 §6.3), at most as much as is read
    private static int bodyLength(Reader reader) throws IOException {
        int length = UNTIL_CLOSED;
        String line = reader.line();
        while (!line.isEmpty()) {
            String field = line.stripTrailing().toLowerCase(Locale.ROOT);
            if (field.startsWith("transfer-encoding:") && field.endsWith("chunked")) {
                length = CHUNKED;
            } else if (field.startsWith("content-length:") && length != CHUNKED) {
                length = contentLength(field.substring(field.indexOf(':') + 1).strip());
            }
            line = reader.line();
        }
        return length;
    }

    private static int contentLength(String text) throws IOException {
        if (!text.matches("[0-9]{1,18}")) {
            throw new BadAnswerException("HTTP header with a content-length that is none");
        }
        return (int) Math.min(Long.parseLong(text), HttpAnswer.MAX_BODY);
    }

    /// Takes an answer apart. For one thread.
    private static final class Reader {
        private final InputStream in;
        private final StringBuilder line = new StringBuilder();
        private int left = HttpAnswer.MAX_HEADER;

        Reader(InputStream in) {
            this.in = in;
        }

        private int one() throws IOException {
            int one = in.read();
            if (one < 0) {
                throw new EOFException();
            }
            return one;
        }

        String line() throws IOException {
            line.setLength(0);
            int one = one();
            while (one != '\n') {
                left--;
                if (left <= 0) {
                    throw HttpAnswer.tooLong();
                }
                line.append((char) one);
                one = one();
            }
            if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
                line.setLength(line.length() - 1);
            }
            left--;
            return line.toString();
        }

        byte[] body(int length) throws IOException {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            if (length == CHUNKED) {
                chunks(body);
            } else if (length == UNTIL_CLOSED) {
                body.writeBytes(in.readNBytes(HttpAnswer.MAX_BODY));
            } else {
                append(body, length);
            }
            return body.toByteArray();
        }

        /// Reads chunks (RFC 9112 §7.1), but not what follows the last.
        private void chunks(ByteArrayOutputStream body) throws IOException {
            while (body.size() < HttpAnswer.MAX_BODY) {
                String size = line().replaceFirst("[;\\s].*", "");
                if (!size.matches("[0-9a-fA-F]{1," + MAX_CHUNK_DIGITS + "}")) {
                    throw new BadAnswerException("HTTP body with a chunk size that is none");
                }
                long length = Long.parseLong(size, 16);
                if (length == 0) {
                    return;
                }
                append(body, (int) Math.min(length, HttpAnswer.MAX_BODY - body.size()));
                if (body.size() < HttpAnswer.MAX_BODY && !line().isEmpty()) {
                    throw new BadAnswerException("HTTP body with a chunk longer than its size");
                }
            }
        }

        private void append(ByteArrayOutputStream body, int length) throws IOException {
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new BadAnswerException("HTTP body ends early");
            }
            body.writeBytes(bytes);
        }
    }
}
