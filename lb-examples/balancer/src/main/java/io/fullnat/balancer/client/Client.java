// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.Failure;
import io.fullnat.balancer.api.Json;
import io.fullnat.balancer.text.Visible;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/// Has a running balancer carry out a command line, over its Unix socket. Thread-safe.
public final class Client {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int OK = 200;
    private static final int MAX_ERROR_BYTES = 65536;
    private static final Duration PAST_EVENTS = Duration.ofSeconds(1);

    private Client() {}

    /// Sends a command line and shows what comes back, as it comes.
    ///
    /// @param socket of the balancer
    /// @param arguments the words, that which names the command first
    /// @param input what the command reads from standard input, empty if nothing
    /// @param out gets the command's output
    /// @param err gets its complaints, and `fullnat: ...` when the balancer cannot be reached or
    ///   the answer breaks off
    /// @return the exit status: 0 only if the balancer said so, at the end of a whole answer
    public static int run(
            Path socket, List<String> arguments, String input, PrintWriter out, PrintWriter err) {
        try (SocketExchange exchange = connect(socket)) {
            return ask(exchange, body(arguments, input), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // closing failed, after the whole answer
        } catch (BalancerException e) {
            out.flush();
            err.println(name(arguments) + ": " + Visible.of(String.valueOf(e.getMessage())));
            return e.code().exitStatus();
        } finally {
            out.flush();
            err.flush();
        }
    }

    /// Reads a page of the API.
    ///
    /// @param socket of the balancer
    /// @param path with its query, in printable ASCII
    /// @param most bytes that it may have
    /// @return the page
    /// @throws BalancerException if no balancer answers, it refuses, the answer breaks off, or is
    ///   longer ([ErrorCode#CAPACITY])
    public static byte[] get(Path socket, String path, int most) {
        try (SocketExchange exchange = connect(socket)) {
            SocketExchange.Answer answer = exchange.get(path, most + 1);
            if (answer.status() != OK) {
                throw refused(answer);
            }
            byte[] page = answer.body().readNBytes(most + 1);
            if (page.length > most) {
                throw new BalancerException(
                        ErrorCode.CAPACITY, path + " has more than " + most + " bytes");
            }
            return page;
        } catch (IOException e) {
            throw new BalancerException(ErrorCode.CLOSED, "the balancer's answer broke off", e);
        }
    }

    /// The events that a balancer keeps for those who come back.
    ///
    /// @param socket of the balancer
    /// @return as its API writes them
    /// @throws BalancerException if no balancer answers, or it refuses
    public static String pastEvents(Path socket) {
        StringBuilder events = new StringBuilder();
        try (SocketExchange exchange = connect(socket)) {
            SocketExchange.Answer answer =
                    exchange.get("/v2/events", "Last-Event-ID: 0\r\n", MAX_ERROR_BYTES);
            if (answer.status() != OK) {
                throw refused(answer);
            }
            // The stream has no end, but what is kept comes at once.
            Thread.ofVirtual().start(() -> closeAfter(exchange, PAST_EVENTS));
            BufferedReader lines =
                    new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                events.append(line).append('\n');
            }
        } catch (IOException over) {
            return events.toString();
        }
        return events.toString();
    }

    private static void closeAfter(SocketExchange exchange, Duration time) {
        try {
            Thread.sleep(time);
            exchange.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // it is over, which was wanted
        }
    }

    /// Whether somebody listens at a socket.
    ///
    /// @param socket of the balancer
    /// @return false also if it may not be reached
    public static boolean answers(Path socket) {
        try (SocketExchange reached = new SocketExchange(socket)) {
            return reached.isOpen();
        } catch (IOException e) {
            return false;
        }
    }

    /// The name under which a command speaks: its own, if it may be called by that alone.
    private static String name(List<String> arguments) {
        String first = arguments.isEmpty() ? "" : arguments.getFirst();
        return first.equals("ipvsadm") || first.equals("dpip") ? first : "fullnat";
    }

    private static byte[] body(List<String> arguments, String input) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JsonGenerator json = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
                json.writeStartObject();
                json.writeArrayFieldStart("arguments");
                for (String argument : arguments) {
                    json.writeString(argument);
                }
                json.writeEndArray();
                json.writeStringField("input", input);
                json.writeEndObject();
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory is always written
        }
    }

    private static SocketExchange connect(Path socket) {
        try {
            return new SocketExchange(socket);
        } catch (IOException e) {
            throw unreachable(socket, e);
        }
    }

    private static BalancerException unreachable(Path socket, Exception e) {
        if (String.valueOf(e.getMessage()).contains("Permission denied")) {
            return new BalancerException(
                    ErrorCode.PERMISSION,
                    "you may not talk to the balancer at "
                            + socket
                            + "; run as root, or as the user who runs it",
                    e);
        }
        return new BalancerException(
                ErrorCode.NO_BALANCER,
                "no balancer answers at "
                        + socket
                        + "; is `fullnat run` running? FULLNAT_SOCKET=FILE names another",
                e);
    }

    private static int ask(SocketExchange exchange, byte[] body, PrintWriter out, PrintWriter err) {
        try {
            SocketExchange.Answer answer = exchange.post("/v2/command", body);
            if (answer.status() != OK) {
                throw refused(answer);
            }
            return show(answer.body(), out, err);
        } catch (IOException e) {
            throw brokeOff(e);
        }
    }

    private static BalancerException refused(SocketExchange.Answer answer) throws IOException {
        byte[] body = answer.body().readNBytes(MAX_ERROR_BYTES);
        ErrorCode code = ErrorCode.INTERNAL;
        String message = "the balancer answers with the HTTP status " + answer.status();
        try {
            JsonNode error = Json.parse(body);
            code = ErrorCode.valueOf(error.path("error").asText());
            message = error.path("message").asText(message);
        } catch (Failure | IllegalArgumentException e) {
            message += "; is it a balancer at all?";
        }
        return new BalancerException(code, message);
    }

    private static int show(InputStream body, PrintWriter out, PrintWriter err) throws IOException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                OptionalInt exit = show(line, out, err);
                if (out.checkError()) {
                    return 0; // nobody reads on; who made the writer knows why
                }
                if (exit.isPresent()) {
                    return exit.getAsInt();
                }
            }
        }
        throw new BalancerException(ErrorCode.CLOSED, BROKE_OFF);
    }

    /// Shows a part of the answer; the last one has the exit status.
    private static OptionalInt show(String line, PrintWriter out, PrintWriter err)
            throws IOException {
        try (JsonParser part = JSON.createParser(line)) {
            if (part.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a part of the answer is no object");
            }
            for (String name = part.nextFieldName(); name != null; name = part.nextFieldName()) {
                part.nextToken();
                switch (name) {
                    case "out" -> show(part.getText(), out);
                    case "err" -> show(part.getText(), err);
                    case "exit" -> {
                        return OptionalInt.of(part.getIntValue());
                    }
                    default -> part.skipChildren();
                }
            }
        }
        return OptionalInt.empty();
    }

    private static final String BROKE_OFF =
            "the balancer's answer broke off; what the command asked for may be done or not: look"
                    + " before you try again";

    private static BalancerException brokeOff(Exception e) {
        return new BalancerException(ErrorCode.CLOSED, BROKE_OFF, e);
    }

    private static void show(String text, PrintWriter to) {
        if (!text.isEmpty()) {
            to.print(Visible.lines(text));
            to.flush();
        }
    }
}
