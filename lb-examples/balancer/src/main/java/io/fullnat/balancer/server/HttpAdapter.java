// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRequest;
import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.api.Failure;
import io.fullnat.balancer.api.Json;
import io.fullnat.balancer.api.Reply;
import io.fullnat.balancer.api.Reply.LineSink;
import io.fullnat.balancer.api.Router;
import io.fullnat.balancer.page.PageFile;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.server.GuardedSocket.Phase;
import io.helidon.common.buffers.BufferData;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Carries requests of the HTTP server to the router and its replies back, and tells the guard how
/// far each has come. Thread-safe.
final class HttpAdapter implements Handler {
    private static final int BUFFER_BYTES = 16384;
    private static final int PIECE_BYTES = 65536;
    private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final HeaderName FETCH_MODE = HeaderNames.create("Sec-Fetch-Mode");
    private static final HeaderName FETCH_DEST = HeaderNames.create("Sec-Fetch-Dest");
    private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");

    private final Router router;
    private final Supplier<Admission> admission;
    private final Place place;
    private final Limits limits;
    private final Audit audit;

    /// @param admission asked anew for each request
    /// @param audit gets attempted changes
    HttpAdapter(
            Router router, Supplier<Admission> admission, Place place, Limits limits, Audit audit) {
        this.router = router;
        this.admission = admission;
        this.place = place;
        this.limits = limits;
        this.audit = audit;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        HttpPrologue prologue = request.prologue();
        Caller caller = new Caller();
        String query = prologue.query().rawValue();
        boolean goesOn =
                audit.attempt(
                        caller::describe,
                        prologue.method().text()
                                + " "
                                + path(request)
                                + (query.isEmpty() ? "" : "?" + query),
                        () -> answer(request, response, caller));
        if (!goesOn) {
            // The server would go on to read and leave it to the client to hang up.
            throw new CloseConnectionException("as asked");
        }
    }

    /// Who asks, as far as it is known.
    private static final class Caller {
        private volatile String credential = "";

        String describe() {
            return (GuardedSocket.CURRENT.isBound()
                            ? GuardedSocket.CURRENT.get().peer()
                            : "somebody")
                    + credential;
        }
    }

    /// Answers.
    ///
    /// @return whether the client may ask something else by the same connection
    private boolean answer(ServerRequest request, ServerResponse response, Caller caller)
            throws IOException {
        Reply reply;
        boolean goesOn = mayGoOn(request);
        try {
            checkHost(request);
            boolean change = Router.mayChange(request.prologue().method().text(), path(request));
            // To change something, even what can only be read, takes what it takes elsewhere.
            if (router.isOpen(path(request)) && !change) {
                admission.get().checkPage(source(request));
            } else {
                admit(request, caller);
            }
            if (change) {
                Attempt.current().isChange();
            }
            ApiRequest read = read(request);
            enter(Phase.WORKING);
            reply = router.answer(read);
        } catch (Failure e) {
            goesOn = false; // the rest of the body is of no interest
            Attempt.current().refused(e.code(), e.message());
            reply = e.reply();
        }
        try {
            return reply(reply, request, response, goesOn);
        } finally {
            if (reply instanceof Reply.Stream(String type, String encoding, Reply.Body body)) {
                body.close();
            }
        }
    }

