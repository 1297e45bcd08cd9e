// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.event.EventText;
import io.fullnat.balancer.event.FlightRecorder;
import io.fullnat.balancer.event.Subscription;
import io.fullnat.balancer.log.LogSetup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same hostile names, told by every way on which events go: none can begin a line, end a text
/// in quotes, reach a terminal, or be taken for another event, and those who parse get them as they
/// were.
@Timeout(300)
class HostileTextTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir private Path folder;

    private static BalancerEvent event(String name) {
        return new BalancerEvent.ConditionBegan(Condition.LINK_DOWN, name, name);
    }

    private static void check(String json, String name) throws IOException {
        isVisible(json);
        JsonNode node = JSON.readTree(json);
        assertThat(node.get("kind").asText()).isEqualTo("condition_began");
        assertThat(node.get("subject").asText()).isEqualTo(name);
        assertThat(node.get("detail").asText()).isEqualTo(name);
    }

    private static void isVisible(String line) {
        assertThat(line.chars()).allMatch(c -> (c >= ' ' && c < 0x7f) || c > 0xa0);
        assertThat(line).doesNotContain("\u2028", "\u202e", "\u200b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\n\nid: 9\nevent: fault\ndata: {}\n\n",
                "a\r\n2026-05-01T12:00:00.000Z ERROR audit: forged",
                "\u001b[2J\u001b]0;owned\u0007\u009b31m",
                "\",\"kind\":\"fault\",\"x\":\"\\",
                "\u202egnp.exe\u2028\u200b\u0000",
                "<script>alert(1)</script>\u0085"
            })
    void isToldByEveryWayAsItIs(String name) throws Exception {
        log(name, "text");
        log(name, "json");
        serverSentEvents(name);
        recording(name);
        webhook(name);
    }

    private void log(String name, String format) throws IOException {
        Optional<String> ofTheseTests =
                Optional.ofNullable(System.getProperty("logback.configurationFile"));
        System.clearProperty("logback.configurationFile");
        System.setProperty("fullnat.log.format", format);
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        try {
            var _ = new LogSetup().configure(context);
            context.getLogger("io.fullnat.core.control.Conditions")
                    .warn("{} begins: {}: {}", Condition.LINK_DOWN, name, name);
        } finally {
            System.setErr(before);
            System.clearProperty("fullnat.log.format");
            ofTheseTests.ifPresent(file -> System.setProperty("logback.configurationFile", file));
        }
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1);
        isVisible(lines.getFirst());
        if (format.equals("json")) {
            assertThat(JSON.readTree(lines.getFirst()).get("message").asText())
                    .isEqualTo("LINK_DOWN begins: " + name + ": " + name);
        } else {
            assertThat(lines.getFirst()).contains("Z WARN  Conditions: LINK_DOWN begins: ");
        }
    }

    private static void serverSentEvents(String name) throws IOException {
        try (ApiRig rig = new ApiRig();
                EventHub hub = EventHub.of(rig.control())) {
            Subscription events = hub.listen(told -> true, "").orElseThrow();
            hub.onEvent(event(name));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            OutputStream until =
                    new OutputStream() {
                        @Override
                        public void write(int value) {
                            bytes.write(value);
                        }

                        @Override
                        public void write(byte[] some, int offset, int length) {
                            bytes.write(some, offset, length);
                            if (new String(some, offset, length, StandardCharsets.UTF_8)
                                    .contains("data: ")) {
                                events.close();
                            }
                        }
                    };
            new EventText(events).write(until);
            List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
            assertThat(lines)
                    .filteredOn(line -> !line.isEmpty())
                    .extracting(line -> line.replaceFirst(": .*", ""))
                    .containsExactly("retry", "id", "event", "data");
            check(
                    lines.stream()
                            .filter(line -> line.startsWith("data: "))
                            .findFirst()
                            .orElseThrow()
                            .substring("data: ".length()),
                    name);
        }
    }

    private void recording(String name) throws IOException {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("fullnat.Event");
            recording.start();
            new FlightRecorder().onEvent(event(name));
            recording.stop();
            recording.dump(file);
        }
        check(RecordingFile.readAllEvents(file).getFirst().getString("detail"), name);
    }

    private static void webhook(String name) throws Exception {
        try (ApiRig rig = new ApiRig();
                EventHub hub = EventHub.of(rig.control());
                Receiver receiver = new Receiver();
                Webhooks webhooks = Webhooks.none()) {
            webhooks.prepare(
                            List.of(
                                    new WebhookSettings(
                                            "a",
                                            receiver.url("/"),
                                            List.of("condition_began"),
                                            Duration.ofSeconds(20),
                                            Optional.empty(),
                                            Optional.empty(),
                                            Optional.empty(),
                                            List.of())))
                    .run();
            webhooks.begin(rig.control(), hub);
            hub.onEvent(event(name));
            check(receiver.next().body(), name);
        }
    }
}
