// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.LabFamily;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Captures that tshark reads while they last, of both families, and of frames with and without
/// tags.
@NetworkTest
@Timeout(120)
class CapturePipeIT {
    /// A port that leaves tags where they are, beside those whose kernel takes them off.
    private static final String TAP = "fntags";

    private static final String YAML =
            FamilyPair.yaml(1500)
                    .replace(
                            "addresses:",
                            "  - {name: tap, device: \"tap:" + TAP + "\"}\naddresses:");

    private static final int PAUSE_MS = 100;
    private static final int UNTAGGED = -1;
    private static final int PRIORITY_AT = 14;
    private static final int PRIORITY_5 = 5 << 5;

    @TempDir private Path folder;
    private BalancerProcess balancer;

    @BeforeEach
    void start() throws IOException {
        balancer = BalancerProcess.start(LabFamily.IPV6, folder, YAML);
    }

    @AfterEach
    void close() throws IOException {
        balancer.close();
    }

    private void get(Endpoint service) {
        balancer.inClient(() -> {
            try (HttpConnection connection = HttpConnection.open(service, Scene.TIMEOUT)) {
                assertThat(connection.get("/").status()).isEqualTo(200);
            }
            return true;
        });
    }

    /// What tshark says of each frame is there while the command goes on capturing.
    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void whatIsWrittenToAPipeIsReadAtOnce(LabFamily family) throws Exception {
        FamilyPair pair = family == LabFamily.IPV4 ? FamilyPair.V4_TO_V6 : FamilyPair.V6_TO_V6;
        String source = family == LabFamily.IPV4 ? "ip.src" : "ipv6.src";
        List<String> tshark = new ArrayList<>(List.of("tshark", "-n", "-l", "-i", "-"));
        tshark.addAll(List.of("-T", "fields", "-E", "separator=|", "-E", "occurrence=f"));
        tshark.addAll(List.of("-e", "frame.interface_name", "-e", source, "-e", "tcp.dstport"));
        Path errors = folder.resolve("errors");
        List<Process> both =
                balancer.pipe(
                        List.of("capture", "--client", family.client().toString(), "-w", "-"),
                        errors,
                        tshark);
        try (BufferedReader lines = both.get(1).inputReader()) {
            CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> line(lines));
            while (!first.isDone()) {
                get(pair.http());
            }
            List<String> seen = new ArrayList<>(List.of(first.get()));
            get(pair.http());
            String asked = "outside|" + family.client() + "|" + pair.http().port();
            while (!seen.contains(asked) || seen.stream().noneMatch(CapturePipeIT::isInside)) {
                seen.add(line(lines));
            }
            assertThat(both).as("both go on").allMatch(Process::isAlive);

            both.get(1).destroy(); // as Wireshark's user closes it
            assertThat(both.get(0).waitFor(20, TimeUnit.SECONDS)).as("told so").isTrue();
            assertThat(Files.readString(errors)).doesNotContain("Exception");
        } finally {
            both.forEach(Process::destroyForcibly);
        }
    }

    private static boolean isInside(String line) {
        return line.startsWith("inside|") && line.endsWith("|" + Scene.HTTP_PORT);
    }

    private static String line(BufferedReader from) {
        try {
            String line = from.readLine();
            assertThat(line).as("tshark goes on").isNotNull();
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PacketBuilder frame(LabFamily family, int vlan) {
        PacketBuilder frame = PacketBuilder.ethernet("02:00:00:00:00:0a", "ff:ff:ff:ff:ff:ff");
        PacketBuilder tagged = vlan == UNTAGGED ? frame : frame.vlan(vlan);
        return family == LabFamily.IPV4
                ? tagged.ipv4("198.51.100.99", "192.0.2.99")
                : tagged.ipv6("2001:db8:c::99", "2001:db8:80::99");
    }

    private static byte[] datagram(LabFamily family, int vlan, boolean urgent) {
        byte[] bytes = frame(family, vlan).udp(40_000, 5353).payload("question").toBytes();
        if (urgent) {
            bytes[PRIORITY_AT] |= (byte) PRIORITY_5;
        }
        return bytes;
    }

    private static void sendAll(RawLink link) {
        for (LabFamily family : LabFamily.values()) {
            link.send(datagram(family, UNTAGGED, false));
            link.send(datagram(family, 5, false));
            link.send(datagram(family, 0, true));
            link.send(datagram(family, 5, true));
            for (int vlan : new int[] {UNTAGGED, 0, 5}) {
                link.send(frame(family, vlan).tcp(40_000, 5353).flags(Tcp.SYN).toBytes());
            }
        }
    }

    /// Whether the port's device takes the tag off, as the kernel does for packet sockets, or
    /// leaves it, as TAPs do: the filter means the same of both, and the capture has the tag.
    @Test
    void aFilterMeansTheSameOfTaggedFramesWhoeverTakesTheTagOff() throws Exception {
        Path file = folder.resolve("tags.pcapng");
        Path errors = folder.resolve("errors");
        try (RawLink outside = new RawLink(balancer.lab.client(), "eth0");
                RawLink tap = new RawLink(balancer.lab.balancer(), TAP)) {
            List<String> words = List.of("capture", "-c", "48", "-w", file.toString());
            List<String> line = new ArrayList<>(words);
            line.addAll(List.of("udp", "port", "5353"));
            Process command = balancer.begin(line, errors);
            while (command.isAlive()) {
                sendAll(outside);
                sendAll(tap);
                Thread.sleep(PAUSE_MS);
            }
            assertThat(command.exitValue()).as(Files.readString(errors)).isZero();
        }
        Set<String> expected = new TreeSet<>();
        for (String port : List.of("outside", "tap")) {
            for (String ip : List.of("ip", "ipv6")) {
                expected.add(port + "|" + ip + "|||17");
                expected.add(port + "|" + ip + "|0|5|17");
                expected.add(port + "|" + ip + "|5|0|17");
                expected.add(port + "|" + ip + "|5|5|17");
            }
        }
        assertThat(tagged(file)).isEqualTo(expected);
    }

    /// Interface, family, VLAN, priority and protocol of the frames.
    private static Set<String> tagged(Path file) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
        command.addAll(List.of("-T", "fields", "-E", "separator=|"));
        for (String field :
                List.of("frame.interface_name", "frame.protocols", "vlan.id", "vlan.priority")) {
            command.addAll(List.of("-e", field));
        }
        Process tshark = new ProcessBuilder(command).redirectErrorStream(false).start();
        String output = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tshark.waitFor()).isZero();
        Set<String> found = new TreeSet<>();
        for (String line : output.lines().toList()) {
            String[] parts = line.split("\\|", -1);
            String ip = parts[1].contains(":ipv6:") ? "ipv6" : "ip";
            String protocol = parts[1].contains(":udp") ? "17" : "?";
            found.add(parts[0] + "|" + ip + "|" + parts[2] + "|" + parts[3] + "|" + protocol);
        }
        return found;
    }
}
