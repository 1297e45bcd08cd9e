// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.BalancerException;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.capture.CaptureRequest;
import io.fullnat.balancer.capture.CaptureStream;
import io.fullnat.balancer.capture.ExpressionCompiler;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.run.Operations;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Captures as pcapng: of packets' whole contents, so that it takes what a change takes, and a line
/// of the audit log is written. Thread-safe.
final class CaptureRoute {
    static final String TYPE = "application/x-pcapng";

    private static final int MOST_FRAMES = 1_000_000;
    private static final int MOST_SECONDS = 300;
    private static final String USUAL_FRAMES = "10000";
    private static final String USUAL_SECONDS = "10";

    /// No expression has numbers alone, and so many.
    private static final Pattern PROGRAM = Pattern.compile("[0-9]+ [0-9 ,]*");

    private final Operations operations;
    private final ExpressionCompiler compiler = new ExpressionCompiler();

    CaptureRoute(Operations operations) {
        this.operations = operations;
    }

    ApiRoute route() {
        return ApiRoute.of("POST", "/capture", "Captures packets, as pcapng", this::capture)
                .with(text("connection", "connections, as `fullnat capture --connection`"))
                .with(text("client", "clients or their networks"))
                .with(text("port", "ports that packets pass"))
                .with(text("outcome", "how packets ended"))
                .flag("dropped", "packets that were dropped, for whatever reason")
                .with(
                        new Parameter(
                                "filter",
                                false,
                                false,
                                "an expression of pcap-filter(7), up to "
                                        + ExpressionCompiler.MAX_LENGTH
                                        + " characters, which needs libpcap where the balancer"
                                        + " runs; or a program of classic BPF, as `tcpdump -ddd`"
                                        + " prints it behind its first line, with commas between"
                                        + " its instructions"))
                .with(
                        new Parameter(
                                "count",
                                false,
                                false,
                                "ends after so many, 1-1000000; 10000 if not said"))
                .with(
                        new Parameter(
                                "seconds",
                                false,
                                false,
                                "ends after so long, 1-300; 10 if not said"))
                .with(
                        new Parameter(
                                "snap",
                                false,
                                false,
                                "how much of each, 14-262144 bytes; all if not said"))
                .answers(new Answer(200, Optional.empty(), TYPE));
    }

    private static Parameter text(String name, String what) {
        return new Parameter(name, false, false, what + ", with commas between; all if not said");
    }

    private Reply capture(Call call) {
        Map<String, String> query = call.query();
        int seconds;
        CaptureRequest request;
        try {
            seconds =
                    Values.number(
                            "seconds",
                            query.getOrDefault("seconds", USUAL_SECONDS),
                            1,
                            MOST_SECONDS);
            String count = query.getOrDefault("count", USUAL_FRAMES);
            int frames = Values.number("count", count, 1, MOST_FRAMES);
            request = filtered(CaptureRequest.parse(words(call, frames)), query.get("filter"));
        } catch (BalancerException e) {
            throw Failure.of(e);
        }
        CaptureStream stream = new CaptureStream(operations, request, Duration.ofSeconds(seconds));
        return new Reply.Stream(TYPE, "", new Body(stream));
    }

    private static List<String> words(Call call, int count) {
        List<String> words = new ArrayList<>(List.of("format=PCAPNG", "count=" + count));
        for (String name : List.of("connection", "client", "port", "outcome")) {
            String value = call.query().get(name);
            for (String each : value == null ? new String[0] : value.split(",", -1)) {
                if (each.isBlank()) {
                    throw Failure.invalid(
                            "query parameter "
                                    + name
                                    + " names nothing; all are"
                                    + " captured without it");
                }
                words.add(name + "=" + each);
            }
        }
        if (call.flag("dropped")) {
            Arrays.stream(Outcome.values())
                    .filter(outcome -> outcome.kind() == Outcome.Kind.DROPPED)
                    .forEach(outcome -> words.add("outcome=" + outcome));
        }
        Optional.ofNullable(call.query().get("snap"))
                .ifPresent(value -> words.add("snap=" + value));
        return words;
    }

    /// What is no program is an expression.
    private CaptureRequest filtered(CaptureRequest request, @Nullable String filter) {
        if (filter == null) {
            return request;
        }
        if (PROGRAM.matcher(filter).matches()) {
            return request.withFilter(CaptureRequest.program(filter));
        }
        if (filter.isBlank()) {
            throw Failure.invalid("query parameter filter is empty; all is captured without it");
        }
        return request.withFilter(compiler.compile(filter));
    }

    private record Body(CaptureStream stream) implements Reply.Body {
        @Override
        public void write(OutputStream out) throws IOException {
            stream.write(out);
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
