// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What goes wrong around a balancer that runs is found by `fullnat doctor`, with what to do.
@NetworkTest
@Timeout(240)
class DoctorIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String NOBODY = "203.0.113.77";
    private static final int SINK_PORT = 9;

    /// More than 80 of the 64,511 ports of an address.
    private static final int FLOWS = 53_000;

    private static final int FIRST_PORT = 2_000;

    @TempDir private Path folder;
    private final List<AutoCloseable> closed = new ArrayList<>();
    private HttpOrigin origin;
    private BalancerProcess balancer;

    @BeforeEach
    void start() throws Exception {
        Lab lab = Lab.create("fullnat-doctor", 1);
        lab.connectKernel("203.0.113.9/24");
        origin =
                HttpOrigin.start(
                        lab.server(1), "s1", new Endpoint(Lab.serverAddress(1), Scene.HTTP_PORT));
        closed.add(
                lab.server(1)
                        .call(() ->
                                new DatagramSocket(
                                        new InetSocketAddress(
                                                Lab.serverAddress(1).toString(), SINK_PORT))));
        balancer = BalancerProcess.start(lab, folder, yaml());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : closed) {
            each.close();
        }
        origin.close();
        balancer.close();
    }

    private static String yaml() {
        return """
        workers: {count: 1, connections: 131072}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:outside"}
          - {name: inside, device: "af_packet:inside"}
        addresses:
          - {address: %1$s, device: outside}
          - {address: %2$s, device: inside}
          - {address: %3$s/32, device: outside}
        services:
          - protocol: tcp
            address: %3$s:80
            checks: [tcp interval=0.25 timeout=1 rise=1 fall=1]
            servers: [{address: %4$s:%5$d}]
            locals: [{address: %6$s, device: inside}]
          - protocol: udp
            address: %3$s:53
            servers: [{address: %7$s:53}]
            locals: [{address: %6$s, device: inside}]
          - protocol: udp
            address: %3$s:9
            servers: [{address: %4$s:9}]
            locals: [{address: %6$s, device: inside}]
        """
                .formatted(
                        Lab.OUTSIDE,
                        Lab.INSIDE,
                        Lab.VIRTUAL,
                        Lab.serverAddress(1),
                        Scene.HTTP_PORT,
                        Lab.LOCAL.getFirst(),
                        NOBODY);
    }

    private JsonNode doctor(boolean faults) throws Exception {
        BalancerProcess.Result result =
                balancer.runBeside(List.of("doctor", "--interval", "1", "--json"));
        assertThat(result.errors()).isEmpty();
        assertThat(result.status())
                .as(result.output())
                .isEqualTo(faults ? ErrorCode.CHECK_FAILED.exitStatus() : 0);
        return JSON.readTree(result.output());
    }

    /// The one finding of a name, whose subject has the words.
    private static JsonNode finding(JsonNode report, String name, String subject) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode each : report.path("findings")) {
            if (each.path("name").asText().equals(name)
                    && each.path("subject").asText().contains(subject)) {
                found.add(each);
            }
        }
        assertThat(found).as("%s %s in %s", name, subject, report).hasSize(1);
        return found.getFirst();
    }

    private static List<String> names(JsonNode report) {
        List<String> names = new ArrayList<>();
        report.path("findings").forEach(each -> names.add(each.path("name").asText()));
        return names;
    }

    private void send(int port, int flows) throws IOException {
        balancer.inClient(() -> {
            InetAddress service = InetAddress.ofLiteral(Lab.VIRTUAL.toString());
            for (int i = 0; i < flows; i++) {
                try (DatagramSocket client = new DatagramSocket(FIRST_PORT + i)) {
                    client.send(new DatagramPacket(new byte[] {1}, 1, service, port));
                }
            }
            return true;
        });
    }

    @Test
    void aBalancerThatIsWell() throws Exception {
        Shell.until(
                "s1 is checked",
                () -> {
                    try {
                        return balancer.json("server", "list", "--json")
                                .at("/realServers/0/health/active")
                                .asText()
                                .equals("up");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
        JsonNode report = doctor(false);

        assertThat(report.path("running").asBoolean()).isTrue();
        assertThat(report.path("faults").asInt()).as(report.toString()).isZero();
        assertThat(names(report))
                .doesNotContain("LINK_DOWN", "UNSAVED", "RESTART_NEEDED", "SERVER_DOWN");
        assertThat(report.path("unseen")).as(report.toString()).isEmpty();
        assertThat(report.path("fine").toString())
                .contains("links", "devices and interfaces of ports", "options and heap");
    }

    @Test
    void aServerThatIsKilled() throws Exception {
        origin.close();
        Shell.until(
                "s1 is down",
                () -> balancer.ask(List.of("server", "list")).output().contains("down"));
        JsonNode report = doctor(true);

        JsonNode server = finding(report, "SERVER_DOWN", Lab.serverAddress(1) + ":8080");
        assertThat(server.path("level").asText()).isEqualTo("warning");
        assertThat(server.path("seen").asText()).contains("refused");
        assertThat(server.path("remedy").asText())
                .contains("fullnat server list tcp 192.0.2.80:80");
        assertThat(finding(report, "SERVICE_DOWN", "tcp 192.0.2.80:80").path("level").asText())
                .isEqualTo("fault");
    }

    @Test
    void aServerThatNobodyKnows() throws Exception {
        send(53, 3);
        JsonNode silent = finding(doctor(false), "NEIGHBOUR_SILENT", NOBODY);

        assertThat(silent.path("subject").asText())
                .isEqualTo("real server " + NOBODY + " of udp 192.0.2.80:53");
        assertThat(silent.path("remedy").asText()).contains("fullnat capture --port inside arp");
    }

    @Test
    void aLinkThatIsDown() throws Exception {
        balancer.lab.balancer().ip("link", "set", Lab.OUTSIDE_INTERFACE, "down");
        Shell.until(
                "the link is down",
                () -> balancer.ask(List.of("link", "list")).output().contains("down"));
        JsonNode report = doctor(true);

        assertThat(finding(report, "LINK_DOWN", "port outside").path("remedy").asText())
                .contains("ip link set dev outside up");
        assertThat(finding(report, "INTERFACE_DOWN", "port outside").path("remedy").asText())
                .isEqualTo("`ip link set dev outside up`");
    }

    /// The kernel may lose datagrams of a burst where it is busy: those are sent once more.
    private void fillPorts() throws Exception {
        Shell.until(
                FLOWS + " local ports are taken",
                () -> {
                    try {
                        send(SINK_PORT, FLOWS);
                        return balancer.json("laddr", "list", "--json").findValues("inUse").stream()
                                .anyMatch(each -> each.asInt() >= FLOWS);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    @Test
    void localPortsThatRunShort() throws Exception {
        fillPorts();
        JsonNode full =
                finding(doctor(false), "PORTS_NEARLY_EXHAUSTED", Lab.LOCAL.getFirst().toString());

        assertThat(full.path("seen").asText())
                .containsPattern("has been 8\\d % full, nearly full now");
        assertThat(full.path("remedy").asText())
                .contains("`fullnat laddr add udp 192.0.2.80:9 ADDRESS inside`");
    }

    @Test
    void whatACommandHasChanged() throws Exception {
        assertThat(balancer.ask(List.of("service", "remove", "udp", Lab.VIRTUAL + ":53")).status())
                .isZero();
        assertThat(finding(doctor(false), "UNSAVED", "").path("seen").asText())
                .contains("1 difference: + service UDP 192.0.2.80:53");
    }
}
