// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Conversations as they pass the balancer's two ports, in captures that any tool reads. What comes
/// in is read from them, and what leaves must be what they hold, byte by byte and in that order.
///
/// `-Dupdate=true` records them anew, from the rows of `forwarding/conversations.txt`; do so when
/// what the balancer sends is to change, and look at the difference.
class GoldenCaptureTest {
    private static final Path FOLDER =
            Path.of("src", "test", "resources", "io", "fullnat", "core", "captures");
    private static final Map<String, FixtureRow> PAGE =
            FixtureRow.pages("forwarding/conversations.txt");
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] WAN_MAC = HEX.parseHex("020000000001");
    private static final byte[] LAN_MAC = HEX.parseHex("020000000002");

    /// A millisecond between what comes in, a hundredth of it until what leaves.
    private static final int IN_MICROS = 1000;

    private static final int OUT_MICROS = 10;

    /// What is recorded: a row and the name of its files.
    enum Conversation {
        UDP("conversation: datagrams"),
        TCP("conversation: a TCP connection from its handshake to its end"),
        ICMP("conversation: ICMP errors both ways, translated and our own"),
        FRAGMENTS("conversation: fragments"),
        ARP("conversation: ARP, until both neighbours are sure");

        final String row;

        Conversation(String row) {
            this.row = row;
        }

        Path file(String port) {
            return FOLDER.resolve(name().toLowerCase(Locale.ROOT) + "." + port + ".pcap");
        }
    }

    /// A frame at a port.
    private record Passed(String port, Pcap.Frame frame) {
        boolean isOurs() {
            byte[] mac = port.equals("wan") ? WAN_MAC : LAN_MAC;
            return Arrays.equals(frame.bytes(), 6, 12, mac, 0, 6);
        }

        String text() {
            return port + " " + HEX.formatHex(frame.bytes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatLeavesIsWhatTheCapturesHold(Conversation conversation) throws IOException {
        if (Boolean.getBoolean("update")) {
            record(conversation);
        }
        List<Passed> captured = captured(conversation);

        assertThat(replayed(conversation, captured))
                .containsExactlyElementsOf(captured.stream().map(Passed::text).toList());
    }

    private static FixtureRow row(Conversation conversation) {
        return FixtureRow.in(PAGE, conversation.row);
    }

    /// Sends what comes in, and notes that and what leaves.
    private static List<String> replayed(Conversation conversation, List<Passed> captured) {
        List<String> passed = new ArrayList<>();
        try (Rig rig = FixtureRig.of(row(conversation).settings(), device -> {})) {
            for (Passed frame : captured) {
                if (frame.isOurs()) {
                    continue;
                }
                passed.add(frame.text());
                (frame.port.equals("wan") ? rig.client : rig.server).send(frame.frame.bytes());
                rig.run();
                rig.client.receiveAll().forEach(out -> passed.add("wan " + HEX.formatHex(out)));
                rig.server.receiveAll().forEach(out -> passed.add("lan " + HEX.formatHex(out)));
            }
        }
        return passed;
    }

    private static List<Passed> captured(Conversation conversation) throws IOException {
        List<Passed> all = new ArrayList<>();
        for (String port : List.of("wan", "lan")) {
            Pcap.read(conversation.file(port)).forEach(frame -> all.add(new Passed(port, frame)));
        }
        all.sort(Comparator.comparingLong(passed -> passed.frame.micros()));
        return all;
    }

    private static void record(Conversation conversation) throws IOException {
        List<Passed> all = new ArrayList<>();
        FixtureBench.play(
                PAGE,
                row(conversation),
                (in, port, bytes) -> {
                    long last = all.isEmpty() ? 0 : all.getLast().frame.micros();
                    long now = in ? (last / IN_MICROS + 1) * IN_MICROS : last + OUT_MICROS;
                    all.add(new Passed(port, new Pcap.Frame(now, bytes)));
                });
        Files.createDirectories(FOLDER);
        for (String port : List.of("wan", "lan")) {
            Pcap.write(
                    conversation.file(port),
                    all.stream()
                            .filter(passed -> passed.port.equals(port))
                            .map(Passed::frame)
                            .toList());
        }
    }

    @Test
    void eachConversationOfThePageIsCaptured() {
        assertThat(Arrays.stream(Conversation.values()).map(each -> each.row))
                .containsExactlyInAnyOrderElementsOf(PAGE.keySet());
    }
}
