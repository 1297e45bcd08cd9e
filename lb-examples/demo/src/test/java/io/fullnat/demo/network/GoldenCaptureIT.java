// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// tshark, which shares no code with us, finds nothing wrong with any frame of lb-fullnat's golden
/// captures: no checksum, no length, no header.
@NetworkTest
class GoldenCaptureIT {
    private static final Path FOLDER =
            Path.of(
                    "..",
                    "..",
                    "lb-fullnat",
                    "src",
                    "test",
                    "resources",
                    "io",
                    "fullnat",
                    "core",
                    "captures");
    private static final String WRONG =
            "!(ip || arp) || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
                    + " || icmp.checksum.status == 0 || _ws.malformed || _ws.expert.severity =="
                    + " error";

    static Stream<Path> captures() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("captures")
    void noFrameIsWrong(Path capture) throws IOException, InterruptedException {
        assertThat(tshark(capture, WRONG)).isEmpty();
    }

    private static List<String> tshark(Path capture, String filter)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        for (String protocol : List.of("ip", "tcp", "udp")) {
            command.addAll(List.of("-o", protocol + ".check_checksum:TRUE"));
        }
        for (String payload :
                List.of("dns", "mdns", "http")) { // what is said is no concern of ours
            command.addAll(List.of("--disable-protocol", payload));
        }
        command.addAll(List.of("-Y", filter));
        Process reader =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(reader.waitFor()).as("tshark's exit status").isZero();
        return output.lines().toList();
    }
}
