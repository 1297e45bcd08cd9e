// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.metrics.Metrics;
import io.fullnat.balancer.page.PageFile;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A balancer in memory, with ports `wan` and `lan`, and the API's router over it.
public final class ApiRig implements AutoCloseable, Operations {
    public static final String WEB = "/v2/vs/192.0.2.80-80-tcp";
    public static final ServiceKey WEB_KEY = ServiceKey.tcp("192.0.2.80", 80);

    public final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(4096)
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01"),
                            PortSettings.of("client", "02:00:00:00:00:c1"))
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:02"),
                            PortSettings.of("server", "02:00:00:00:00:51"))
                    .open();
    public final FullNatBalancer balancer;

    /// What the next reload finds.
    public List<Change> fileChanges = List.of();

    /// With what the next reload fails.
    public Optional<BalancerException> fileError = Optional.empty();

    /// What happens before a report of a server's health is handed on.
    public Runnable beforeReport = () -> {};

    /// Carries out command lines.
    public CommandRunner runner = (arguments, input, out, err) -> 0;

    private final Metrics metrics;
    private final EventHub hub;
    final Router router;

    public ApiRig() {
        this(builder -> builder);
    }

    public ApiRig(UnaryOperator<BalancerBuilder> options) {
        balancer =
                options.apply(
                                FullNatBalancer.builder(io)
                                        .workers(1)
                                        .connections(256)
                                        .probes(spec -> target -> ProbeResult.passed("in memory"))
                                        .announcer(addresses -> Map.of()))
                        .start();
        metrics = Metrics.of(this);
        hub = EventHub.of(balancer.control());
        router =
                Api.router(
                        this,
                        (arguments, input, out, err) -> runner.run(arguments, input, out, err),
                        metrics,
                        hub);
    }

    /// An answer: its status, and its body or its lines.
    public record Answer(int status, String text, JsonNode body) {
        public String message() {
            return body.path("message").asText();
        }

        /// As it goes over the wire.
        public String wire() {
            return new String(Json.bytes(body), StandardCharsets.UTF_8);
        }

        public String error() {
            return body.path("error").asText();
        }

        public List<JsonNode> lines() {
            return text.lines()
                    .map(line -> Json.parse(line.getBytes(StandardCharsets.UTF_8)))
                    .toList();
        }

        /// It is a success with this word.
        public Answer is(int expected, String word) {
            assertThat(status).as(text).isEqualTo(expected);
            assertThat(body.asText()).isEqualTo(word);
            return this;
        }

        /// It is an error with this name whose message has all the words.
        public Answer refuses(int expected, String name, String... words) {
            assertThat(status).as(text).isEqualTo(expected);
            assertThat(error()).isEqualTo(name);
            assertThat(words).allSatisfy(word -> assertThat(message()).contains(word));
            Schemas.MODELS.check("Error", body);
            return this;
        }
    }

    /// With an address on each port.
    public ApiRig addressed() {
        balancer.network().addAddress(InterfaceAddress.of("192.0.2.1/24", "wan"));
        balancer.network().addAddress(InterfaceAddress.of("10.0.1.1/24", "lan"));
        return this;
    }

    /// With the service [#WEB] of one server and one local address.
    public ApiRig serving() {
        addressed();
        balancer.services()
                .add(
                        VirtualService.of(WEB_KEY)
                                .withScheduler("rr")
                                .withRealServer(RealServer.of("10.0.1.11", 8080))
                                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan")));
        return this;
    }

    public Answer get(String path) {
        return call("GET", path, "");
    }

    public Answer put(String path, String body) {
        return call("PUT", path, body);
    }

    public Answer post(String path, String body) {
        return call("POST", path, body);
    }

    public Answer delete(String path, String body) {
        return call("DELETE", path, body);
    }

    public Answer call(String verb, String target, String body) {
        return call(verb, target, body.getBytes(StandardCharsets.UTF_8), Place.SOCKET);
    }

    public Answer call(String verb, String target, byte[] body, Place place) {
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        String query = mark < 0 ? "" : target.substring(mark + 1);
        ApiRequest request = new ApiRequest(verb, path, query, "application/json", body, place);
        return switch (router.answer(request)) {
            case Reply.Value(int status, JsonNode node) ->
                    new Answer(status, node.toString(), node);
            case Reply.NotAllowed(String allow, JsonNode node) ->
                    new Answer(405, node.toString(), node);
            case Reply.Options(String allow) -> new Answer(204, allow, MissingNode.getInstance());
            case Reply.Text(String type, String text) ->
                    new Answer(200, text, MissingNode.getInstance());
            case Reply.Document(PageFile file, boolean known) ->
                    new Answer(
                            known ? 304 : 200,
                            new String(file.content(), StandardCharsets.UTF_8),
                            MissingNode.getInstance());
            case Reply.Stream(String type, String encoding, Reply.Body content) -> {
                content.close();
                yield new Answer(200, type, MissingNode.getInstance());
            }
            case Reply.Lines(Reply.Writer writer) -> {
                Gathered lines = new Gathered();
                writer.write(lines);
                yield new Answer(200, String.join("\n", lines.sent), MissingNode.getInstance());
            }
        };
    }

    /// Lines of a stream.
    static final class Gathered implements Reply.LineSink {
        final List<String> sent = new ArrayList<>();

        @Override
        public boolean send(JsonNode line) {
            return sent.add(new String(Json.bytes(line), StandardCharsets.UTF_8));
        }

        @Override
        public boolean flush() {
            return true;
        }
    }

    /// Fails unless a value is what a model says.
    public static void check(String model, JsonNode value) {
        Schemas.MODELS.check(model, value);
    }

    public DesiredState desired() {
        return control().desired();
    }

    public VirtualService web() {
        return Objects.requireNonNull(desired().services().get(WEB_KEY));
    }

    /// The balancer's, but for what a test wants to happen before a report of health reaches it.
    @Override
    public Control control() {
        Control real = balancer.control();
        return (Control)
                Proxy.newProxyInstance(
                        Control.class.getClassLoader(),
                        new Class<?>[] {Control.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("reportHealth")) {
                                beforeReport.run();
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }

    @Override
    public CountersReader counters() {
        return balancer.counters();
    }

    @Override
    public PacketIo io() {
        return io;
    }

    @Override
    public PacketCapture capture(CaptureSettings settings) {
        return balancer.capture(settings);
    }

    @Override
    public List<Change> reload(boolean dryRun) {
        fileError.ifPresent(error -> {
            throw error;
        });
        if (!dryRun) {
            control().apply(present -> fileChanges);
        }
        return fileChanges;
    }

    @Override
    public Configuration configuration() {
        throw new UnsupportedOperationException("nobody asks for it");
    }

    @Override
    public String export() {
        return "services: []\n";
    }

    @Override
    public void close() {
        hub.close();
        metrics.close();
        balancer.close();
        io.close();
    }
}
