// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.IpPrefix;
import io.fullnat.balancer.cli.output.LiveTraceListing;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `fullnat trace --client`: what passes while it asks, packet by packet.
@Timeout(60)
final class LiveTraceTest {
    /// Frames of several workers come in order of their times.
    private static final Duration STEP = Duration.ofMillis(1);

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private CompletableFuture<CommandRig.Result> begin(String words) throws Exception {
        CompletableFuture<CommandRig.Result> trace =
                CompletableFuture.supplyAsync(() -> rig.run("trace --client " + words));
        while (rig.captures.get() == 0 && !trace.isDone()) {
            Thread.sleep(5);
        }
        return trace;
    }

    /// Whether another one may begin.
    private void assertOver() {
        rig.capture(CaptureSettings.ALL).close();
    }

    private static PacketBuilder request(String client, int port) {
        return PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                .ipv4(client, CommandRig.VIP)
                .tcp(40_000, port)
                .flags(Tcp.SYN)
                .sequence(7);
    }

    private static int port(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    /// A SYN, another client's that is not shown, and the server's answer.
    private int exchange() {
        byte[] syn = rig.arrive("wan", request("192.0.2.7", 80).toBytes()).get(1).getFirst();
        int local = port(syn, 34);
        rig.pass(STEP);
        rig.arrive("wan", request("192.0.2.8", 80).toBytes());
        rig.arrive(
                "lan",
                PacketBuilder.ethernet(CommandRig.SERVER_MAC, CommandRig.LAN_MAC)
                        .ipv4("10.0.1.11", CommandRig.LOCAL)
                        .tcp(8080, local)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(900)
                        .acknowledgement(8)
                        .toBytes());
        rig.pass(STEP);
        return local;
    }

    @Test
    void eachPacketWithItsEndItsConnectionAndWhereItWent() throws Exception {
        rig.done("neighbour add 192.0.2.7 " + CommandRig.CLIENT_MAC + " wan");
        CompletableFuture<CommandRig.Result> trace = begin("192.0.2.7 --count 3");
        int local = exchange();
        rig.arrive("wan", request("192.0.2.7", 81).toBytes());
        CommandRig.Result result = trace.get();

        assertThat(result.err()).isEmpty();
        assertThat(result.status()).isZero();
        String connection =
                "  connection tcp 192.0.2.7:40000 > 192.0.2.80:80, by 10.0.1.100:"
                        + local
                        + " to 10.0.1.11:8080";
        assertThat(result.lines().stream().map(line -> line.replaceFirst("^\\d\\d:.* w\\d", "w")))
                .containsExactly(
                        "w wan in  192.0.2.7:40000 > 192.0.2.80:80 tcp SYN seq 7 length 0",
                        "  ends as    FORWARDED_IN: translated and sent to a real server",
                        connection,
                        "  sent       at lan to 02:00:00:00:00:51: 10.0.1.100:"
                                + local
                                + " > 10.0.1.11:8080 tcp SYN seq 7 length 0",
                        "w lan in  10.0.1.11:8080 > 10.0.1.100:"
                                + local
                                + " tcp SYN ACK seq 900 ack 8 length 0",
                        "  ends as    FORWARDED_OUT: translated and sent to a client",
                        connection,
                        "  sent       at wan to 02:00:00:00:00:c1: 192.0.2.80:80 > 192.0.2.7:40000"
                                + " tcp SYN ACK seq 900 ack 8 length 0",
                        "w wan in  192.0.2.7:40000 > 192.0.2.80:81 tcp SYN seq 7 length 0",
                        "  ends as    NO_SERVICE: to an own address, but no service listens there");
    }

    @Test
    void asAnObjectALine() throws Exception {
        rig.done("neighbour add 192.0.2.7 " + CommandRig.CLIENT_MAC + " wan");
        CompletableFuture<CommandRig.Result> trace = begin("192.0.2.7/32 --count 4 --json");
        int local = exchange();
        rig.arrive("wan", request("192.0.2.7", 81).toBytes());
        List<String> lines = trace.get().lines();

        assertThat(lines).hasSize(4);
        JsonNode in = new JsonMapper().readTree(lines.getFirst());
        assertThat(in.path("time").asText()).matches("\\d{4}-.*Z");
        assertThat(in.path("outcome").asText()).isEqualTo("FORWARDED_IN");
        assertThat(in.path("port").asText()).isEqualTo("wan");
        assertThat(in.path("connection").toString())
                .isEqualTo(
                        "{\"protocol\":\"tcp\",\"client\":\"192.0.2.7:40000\",\"virtual\":\"192.0.2.80:80\",\"local\":\"10.0.1.100:"
                                + local
                                + "\",\"server\":\"10.0.1.11:8080\"}");
        assertThat(in.path("sent").path("port").asText()).isEqualTo("lan");
        assertThat(in.path("sent").path("to").asText()).isEqualTo(CommandRig.SERVER_MAC);
        JsonNode refused = new JsonMapper().readTree(lines.get(2));
        assertThat(refused.path("outcome").asText()).isEqualTo("NO_SERVICE");
        assertThat(refused.has("connection")).isFalse();
        assertThat(refused.has("sent")).isFalse();
        JsonNode reset = new JsonMapper().readTree(lines.get(3));
        assertThat(reset.path("madeBy").asText()).isEqualTo("fullnat");
        assertThat(reset.path("outcome").isNull()).isTrue();
        assertThat(reset.path("sent").path("packet").asText()).contains(" tcp RST ACK ");
    }

    @Test
    void itEndsInTimeThoughNothingPasses() throws Exception {
        CommandRig.Result result = begin("198.51.100.0/24 --seconds 0.2").get();
        assertThat(result.status()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEmpty();
        assertOver();
    }

    /// A reader that is gone is found out though no packet comes.
    @Test
    void itEndsWhenNobodyReads() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        PrintWriter out =
                new PrintWriter(new StringWriter()) {
                    @Override
                    public boolean checkError() {
                        return asked.incrementAndGet() > 1;
                    }
                };
        CompletableFuture<Integer> trace =
                CompletableFuture.supplyAsync(() ->
                        Commands.over(rig)
                                .run(
                                        List.of("trace", "--client", "192.0.2.7"),
                                        "",
                                        out,
                                        new PrintWriter(new StringWriter())));
        assertThat(trace).succeedsWithin(Duration.ofSeconds(30));
        assertThat(asked).hasValue(2);
        assertOver();
    }

    @Test
    void aSecondOneIsRefusedWhileOneIsUnderWay() throws Exception {
        CompletableFuture<CommandRig.Result> first = begin("192.0.2.7 --count 1");
        rig.refused(30, "trace --client 192.0.2.7", "capture");
        assertThat(first).isNotDone();
        rig.arrive("wan", request("192.0.2.7", 81).toBytes());
        assertThat(first.get().status()).isZero();
        assertOver();
    }

    /// What was captured until its time was over is shown, however much of it waits still.
    @Test
    void whatWaitsWhenItsTimeIsOverIsShown() {
        int packets = 700;
        Operations late =
                (Operations)
                        Proxy.newProxyInstance(
                                Operations.class.getClassLoader(),
                                new Class<?>[] {Operations.class},
                                (proxy, method, arguments) -> {
                                    Object result = method.invoke(rig, arguments);
                                    for (int i = 0;
                                            result instanceof PacketCapture && i < packets;
                                            i++) {
                                        rig.arrive("wan", request("192.0.2.7", 81).toBytes());
                                    }
                                    return result;
                                });
        StringWriter out = new StringWriter();
        new LiveTraceListing(
                        List.of(IpPrefix.parse("192.0.2.7/32")),
                        0,
                        Optional.of(Duration.ZERO),
                        true)
                .print(late, new PrintWriter(out));

        assertThat(out.toString().lines().filter(line -> line.contains("\"NO_SERVICE\"")))
                .hasSize(packets);
        assertOver();
    }

    @Test
    void wrongWordsAreRefused() {
        rig.refused(2, "trace", "--client ADDRESS");
        rig.refused(2, "trace --client 192.0.2", "192.0.2");
        rig.refused(2, "trace --client 192.0.2.7 --count 0", "--count");
        rig.refused(2, "trace --client 192.0.2.7 --seconds 0", "--seconds");
        rig.refused(2, "trace --client 192.0.2.7 --port wan", "--port");
        rig.refused(2, "trace tcp:192.0.2.7:1:192.0.2.80:80 --client 192.0.2.7", "no TUPLE");
        rig.refused(2, "trace tcp:192.0.2.7:1:192.0.2.80:80 --count 3", "--count");
        rig.refused(2, "trace tcp:192.0.2.7:1:192.0.2.80:80 --seconds 3", "--seconds");
    }
}
