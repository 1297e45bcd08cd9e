// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.Reply.LineSink;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.CommandRunner;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Command lines: `/command`, over the Unix socket only. Thread-safe.
final class CommandRoute {
    private static final Logger LOG = LoggerFactory.getLogger(CommandRoute.class);

    private final CommandRunner runner;

    CommandRoute(CommandRunner runner) {
        this.runner = runner;
    }

    ApiRoute route() {
        return ApiRoute.of("POST", "/command", "Carries out a command line", this::answer)
                .takes("Command")
                .answersLines("CommandLine")
                .onSocketOnly();
    }

    private Reply answer(Call call) {
        List<String> arguments = new ArrayList<>();
        for (JsonNode argument : call.body().path("arguments")) {
            arguments.add(argument.asText());
        }
        String input = call.body().path("input").asText();
        Attempt.current().asks(words(arguments, input));
        return new Reply.Lines(lines -> run(arguments, input, lines));
    }

    /// A line as it could be typed.
    private static String words(List<String> arguments, String input) {
        StringJoiner line = new StringJoiner(" ");
        for (String word : arguments) {
            boolean plain = word.matches("[!-~&&[^'\"\\\\$`]]+");
            line.add(plain ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        long lines = input.lines().count();
        return lines == 0 ? line.toString() : line + " (lines of input: " + lines + ")";
    }

    private void run(List<String> arguments, String input, LineSink lines) {
        Outlet outlet = new Outlet(lines);
        PrintWriter out = new PrintWriter(new Stream(outlet, "out"));
        PrintWriter err = new PrintWriter(new Stream(outlet, "err"));
        int exit = ErrorCode.INTERNAL.exitStatus();
        try {
            exit = runner.run(List.copyOf(arguments), input, out, err);
        } catch (RuntimeException e) {
            LOG.error("a fault in a command", e);
            Attempt.current().refused(ErrorCode.INTERNAL, "a fault in the balancer itself");
            err.println("fullnat: a fault in the balancer itself; its log says more");
        }
        outlet.flush();
        Attempt.current().end();
        lines.send(Json.object().put("exit", exit));
        lines.flush();
    }

    /// Gathers what both streams write and keeps its order. Thread-safe.
    private static final class Outlet {
        private static final int ENOUGH = 4096;
        private static final long SILENCE_NS = 400_000_000;

        private final LineSink lines;
        private final StringBuilder gathered = new StringBuilder();
        private String stream = "";
        private boolean gone;
        private long sentNs = System.nanoTime();

        Outlet(LineSink lines) {
            this.lines = lines;
        }

        synchronized void write(String to, char[] text, int from, int length) throws IOException {
            if (!stream.equals(to)) {
                send();
                stream = to;
            }
            gathered.append(text, from, length);
            if (gathered.length() >= ENOUGH
                    && !Character.isHighSurrogate(gathered.charAt(gathered.length() - 1))) {
                flush();
            }
            requireListener();
        }

        private void send() {
            if (!gathered.isEmpty() && !gone) {
                gone = !lines.send(Json.object().put(stream, gathered.toString()));
                sentNs = System.nanoTime();
            }
            gathered.setLength(0);
        }

        /// A command that has had nothing to say for a while, and asks whether somebody listens,
        /// finds out by a part without text.
        synchronized void flush() {
            if (gathered.isEmpty() && !gone && System.nanoTime() - sentNs >= SILENCE_NS) {
                gone = !lines.send(Json.object().put("out", ""));
                sentNs = System.nanoTime();
            }
            send();
            gone = gone || !lines.flush();
        }

        synchronized void requireListener() throws IOException {
            if (gone) {
                throw new IOException("the client is gone");
            }
        }
    }

    /// One of the two streams.
    private static final class Stream extends Writer {
        private final Outlet outlet;
        private final String name;

        Stream(Outlet outlet, String name) {
            this.outlet = outlet;
            this.name = name;
        }

        @Override
        public void write(char[] text, int from, int length) throws IOException {
            outlet.write(name, text, from, length);
        }

        @Override
        public void flush() throws IOException {
            outlet.flush();
            outlet.requireListener();
        }

        @Override
        public void close() {
            outlet.flush();
        }
    }
}
