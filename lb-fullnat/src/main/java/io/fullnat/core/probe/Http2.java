// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.health.HttpProbe;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/// HTTP/2 (RFC 9113), as much of it as one request by a connection of its own needs. Thread-safe.
final class Http2 implements HttpVersion {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int ACK = 0x1;
    private static final int END_STREAM = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int PADDED = 0x8;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_LENGTH = 5;
    private static final int HEADER_TABLE_SIZE = 1;
    private static final int ENABLE_PUSH = 2;
    private static final int MAX_FRAME = 16_384;
    private static final int MAX_FRAMES = 1000;
    private static final int STREAM = 1;
    private static final int FIRST_FINAL = 200;

    @Override
    public String protocol() {
        return "h2";
    }

    @Override
    public HttpAnswer ask(HttpProbe probe, String authority, InputStream in, OutputStream out)
            throws IOException {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        first.writeBytes(PREFACE.getBytes(ISO_8859_1));
        first.writeBytes(
                frame(
                        SETTINGS,
                        0,
                        0,
                        ByteBuffer.allocate(12)
                                .putShort((short) HEADER_TABLE_SIZE)
                                .putInt(0)
                                .putShort((short) ENABLE_PUSH)
                                .putInt(0)
                                .array()));
        first.writeBytes(
                frame(HEADERS, END_STREAM | END_HEADERS, STREAM, header(probe, authority)));
        out.write(first.toByteArray());
        out.flush();
        return new Conversation(
                        new DataInputStream(new BufferedInputStream(in)),
                        out,
                        HttpVersion.wantsBody(probe))
                .answer();
    }

    private static byte[] header(HttpProbe probe, String authority) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        Hpack.add(block, ":method", probe.method());
        Hpack.add(block, ":scheme", probe.tls().isPresent() ? "https" : "http");
        Hpack.add(block, ":authority", authority);
        Hpack.add(block, ":path", probe.path());
        probe.headers()
                .forEach((name, value) -> Hpack.add(block, name.toLowerCase(Locale.ROOT), value));
        return block.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /// The server's part. For one thread.
    private static final class Conversation {
        private final DataInputStream in;
        private final OutputStream out;
        private final boolean wantsBody;
        private final ByteArrayOutputStream block = new ByteArrayOutputStream();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int status;
        private boolean ended;
        private boolean blockOpen;

        Conversation(DataInputStream in, OutputStream out, boolean wantsBody) {
            this.in = in;
            this.out = out;
            this.wantsBody = wantsBody;
        }

        HttpAnswer answer() throws IOException {
            for (int frames = 0; frames < MAX_FRAMES; frames++) {
                int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt() & Integer.MAX_VALUE;
                if (length > MAX_FRAME || (frames == 0 && type != SETTINGS)) {
                    throw new BadAnswerException("answer is not HTTP/2");
                }
                byte[] payload = new byte[length];
                in.readFully(payload);
                take(type, flags, stream, payload);
                if (status >= FIRST_FINAL
                        && (ended || !wantsBody || body.size() >= HttpAnswer.MAX_BODY)) {
                    return new HttpAnswer(status, body.toByteArray());
                }
                if (ended && !blockOpen) {
                    throw new BadAnswerException("HTTP/2 stream ends without an answer");
                }
            }
            throw new BadAnswerException("HTTP/2 answer of more than " + MAX_FRAMES + " frames");
        }

        private void take(int type, int flags, int stream, byte[] payload) throws IOException {
            switch (type) {
                case SETTINGS, PING -> acknowledge(type, flags, payload);
                case GOAWAY -> goAway(payload);
                case RST_STREAM -> {
                    if (stream == STREAM) {
                        throw new BadAnswerException(
                                "HTTP/2 stream reset, error " + word(payload, 0));
                    }
                }
                case PUSH_PROMISE -> throw new BadAnswerException("HTTP/2 push though refused");
                case HEADERS -> {
                    requireOurs(stream);
                    ended = (flags & END_STREAM) != 0;
                    addToBlock(payload, flags, (flags & PRIORITY) != 0 ? PRIORITY_LENGTH : 0);
                }
                case CONTINUATION -> {
                    requireOurs(stream);
                    addToBlock(payload, flags & END_HEADERS, 0);
                }
                case DATA -> {
                    requireOurs(stream);
                    ended = (flags & END_STREAM) != 0;
                    add(body, payload, flags, 0);
                }
                default -> {
                    // of an extension (RFC 9113 §5.5), or of no use here
                }
            }
        }

        private static void requireOurs(int stream) throws IOException {
            if (stream != STREAM) {
                throw new BadAnswerException("HTTP/2 answer by a stream that nobody opened");
            }
        }

        private void acknowledge(int type, int flags, byte[] payload) throws IOException {
            if ((flags & ACK) == 0) {
                out.write(frame(type, ACK, 0, type == PING ? payload : new byte[0]));
                out.flush();
            }
        }

        /// A server that goes away answers what it has named as its last.
        private static void goAway(byte[] payload) throws IOException {
            if (word(payload, 0) < STREAM || word(payload, Integer.BYTES) != 0) {
                throw new BadAnswerException(
                        "HTTP/2 connection ended by the server (GOAWAY), error "
                                + word(payload, Integer.BYTES));
            }
        }

        private static int word(byte[] payload, int at) throws IOException {
            if (payload.length < at + Integer.BYTES) {
                throw new BadAnswerException("HTTP/2 frame that is too short");
            }
            return ByteBuffer.wrap(payload).getInt(at) & Integer.MAX_VALUE;
        }

        private void addToBlock(byte[] payload, int flags, int skipped) throws IOException {
            add(block, payload, flags, skipped);
            if (block.size() > HttpAnswer.MAX_HEADER) {
                throw HttpAnswer.tooLong();
            }
            blockOpen = (flags & END_HEADERS) == 0;
            if (blockOpen) {
                return;
            }
            if (status < FIRST_FINAL) { // else these are trailers
                status = Hpack.status(block.toByteArray());
            }
            block.reset();
        }

        private static void add(ByteArrayOutputStream to, byte[] payload, int flags, int skipped)
                throws IOException {
            boolean padded = (flags & PADDED) != 0;
            int padding = padded && payload.length > 0 ? payload[0] & 0xFF : 0;
            int from = skipped + (padded ? 1 : 0);
            int length = payload.length - from - padding;
            if (length < 0) {
                throw new BadAnswerException("HTTP/2 frame that is too short");
            }
            to.write(payload, from, length);
        }
    }
}
