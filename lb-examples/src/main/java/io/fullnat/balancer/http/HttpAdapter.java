package io.fullnat.balancer.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.http.ApiRoute.Answer;
import io.fullnat.balancer.http.ApiRoute.Place;
import io.fullnat.balancer.http.GuardedSocket.Phase;
import io.fullnat.balancer.http.Reply.LineSink;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Carries requests of the HTTP server to the router and its replies back, and tells the guard how
/// far each has come. Thread-safe.
final class HttpAdapter implements Handler {
    private static final int BUFFER_BYTES = 16384;
    private static final int PIECE_BYTES = 65536;

    private final Router router;
    private final Admission admission;
    private final Place place;
    private final Limits limits;

    HttpAdapter(Router router, Admission admission, Place place, Limits limits) {
        this.router = router;
        this.admission = admission;
        this.place = place;
        this.limits = limits;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        Reply reply;
        try {
            admission.check(
                    header(request, HeaderNames.AUTHORIZATION),
                    header(request, HeaderNames.HOST),
                    header(request, HeaderNames.ORIGIN));
            Request read = read(request);
            enter(Phase.WORKING);
            reply = router.answer(read);
        } catch (Failure e) {
            // The rest of the body is of no interest: the connection ends with the answer.
            response.header(HeaderValues.CONNECTION_CLOSE);
            reply = new Reply.Value(e.status(), e.body());
        }
        enter(Phase.WRITING);
        send(reply, response);
        if (response instanceof RoutingResponse routing) {
            routing.commit(); // what a stream still holds back
        }
        enter(Phase.IDLE);
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            // The server would go on to read and leave it to the client to hang up.
            throw new CloseConnectionException("as asked");
        }
    }

    private static void enter(Phase phase) {
        if (GuardedSocket.CURRENT.isBound()) {
            GuardedSocket.CURRENT.get().enter(phase);
        }
    }

    private static String header(ServerRequest request, HeaderName name) {
        return request.headers().first(name).orElse("");
    }

    private Request read(ServerRequest request) throws IOException {
        byte[] body = BufferData.EMPTY_BYTES;
        if (request.content().hasEntity()) {
            try (InputStream in = request.content().inputStream()) {
                body = in.readNBytes(limits.bodyBytes() + 1);
            }
        }
        if (body.length > limits.bodyBytes()) {
            throw tooLarge();
        }
        HttpPrologue prologue = request.prologue();
        return new Request(
                prologue.method().text(),
                prologue.uriPath().rawPath(),
                prologue.query().rawValue(),
                header(request, HeaderNames.CONTENT_TYPE),
                body,
                place);
    }

    private Failure tooLarge() {
        return new Failure(
                413,
                ErrorCode.INVALID_ARGUMENT,
                "the body is longer than " + limits.bodyBytes() + " bytes");
    }

    private static void send(Reply reply, ServerResponse response) throws IOException {
        switch (reply) {
            case Reply.Value(int status, JsonNode body) -> {
                response.status(Status.create(status));
                response.header(HeaderNames.CONTENT_TYPE, Answer.JSON);
                send(Json.bytes(body), response);
            }
            case Reply.Text(String type, String body) -> {
                response.header(HeaderNames.CONTENT_TYPE, type);
                send(body.getBytes(StandardCharsets.UTF_8), response);
            }
            case Reply.Lines(Reply.Writer writer) -> {
                response.header(HeaderNames.CONTENT_TYPE, Answer.NDJSON);
                OutputStream out = new BufferedOutputStream(response.outputStream(), BUFFER_BYTES);
                Sink sink = new Sink(out);
                enter(Phase.WORKING);
                writeAll(writer, sink);
                enter(Phase.WRITING);
                out.close();
            }
        }
    }

    /// Sends a body in pieces, so that the guard sees whether it moves.
    private static void send(byte[] body, ServerResponse response) throws IOException {
        if (body.length <= PIECE_BYTES) {
            response.send(body);
            return;
        }
        response.contentLength(body.length);
        try (OutputStream out = response.outputStream()) {
            for (int from = 0; from < body.length; from += PIECE_BYTES) {
                enter(Phase.WRITING);
                out.write(body, from, Math.min(PIECE_BYTES, body.length - from));
            }
        }
    }

    private static void writeAll(Reply.Writer writer, Sink sink) {
        try {
            writer.write(sink);
        } catch (io.fullnat.api.BalancerException e) {
            sink.send(Failure.of(e).body());
        } catch (RuntimeException e) {
            sink.send(Router.fault(e).body());
        }
    }

    /// Lines on their way to a client.
    private static final class Sink implements LineSink {
        private final OutputStream out;
        private boolean gone;

        Sink(OutputStream out) {
            this.out = out;
        }

        @Override
        public boolean send(JsonNode line) {
            return attempt(() -> {
                out.write(Json.bytes(line));
                out.write('\n');
            });
        }

        @Override
        public boolean flush() {
            return attempt(out::flush);
        }

        private boolean attempt(Step step) {
            if (gone) {
                return false;
            }
            enter(Phase.WRITING);
            try {
                step.run();
            } catch (IOException | RuntimeException e) {
                gone = true; // the client hung up, or the guard did
            }
            enter(Phase.WORKING);
            return !gone;
        }

        /// What may fail for the client's sake.
        @FunctionalInterface
        private interface Step {
            void run() throws IOException;
        }
    }

    /// What a client gets for a request that the HTTP server itself refuses.
    static DirectHandler.TransportResponse refused(
            Status status, ServerResponseHeaders headers, String message) {
        String reason = message.isEmpty() ? status.reasonPhrase() : message;
        Failure failure =
                new Failure(
                        status.code(),
                        status.code() >= 500 ? ErrorCode.INTERNAL : ErrorCode.INVALID_ARGUMENT,
                        "the request cannot be read: " + reason);
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, Answer.JSON)
                .entity(Json.bytes(failure.body()))
                .keepAlive(false)
                .build();
    }
}
