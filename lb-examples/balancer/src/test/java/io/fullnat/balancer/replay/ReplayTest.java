// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.pcap.CaptureInterface;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import io.fullnat.balancer.pcap.PcapngWriter;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Captures through a configuration: those of the engine's golden conversations, and some made
/// here.
final class ReplayTest {
    private static final Path GOLDEN =
            Path.of("../../lb-fullnat/src/test/resources/io/fullnat/core/captures");
    private static final Configuration CONFIGURATION =
            ConfigurationFile.parse(
                    "replay.yaml",
                    """
                    ports: [{name: wan, device: 'null:'}, {name: lan, device: 'null:'}]
                    addresses:
                    - {address: 192.0.2.1/24, device: wan}
                    - {address: 192.0.2.80/32, device: wan}
                    - {address: 10.0.1.1/24, device: lan}
                    - {address: "2001:db8:1::1/64", device: wan}
                    - {address: "2001:db8:1::80/128", device: wan}
                    - {address: "2001:db8:2::1/64", device: lan}
                    routes: [{to: 0.0.0.0/0, via: 192.0.2.254, device: wan}]
                    services:
                    - protocol: tcp
                      address: 192.0.2.80:80
                      servers: [{address: "10.0.1.11:8080"}]
                      locals: [{address: 10.0.1.100, device: lan}]
                    - protocol: udp
                      address: 192.0.2.80:53
                      servers: [{address: "10.0.1.11:5353"}]
                      locals: [{address: 10.0.1.100, device: lan}]
                    - protocol: udp
                      address: "[2001:db8:1::80]:53"
                      servers: [{address: "[2001:db8:2::11]:5353"}]
                      locals: [{address: "2001:db8:2::100", device: lan}]
                    """);

    @TempDir private Path folder;

    private static String replay(Configuration configuration, String... captures) {
        StringWriter text = new StringWriter();
        try (PrintWriter out = new PrintWriter(text)) {
            ReplayRun.run(configuration, List.of(captures), out, Optional.empty());
        }
        return text.toString();
    }

    private static String golden(String conversation, String port) {
        return port + "=" + GOLDEN.resolve(conversation + "." + port + ".pcap");
    }

    @ParameterizedTest
    @CsvSource({"udp,3,3", "tcp,5,5"})
    void answersFindTheirConnectionsThoughLocalPortsAreOthers(
            String conversation, int in, int out) {
        String text =
                replay(CONFIGURATION, golden(conversation, "wan"), golden(conversation, "lan"));

        assertThat(text).contains("FORWARDED_IN " + in, "FORWARDED_OUT " + out);
        assertThat(text).doesNotContain("NO_CONNECTION", "not replayed");
        assertThat(replay(CONFIGURATION, golden(conversation, "wan"), golden(conversation, "lan")))
                .as("the same each time")
                .isEqualTo(text);
    }

    /// A report is replayed where the file of the secrets is not.
    @Test
    void cookiesAreOfNoFileAndTheSameEachTime() throws IOException {
        Configuration proxied =
                ConfigurationFile.parse(
                        "proxied.yaml",
                        """
                        ports: [{name: wan, device: 'null:'}]
                        workers: {cookie-secrets-file: /nonexistent/cookies}
                        addresses: [{address: 192.0.2.80/24, device: wan}]
                        services:
                        - protocol: tcp
                          address: 192.0.2.80:80
                          syn-proxy: always
                          servers: [{address: "192.0.2.11:8080"}]
                          locals: [{address: 192.0.2.100, device: wan}]
                        """);
        PacketBuilder syn =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("192.0.2.7", "192.0.2.80")
                        .tcp(40000, 80)
                        .flags(Tcp.SYN)
                        .sequence(7);
        PacketBuilder stale =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("192.0.2.7", "192.0.2.80")
                        .tcp(40001, 80)
                        .flags(Tcp.ACK)
                        .sequence(8);
        String capture =
                capture(
                        packet("wan", 1_000_000, syn.toBytes()),
                        packet("wan", 1_000_001, stale.toBytes()));

        String text = replay(proxied, capture);

        assertThat(text).contains("SYN_ANSWERED 1", "tcp SYN ACK seq ", "COOKIE_REFUSED 1");
        assertThat(replay(proxied, capture)).isEqualTo(text);
    }

    @Test
    void tellsHowEachFrameEndsAndWhatLeaves() throws IOException {
        PacketBuilder unserved =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .tcp(40000, 81)
                        .flags(Tcp.SYN)
                        .sequence(7);
        String capture = capture(packet("wan", 1_000_000, unserved.toBytes()));

        String text = replay(CONFIGURATION, capture);

        assertThat(text.lines())
                .startsWith(
                        "    0.000000 wan in     198.51.100.7:40000 > 192.0.2.80:81 tcp SYN seq 7"
                                + " length 0  NO_SERVICE",
                        "    0.000000 wan out    192.0.2.80:81 > 198.51.100.7:40000 tcp RST ACK seq 0"
                                + " ack 8 length 0",
                        "1 frames came in, 1 left");
    }

    @Test
    void neighboursOfEitherFamilyAnswer() throws IOException {
        PacketBuilder question =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv6("2001:db8:1::7", "2001:db8:1::80")
                        .udp(40000, 53)
                        .payload("q");

        String text = replay(CONFIGURATION, capture(packet("wan", 0, question.toBytes())));

        assertThat(text)
                .containsPattern("wan in .*udp length 1  FORWARDED_IN\n")
                .containsPattern("lan out .*2001:db8:2::11]:5353 udp length 1\n");
    }

