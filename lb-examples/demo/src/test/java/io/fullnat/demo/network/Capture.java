// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// All frames of one interface while it is open, judged by tshark.
final class Capture implements AutoCloseable {
    private static final List<String> CHECKSUMS =
            List.of(
                    "-o", "ip.check_checksum:TRUE",
                    "-o", "tcp.check_checksum:TRUE",
                    "-o", "udp.check_checksum:TRUE");
    private static final String BAD =
            "ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0"
                    + " || icmp.checksum.status==0 || icmpv6.checksum.status==0";

    private final Path file;
    private final Process process;

    Capture(NetworkNamespace namespace, String device) throws IOException, InterruptedException {
        file = Files.createTempFile("fullnat-" + device, ".pcap");
        process =
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                namespace.name(),
                                "tshark",
                                "-q",
                                "-n",
                                "-i",
                                device,
                                "-B",
                                "64",
                                "-F",
                                "pcap",
                                "-w",
                                file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        for (int i = 0; i < 600 && Files.size(file) < 24; i++) {
            Thread.sleep(100); // the file header is written when the capture has begun
        }
        assertThat(Files.size(file)).as("capture on %s has begun", device).isPositive();
    }

    /// Ends the capture.
    void stop() throws InterruptedException {
        Thread.sleep(500); // dumpcap writes what it holds twice a second
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("tshark has ended").isTrue();
    }

    long packets(String filter) throws IOException, InterruptedException {
        return read(filter, "-T", "fields", "-e", "frame.number").size();
    }

    /// A field of the frames that a filter lets through, a line each.
    List<String> fields(String filter, String field) throws IOException, InterruptedException {
        return read(filter, "-T", "fields", "-e", field);
    }

    /// Fields of the frames that a filter lets through, a line each, with a `|` between; nothing
    /// where a frame does not have it. What data begin with says what they are, not their port.
    List<String> rows(String filter, String... fields) throws IOException, InterruptedException {
        List<String> format = new ArrayList<>();
        for (String protocol : List.of("tcp", "udp")) {
            format.addAll(List.of("-o", protocol + ".try_heuristic_first:TRUE"));
        }
        format.addAll(List.of("-T", "fields", "-E", "separator=|"));
        for (String field : fields) {
            format.addAll(List.of("-e", field));
        }
        return read(filter, format.toArray(String[]::new));
    }

    /// All that tshark says of the frames that a filter lets through, in PDML: what it calls each
    /// part, and its bytes.
    List<String> dissected(String filter) throws IOException, InterruptedException {
        return read(filter, "-T", "pdml");
    }

    /// The frames to an address with a wrong checksum, as tshark describes them. Those from the
    /// host itself are seen before its interface has made their checksums.
    List<String> badFramesTo(IpAddress host) throws IOException, InterruptedException {
        return read(field("dst", host) + " && (" + BAD + ")", "-V");
    }

    /// How many frames an address sent.
    long packetsFrom(IpAddress host) throws IOException, InterruptedException {
        return packets(field("src", host));
    }

    /// How many frames were for an address.
    long packetsTo(IpAddress host) throws IOException, InterruptedException {
        return packets(field("dst", host));
    }

    private static String field(String name, IpAddress host) {
        return (host instanceof Ipv6Address ? "ipv6." : "ip.") + name + " == " + host;
    }

    private List<String> read(String filter, String... format)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
        command.addAll(CHECKSUMS);
        command.addAll(List.of("-Y", filter));
        command.addAll(List.of(format));
        Process reader =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(reader.waitFor()).as("tshark's exit status").isZero();
        return output.lines().toList();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Files.deleteIfExists(file);
    }
}
