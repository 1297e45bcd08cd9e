// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.config.EventKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Events as text: for machines, and hostile ones.
class ToldTest {
    private static final String FORGED =
            "a\n2026-05-01T12:00:00.000Z ERROR X: b\u001b[31m\"\\\u202e";
    private static final IpAddress ADDRESS = IpAddress.parse("2001:db8::1");

    private static final List<BalancerEvent> ALL =
            List.of(
                    new BalancerEvent.Applied(
                            7, List.of(new Change.ZeroCounters(Optional.empty()))),
                    new BalancerEvent.ConditionBegan(Condition.LINK_DOWN, FORGED, FORGED),
                    new BalancerEvent.ConditionEnded(
                            Condition.LINK_DOWN, FORGED, Duration.ofSeconds(9), FORGED),
                    new BalancerEvent.Fault(FORGED),
                    new BalancerEvent.AddressReleased(ADDRESS, FORGED),
                    new BalancerEvent.ServerHealthChanged(
                            ServiceKey.tcp("192.0.2.80", 80),
                            Endpoint.of("10.0.1.11", 8080),
                            down(FORGED)),
                    new BalancerEvent.AnnouncementChanged(ADDRESS, true),
                    new BalancerEvent.AddressDraining(ADDRESS, FORGED),
                    new BalancerEvent.CaptureBegan(FORGED),
                    new BalancerEvent.CaptureEnded(Duration.ofSeconds(9), 7, 1),
                    new BalancerEvent.ConfigurationReloaded(8, 3),
                    new BalancerEvent.ConfigurationRefused(FORGED),
                    new BalancerEvent.NeighbourMoved(
                            ADDRESS,
                            FORGED,
                            MacAddress.parse("02:00:00:00:00:01"),
                            MacAddress.parse("02:00:00:00:00:02")));

    private static ServerHealth down(String reason) {
        ServerHealth up = ServerHealth.UNCHECKED;
        return new ServerHealth(
                false,
                ServerHealth.Use.OUT,
                up.admin(),
                ServerHealth.State.DOWN,
                up.passive(),
                up.external(),
                reason,
                Duration.ZERO,
                Optional.empty(),
                1,
                0);
    }

    private static Told told(BalancerEvent event) {
        return new Told("x-3", 3, Instant.parse("2026-05-01T12:00:00Z"), event);
    }

    @Test
    void eachKindHasItsWord() {
        Set<String> kinds =
                ALL.stream().map(event -> told(event).kind()).collect(Collectors.toSet());
        assertThat(kinds).hasSameSizeAs(ALL).containsExactlyInAnyOrderElementsOf(EventKind.all());
        assertThat(EventKind.of(ALL.getLast())).isEqualTo("neighbour_moved");
    }

    @Test
    void thePageHasASentenceForEachKind() throws IOException {
        try (InputStream script =
                EventKind.class.getResourceAsStream("/io/fullnat/balancer/page/events.js")) {
            String text =
                    new String(
                            Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(EventKind.all())
                    .allSatisfy(kind -> assertThat(text).contains("case '" + kind + "':"));
        }
    }

    /// And the page of the documentation a row.
    @Test
    void eachKindIsExplained() throws IOException {
        String page = Files.readString(Path.of("../../docs/events.md"));
        assertThat(EventKind.all())
                .allSatisfy(
                        kind -> assertThat(page).containsPattern("\\| .*`" + kind + "`.* \\| "));
    }

    /// Whatever a server answers or a file names, it is one line, and says what it said.
    @Test
    void nothingInThemForgesALine() throws IOException {
        for (BalancerEvent event : ALL) {
            String json = told(event).json();
            assertThat(json)
                    .as(json)
                    .doesNotContain("\n", "\r", "\u001b", "\u202e")
                    .startsWith(
                            "{\"id\":\"x-3\",\"time\":\"2026-05-01T12:00:00.000Z\",\"kind\":\"");
            JsonNode node = new JsonMapper().readTree(json);
            for (String text : List.of("subject", "detail", "what", "device", "reason")) {
                if (node.has(text)) {
                    assertThat(node.get(text).asText()).isEqualTo(FORGED);
                }
            }
        }
    }

    @Test
    void healthOfAServer() throws IOException {
        JsonNode node = new JsonMapper().readTree(told(ALL.get(5)).json());
        assertThat(node.get("protocol").asText()).isEqualTo("tcp");
        assertThat(node.get("service").asText()).isEqualTo("192.0.2.80:80");
        assertThat(node.get("server").asText()).isEqualTo("10.0.1.11:8080");
        assertThat(node.get("up").asBoolean()).isFalse();
        assertThat(node.get("use").asText()).isEqualTo("out");
    }

    /// A transaction of many changes is told in a few words, without their values.
    @Test
    void changesAreNamedNotShown() throws IOException {
        Change change = new Change.ZeroCounters(Optional.empty());
        Told large = told(new BalancerEvent.Applied(7, Collections.nCopies(500, change)));
        JsonNode node = new JsonMapper().readTree(large.json());
        assertThat(node.get("count").asInt()).isEqualTo(500);
        assertThat(node.get("changes")).hasSize(20);
        assertThat(node.get("changes").get(0).asText()).isEqualTo("ZeroCounters");
    }

    /// As browsers read them.
    @Test
    void serverSentEvents() throws IOException {
        Subscription[] own = new Subscription[1];
        Subscription events = new Subscription(2, told -> true, ended -> {});
        own[0] = events;
        Stream.of(ALL.get(3), ALL.get(6), ALL.get(6)).map(ToldTest::told).forEach(events::offer);
        ByteArrayOutputStream out =
                new ByteArrayOutputStream() {
                    @Override
                    public void flush() {
                        if (toString(StandardCharsets.UTF_8).endsWith(":\n\n")) {
                            own[0].close();
                        }
                    }
                };
        new EventText(events, Duration.ofMillis(10)).write(out);

        assertThat(out.toString(StandardCharsets.UTF_8).split("\n\n", -1))
                .containsExactly(
                        "retry: 2000",
                        "event: lost\ndata: {\"lost\":1}",
                        "id: x-3\nevent: fault\ndata: " + told(ALL.get(3)).json(),
                        "id: x-3\nevent: announcement_changed\ndata: " + told(ALL.get(6)).json(),
                        ":",
                        "");
    }
}