    @Test
    void writesACaptureWithOutcomes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ReplayRun.run(
                CONFIGURATION,
                List.of(golden("udp", "wan"), golden("udp", "lan")),
                new PrintWriter(new StringWriter()),
                Optional.of(out));

        CaptureReader reader =
                new CaptureReader("out", new ByteArrayInputStream(out.toByteArray()));
        List<String> seen = new ArrayList<>();
        for (CapturedPacket next = reader.next(); next != null; next = reader.next()) {
            seen.add(next.seenAt().name() + " " + next.direction() + " " + next.comment());
        }
        assertThat(seen)
                .contains(
                        "wan IN FORWARDED_IN (forwarded): translated and sent to a real server",
                        "lan OUT ",
                        "lan IN FORWARDED_OUT (forwarded): translated and sent to a client",
                        "wan OUT ");
    }

    @Test
    void aFrameThatWasCutOffIsPassedOver() throws IOException {
        CapturedPacket cut =
                new CapturedPacket(
                        new CaptureInterface(0, "wan"),
                        5,
                        Direction.IN,
                        OptionalInt.empty(),
                        0,
                        1514,
                        new byte[96],
                        "");

        assertThat(replay(CONFIGURATION, capture(cut)))
                .contains("not replayed: cut off when it was captured, at 96 of 1514 bytes")
                .contains("0 frames came in, 0 left, 1 were not replayed");
    }

    @Test
    void timeGoesByTheCapture() throws IOException {
        byte[] question =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .tcp(40000, 80)
                        .flags(Tcp.SYN)
                        .toBytes();
        byte[] late =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .tcp(40000, 80)
                        .flags(Tcp.ACK)
                        .toBytes();

        String soon = capture(packet("wan", 0, question), packet("wan", 1_000_000_000L, late));
        assertThat(replay(CONFIGURATION, soon)).contains("FORWARDED_IN 2");
        String after = capture(packet("wan", 0, question), packet("wan", 3_600_000_000_000L, late));
        assertThat(replay(CONFIGURATION, after)).contains("FORWARDED_IN 1", "NO_CONNECTION 1");
    }

    /// As other programs write them: an interface without a limit, that counts in parts of two.
    @Test
    void anInterfaceThatCountsInPartsOfTwoIsReplayed() throws IOException {
        byte[] question =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:77")
                        .ipv4("198.51.100.7", "192.0.2.80")
                        .udp(40000, 53)
                        .payload("q")
                        .toBytes();
        Path file =
                Path.of(
                        capture(
                                packet("wan", 7 << 20, question),
                                packet("wan", 7 << 20 | 1 << 19, question)));
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(LITTLE_ENDIAN);
        int block = bytes.getInt(4); // behind the section's header
        int limit = block + 12;
        int resolution = block + 16 + 8 + 4; // behind the name
        assertThat(bytes.getInt(limit)).isEqualTo(CaptureReader.MAX_PACKET);
        assertThat(bytes.get(resolution)).isEqualTo((byte) 9);
        bytes.putInt(limit, 0xFFFF_FFFF).put(resolution, (byte) (0x80 | 20));
        Files.write(file, bytes.array());

        String text = replay(CONFIGURATION, file.toString());

        assertThat(text).contains("    0.000000 wan in ", "    0.500000 wan in ");
        assertThat(text).contains("FORWARDED_IN 2", "2 frames came in");
    }

    @Test
    void whatStandsBeforeDamageIsReplayed() throws IOException {
        byte[] whole = Files.readAllBytes(GOLDEN.resolve("udp.wan.pcap"));
        Path cut = folder.resolve("cut.pcap");
        Files.write(cut, Arrays.copyOf(whole, whole.length - 3));
        StringWriter text = new StringWriter();

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() ->
                        ReplayRun.run(
                                CONFIGURATION,
                                List.of("wan=" + cut),
                                new PrintWriter(text),
                                Optional.empty()))
                .withMessageContaining("ends in the middle of a packet");
        assertThat(text.toString()).contains("FORWARDED_IN 3");
    }

    @Test
    void aCaptureOfNoPortIsRefused() {
        Path file = GOLDEN.resolve("udp.wan.pcap");
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> replay(CONFIGURATION, file.toString()))
                .withMessageContaining("say which, as in wan=" + file);
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> replay(CONFIGURATION, "wan=/no/such"))
                .withMessageContaining("/no/such cannot be read");
    }

    private static CapturedPacket packet(String port, long nanos, byte[] bytes) {
        return new CapturedPacket(
                new CaptureInterface(port.equals("wan") ? 0 : 1, port),
                nanos,
                Direction.IN,
                OptionalInt.empty(),
                0,
                bytes.length,
                bytes,
                "");
    }

    private String capture(CapturedPacket... packets) throws IOException {
        Path file = Files.createTempFile(folder, "capture", ".pcapng");
        try (OutputStream out = Files.newOutputStream(file)) {
            PcapngWriter writer = new PcapngWriter(out, "a test");
            writer.addInterface("wan", CaptureReader.MAX_PACKET);
            writer.addInterface("lan", CaptureReader.MAX_PACKET);
            for (CapturedPacket packet : packets) {
                writer.write(packet);
            }
        }
        return file.toString();
    }
}
