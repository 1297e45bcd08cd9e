// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.run.Termination;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that `capture` and `replay` write and read: where that fails, they do not end well.
final class CaptureFilesTest {
    private static final String FULL_DISK = "/dev/full";
    private static final String EXAMPLE = "src/main/config/fullnat.yaml";

    @TempDir Path folder;

    private record Ended(int status, String err) {}

    /// Runs a command; a balancer answers what is given.
    private static Ended run(String answer, String... words) {
        Remote remote =
                (socket, line, input, out, err) -> {
                    out.print(answer);
                    out.flush();
                    return 0;
                };
        StringWriter err = new StringWriter();
        int status =
                Fullnat.commandLine(new Termination(), remote)
                        .setOut(new PrintWriter(new StringWriter()))
                        .setErr(new PrintWriter(err, true))
                        .execute(words);
        return new Ended(status, err.toString());
    }

    @Test
    void aWholeCaptureIsCounted() throws Exception {
        Path file = folder.resolve("x.pcapng");

        assertThat(run("YWJj\n# 1 2\n", "capture", "-w", file.toString()))
                .isEqualTo(new Ended(0, "1 captured, 2 not, as there was no room for them\n"));
        assertThat(file).hasContent("abc");
    }

    @Test
    void aCaptureThatCannotBeWrittenIsAnError() {
        assertThat(run("YWJj\n# 1 0\n", "capture", "-w", FULL_DISK))
                .isEqualTo(
                        new Ended(
                                ErrorCode.OUTPUT.exitStatus(),
                                "fullnat: the capture cannot be written: No space left on"
                                        + " device\n"));
        String nowhere = folder + "/none/x";
        assertThat(run("", "capture", "-w", nowhere))
                .isEqualTo(
                        new Ended(
                                ErrorCode.OUTPUT.exitStatus(),
                                "fullnat: "
                                        + nowhere
                                        + " cannot be written: there is no such file\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"YWJj\n!\n# 2 0\n", "# many 0\n", "# 1 0 0\n"})
    void whatIsNoCaptureIsAnError(String answer) {
        Ended ended = run(answer, "capture", "-w", folder.resolve("x").toString());

        assertThat(ended.status()).isEqualTo(ErrorCode.CLOSED.exitStatus());
        assertThat(ended.err())
                .startsWith("fullnat: what the balancer answers is no capture: ")
                .doesNotContain("captured,");
    }

    @Test
    void aReplayThatCannotBeWrittenIsAnError() throws Exception {
        Path empty = Files.write(folder.resolve("empty.pcap"), header());

        assertThat(run("", "replay", "-c", EXAMPLE, "-w", FULL_DISK, "outside=" + empty))
                .isEqualTo(
                        new Ended(
                                ErrorCode.OUTPUT.exitStatus(),
                                "fullnat: the capture cannot be written: No space left on"
                                        + " device\n"));
        assertThat(run("", "replay", "-c", EXAMPLE, "-w", "/nonexistent/x", "outside=" + empty))
                .isEqualTo(
                        new Ended(
                                ErrorCode.OUTPUT.exitStatus(),
                                "fullnat: /nonexistent/x cannot be written: there is no such"
                                        + " file\n"));
    }

    /// A capture without a packet: little-endian pcap of Ethernet.
    private static byte[] header() {
        byte[] header = new byte[24];
        header[0] = (byte) 0xd4;
        header[1] = (byte) 0xc3;
        header[2] = (byte) 0xb2;
        header[3] = (byte) 0xa1;
        header[4] = 2;
        header[6] = 4;
        header[18] = 4;
        header[20] = 1;
        return header;
    }

    @Test
    void aReplayOfNoFileSaysWhy() {
        assertThat(run("", "replay", "-c", EXAMPLE, "outside=/nonexistent/x.pcap"))
                .isEqualTo(
                        new Ended(
                                ErrorCode.INVALID_ARGUMENT.exitStatus(),
                                "fullnat: /nonexistent/x.pcap cannot be read: there is no such"
                                        + " file\n"));
    }
}