    private static boolean reply(
            Reply reply, ServerRequest request, ServerResponse response, boolean goesOn)
            throws IOException {
        if (!(reply instanceof Reply.Lines)) {
            Attempt.current().end(); // those of a stream are known at its end
        }
        boolean head = request.prologue().method().equals(Method.HEAD);
        enter(Phase.WRITING);
        if ((reply instanceof Reply.Lines || reply instanceof Reply.Stream)
                && (head || Wire.isOld())
                && Wire.CURRENT.isBound()) {
            streamPastLibrary(reply, head);
            return false;
        }
        if (!goesOn) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        } else if (Wire.isOld()) {
            response.header(HeaderValues.CONNECTION_KEEP_ALIVE);
        }
        send(reply, response, head);
        if (response instanceof RoutingResponse routing) {
            routing.commit(); // what a stream still holds back
        }
        enter(Phase.IDLE);
        return goesOn;
    }

    /// Whether the client wants to go on with the connection (RFC 9112 §9.3).
    private static boolean mayGoOn(ServerRequest request) {
        List<String> options =
                List.of(header(request, HeaderNames.CONNECTION).toLowerCase(Locale.ROOT).split(","))
                        .stream()
                        .map(String::strip)
                        .toList();
        return !options.contains("close") && (!Wire.isOld() || options.contains("keep-alive"));
    }

    /// HTTP/1.1 has one host (RFC 9112 §3.2), HTTP/1.0 need not have one.
    private static void checkHost(ServerRequest request) {
        List<String> hosts =
                request.headers().contains(HeaderNames.HOST)
                        ? request.headers().get(HeaderNames.HOST).allValues()
                        : List.of();
        if (hosts.size() > 1 || (hosts.isEmpty() && !Wire.isOld())) {
            throw Failure.invalid("a request has one header Host; this has " + hosts.size());
        }
        if (!hosts.isEmpty() && !hosts.getFirst().matches("[A-Za-z0-9._~!$&'()*+,;=:%\\[\\]-]*")) {
            throw Failure.invalid("the header Host is neither a name nor an address");
        }
    }

    /// Sends a stream whose end is that of the connection, as HTTP/1.0 knows no chunks; or of a
    /// stream the head alone, to which the library would give a length.
    private static void streamPastLibrary(Reply reply, boolean head) throws IOException {
        OutputStream out = new BufferedOutputStream(Wire.CURRENT.get().output(), BUFFER_BYTES);
        String lines =
                "HTTP/1.1 200 OK\r\nDate: "
                        + DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                OffsetDateTime.now(ZoneOffset.UTC))
                        + "\r\nContent-Type: "
                        + type(reply)
                        + encoding(reply)
                        + (head && !Wire.isOld() ? "\r\nTransfer-Encoding: chunked" : "")
                        + "\r\nConnection: close\r\n\r\n";
        out.write(lines.getBytes(StandardCharsets.US_ASCII));
        if (head) {
            out.flush();
        } else {
            stream(reply, out);
        }
    }

    private static String type(Reply reply) {
        return reply instanceof Reply.Stream stream ? stream.type() : Answer.NDJSON;
    }

    private static String encoding(Reply reply) {
        return reply instanceof Reply.Stream stream && !stream.encoding().isEmpty()
                ? "\r\nContent-Encoding: " + stream.encoding()
                : "";
    }

    private static void stream(Reply reply, OutputStream out) throws IOException {
        if (reply instanceof Reply.Stream(String type, String encoding, Reply.Body body)) {
            body.write(new Watched(out));
            enter(Phase.WRITING);
            out.close();
        } else if (reply instanceof Reply.Lines(Reply.Writer writer)) {
            stream(writer, out);
        }
    }

    private static void stream(Reply.Writer writer, OutputStream out) throws IOException {
        Sink sink = new Sink(out);
        enter(Phase.WORKING);
        writeAll(writer, sink);
        enter(Phase.WRITING);
        out.close();
    }

    private void admit(ServerRequest request, Caller caller) {
        Admission now = admission.get();
        String authorization = header(request, HeaderNames.AUTHORIZATION);
        try {
            now.check(authorization, source(request));
            caller.credential = now.credential();
        } catch (Failure e) {
            caller.credential =
                    authorization.isEmpty() ? " without a token" : " with a wrong token";
            Attempt.current().isStrangers();
            throw e;
        }
    }

    private static Admission.Source source(ServerRequest request) {
        return new Admission.Source(
                header(request, HeaderNames.HOST),
                header(request, HeaderNames.ORIGIN),
                header(request, FETCH_SITE),
                header(request, FETCH_MODE).equals("navigate")
                        && header(request, FETCH_DEST).equals("document"));
    }

    private static void enter(Phase phase) {
        if (GuardedSocket.CURRENT.isBound()) {
            GuardedSocket.CURRENT.get().enter(phase);
        }
    }

    private static String header(ServerRequest request, HeaderName name) {
        return request.headers().first(name).orElse("");
    }

    /// A header that may come several times, and means the same as once with commas then.
    private static String list(ServerRequest request, HeaderName name) {
        return request.headers().contains(name)
                ? String.join(",", request.headers().get(name).allValues())
                : "";
    }

    private static String path(ServerRequest request) {
        return request.prologue().uriPath().rawPath();
    }

    private ApiRequest read(ServerRequest request) throws IOException {
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
        return new ApiRequest(
                        prologue.method().text(),
                        path(request),
                        prologue.query().rawValue(),
                        header(request, HeaderNames.CONTENT_TYPE),
                        body,
                        place)
                .accepting(
                        list(request, HeaderNames.ACCEPT),
                        list(request, HeaderNames.ACCEPT_ENCODING))
                .after(header(request, LAST_EVENT_ID))
                .unless(list(request, HeaderNames.IF_NONE_MATCH))
                .with(admission.get().rights());
    }

    private Failure tooLarge() {
        return new Failure(
                413,
                ErrorCode.INVALID_ARGUMENT,
                "the body is longer than " + limits.bodyBytes() + " bytes");
    }

    private static void send(Reply reply, ServerResponse response, boolean head)
            throws IOException {
        switch (reply) {
            case Reply.Value(int status, JsonNode body) -> {
                response.status(Status.create(status));
                response.header(HeaderNames.CONTENT_TYPE, Answer.JSON);
                if (status == 401) {
                    response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
                }
                send(Json.bytes(body), response, head);
            }
            case Reply.NotAllowed(String allow, JsonNode body) -> {
                response.header(HeaderNames.ALLOW, allow);
                send(new Reply.Value(405, body), response, head);
            }
            case Reply.Options(String allow) -> {
                response.status(Status.NO_CONTENT_204);
                response.header(HeaderNames.ALLOW, allow);
                response.send();
            }
            case Reply.Text(String type, String body) -> {
                response.header(HeaderNames.CONTENT_TYPE, type);
                send(body.getBytes(StandardCharsets.UTF_8), response, head);
            }
            case Reply.Stream(String type, String encoding, Reply.Body body) -> {
                response.header(HeaderNames.CONTENT_TYPE, type);
                if (!encoding.isEmpty()) {
                    response.header(HeaderNames.CONTENT_ENCODING, encoding);
                }
                response.header(HeaderNames.VARY, "Accept, Accept-Encoding");
                response.header(HeaderNames.CACHE_CONTROL, "no-store");
                stream(reply, response.outputStream());
            }
            case Reply.Document(PageFile file, boolean known) -> {
                file.headers()
                        .forEach((name, value) -> response.header(HeaderNames.create(name), value));
                if (known) {
                    response.status(Status.NOT_MODIFIED_304);
                    response.send();
                } else {
                    send(file.content(), response, head);
                }
            }
            case Reply.Lines(Reply.Writer writer) -> {
                response.header(HeaderNames.CONTENT_TYPE, Answer.NDJSON);
                stream(reply, new BufferedOutputStream(response.outputStream(), BUFFER_BYTES));
            }
        }
    }

    /// Sends a body in pieces, so that the guard sees whether it moves.
    ///
    /// @param head whether only its length is told
    private static void send(byte[] body, ServerResponse response, boolean head)
            throws IOException {
        if (head) {
            response.contentLength(body.length);
            response.send();
            return;
        }
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

    /// Lets the guard see that a client takes what it is sent.
    private static final class Watched extends FilterOutputStream {
        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            enter(Phase.WRITING);
            out.write(bytes, from, length);
        }

        /// What comes next is waited for, not the client.
        @Override
        public void flush() throws IOException {
            out.flush();
            enter(Phase.WORKING);
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
            Status given, ServerResponseHeaders headers, String message) {
        // The library takes a head that ends too early for a fault of its own.
        boolean torn =
                given.code() >= 500
                        && GuardedSocket.CURRENT.isBound()
                        && GuardedSocket.CURRENT.get().isBeingRead();
        Status status = torn ? Status.BAD_REQUEST_400 : given;
        String reason = message.isEmpty() ? status.reasonPhrase() : message;
        Failure failure =
                new Failure(
                        status.code(),
                        status.code() >= 500 ? ErrorCode.INTERNAL : ErrorCode.INVALID_ARGUMENT,
                        "the request cannot be read: " + (torn ? "it ends too early" : reason));
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, Answer.JSON)
                .entity(Json.bytes(failure.body()))
                .keepAlive(false)
                .build();
    }
}
