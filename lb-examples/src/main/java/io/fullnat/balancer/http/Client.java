package io.fullnat.balancer.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Has a running balancer carry out a command line, over its Unix socket. Thread-safe.
public final class Client {
    private static final int OK = 200;
    private static final int MAX_ERROR_BYTES = 65536;

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
        HelidonLog.quieten();
        try {
            requireBalancer(socket);
            return ask(socket, body(arguments, input), out, err);
        } catch (BalancerException e) {
            out.flush();
            err.println("fullnat: " + e.getMessage());
            return e.code().exitStatus();
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static ObjectNode body(List<String> arguments, String input) {
        ObjectNode body = Json.object();
        arguments.forEach(body.withArrayProperty("arguments")::add);
        return body.put("input", input);
    }

    private static void requireBalancer(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
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
                        + "; is `fullnat run` running? --socket FILE names another",
                e);
    }

    private static int ask(Path socket, ObjectNode body, PrintWriter out, PrintWriter err) {
        WebClient client =
                WebClient.builder()
                        .baseUri("http://localhost")
                        .baseAddress(UnixDomainSocketAddress.of(socket))
                        .shareConnectionCache(false)
                        .keepAlive(true) // else the library forgets to connect Unix sockets
                        .build();
        try (HttpClientResponse response =
                client.method(Method.POST)
                        .path("/v2/command")
                        .header(HeaderNames.CONTENT_TYPE, "application/json")
                        .submit(Json.bytes(body))) {
            if (response.status().code() != OK) {
                throw refused(response);
            }
            return show(response, out, err);
        } catch (IOException | RuntimeException e) {
            if (e instanceof BalancerException known) {
                throw known;
            }
            throw brokeOff(e);
        } finally {
            client.closeResource();
        }
    }

    private static BalancerException refused(HttpClientResponse response) throws IOException {
        byte[] body = response.inputStream().readNBytes(MAX_ERROR_BYTES);
        ErrorCode code = ErrorCode.INTERNAL;
        String message = "the balancer answers with the HTTP status " + response.status().code();
        try {
            JsonNode error = Json.parse(body);
            code = ErrorCode.valueOf(error.path("error").asText());
            message = error.path("message").asText(message);
        } catch (Failure | IllegalArgumentException e) {
            message += "; is it a balancer at all?";
        }
        return new BalancerException(code, message);
    }

    private static int show(HttpClientResponse response, PrintWriter out, PrintWriter err)
            throws IOException {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(response.inputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode part = Json.parse(line.getBytes(StandardCharsets.UTF_8));
                if (part.has("exit")) {
                    return part.path("exit").asInt(ErrorCode.INTERNAL.exitStatus());
                }
                show(part.path("out").asText(), out);
                show(part.path("err").asText(), err);
            }
        } catch (UncheckedIOException | Failure e) {
            throw brokeOff(e);
        }
        throw new BalancerException(ErrorCode.CLOSED, BROKE_OFF);
    }

    private static final String BROKE_OFF =
            "the balancer's answer broke off; what the command asked for may be done or not: look"
                    + " before you try again";

    private static BalancerException brokeOff(Exception e) {
        return new BalancerException(ErrorCode.CLOSED, BROKE_OFF, e);
    }

    private static void show(String text, PrintWriter to) {
        if (!text.isEmpty()) {
            to.print(text);
            to.flush();
        }
    }
}
