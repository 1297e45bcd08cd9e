// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Live captures of a balancer in a process of its own, read by tshark.
@NetworkTest
class CaptureIT {
    private static final int UNUSED = 81;
    private static final int PATIENCE = 300;
    private static final int PAUSE_MS = 100;

    /// The exit status if somebody captures already.
    private static final int BUSY = 30;

    @TempDir private Path folder;
    private BalancerProcess balancer;

    @BeforeEach
    void start() throws IOException {
        balancer = BalancerProcess.start(folder, Scene.yaml(1, 1));
    }

    @AfterEach
    void close() throws IOException {
        balancer.close();
    }

    private void get() {
        balancer.inClient(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(address(Scene.HTTP.port()), 5_000);
                socket.setSoTimeout(5_000);
                socket.getOutputStream()
                        .write(
                                "GET / HTTP/1.0\r\nHost: x\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            }
            return true;
        });
    }

    private void knockAtUnusedPort() {
        balancer.inClient(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(address(UNUSED), 5_000);
                throw new AssertionError("nobody listens there");
            } catch (ConnectException refused) {
                return true;
            }
        });
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(Lab.VIRTUAL.toString()), port);
    }

    /// Captures until the command ends by itself.
    private void captures(Runnable traffic, String... arguments) throws Exception {
        Path errors = folder.resolve("errors");
        assertThat(status(traffic, errors, arguments)).as(Files.readString(errors)).isZero();
        assertThat(Files.readString(errors)).contains(" captured, 0 not, ");
    }

    /// The exit status of a command that captures, or is refused, and ends by itself.
    private int status(Runnable traffic, Path errors, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("capture"));
        line.addAll(List.of(arguments));
        Process command = balancer.begin(line, errors);
        for (int i = 0; i < PATIENCE && command.isAlive(); i++) {
            traffic.run();
            Thread.sleep(PAUSE_MS);
        }
        assertThat(command.waitFor(20, TimeUnit.SECONDS)).as("has ended").isTrue();
        return command.exitValue();
    }

    private static List<String> tshark(Path file, String filter, String... fields)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of("tshark", "-n", "-r", file.toString(), "-T", "fields", "-E"));
        command.addAll(List.of("separator=|", "-o", "ip.check_checksum:TRUE"));
        command.addAll(List.of("-o", "tcp.check_checksum:TRUE", "-Y", filter));
        for (String field : fields) {
            command.addAll(List.of("-e", field));
        }
        Process tshark = new ProcessBuilder(command).start();
        String output = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(tshark.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tshark.waitFor()).as(errors).isZero();
        return output.lines().toList();
    }

    @Test
    void bothSidesOfAClientsConnectionsAreReadByTshark() throws Exception {
        Path file = folder.resolve("both.pcapng");
        captures(this::get, "--client", "0.0.0.0/0", "--count", "60", "-w", file.toString());

        List<String> frames =
                tshark(file, "tcp", "frame.interface_name", "frame.comment", "tcp.dstport");
        assertThat(frames)
                .contains(
                        "outside|FORWARDED_IN (forwarded): translated and sent to a real server;"
                                + " worker 0|80",
                        "inside|FORWARDED_IN (forwarded): translated and sent to a real server;"
                                + " worker 0|8080")
                .anyMatch(line -> line.startsWith("inside|FORWARDED_OUT"))
                .anyMatch(line -> line.startsWith("outside|FORWARDED_OUT"));
        assertThat(tshark(file, "frame", "frame.number")).hasSize(60);
        assertThat(
                        tshark(
                                file,
                                "frame.time_epoch > " + (System.currentTimeMillis() / 1000 - 600),
                                "frame.number"))
                .hasSize(60);
        assertThat(
                        tshark(
                                file,
                                "ip.checksum.status == 0 || tcp.checksum.status == 0",
                                "frame.number"))
                .isEmpty();
    }

    @Test
    void aDroppedPacketsCommentNamesItsOutcome() throws Exception {
        Path file = folder.resolve("dropped.pcapng");
        captures(
                () -> {
                    get();
                    knockAtUnusedPort();
                },
                "--dropped",
                "-c",
                "5",
                "-w",
                file.toString(),
                "tcp",
                "port",
                Integer.toString(UNUSED));

        assertThat(tshark(file, "frame", "frame.interface_name", "frame.comment", "tcp.dstport"))
                .hasSize(5)
                .containsOnly(
                        "outside|NO_SERVICE (dropped): to an own address, but no service listens"
                                + " there; worker 0|81");
    }

    @Test
    void aReplayIsReadByTsharkToTheNanosecond() throws Exception {
        byte[] question =
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .ipv4("198.51.100.7", Lab.VIRTUAL.toString())
                        .tcp(40000, Scene.HTTP.port())
                        .flags(Tcp.SYN)
                        .toBytes();
        ByteBuffer pcap = ByteBuffer.allocate(24 + 16 + question.length);
        pcap.putInt(0xA1B2_3C4D).putShort((short) 2).putShort((short) 4);
        pcap.putLong(0).putInt(65_535).putInt(1);
        pcap.putInt(1_800_000_000).putInt(905_739_620);
        pcap.putInt(question.length).putInt(question.length).put(question);
        Path in = Files.write(folder.resolve("in.pcap"), pcap.array());
        Path out = folder.resolve("out.pcapng");

        BalancerProcess.Result result =
                balancer.run(List.of("replay", "-w", out.toString(), "outside=" + in));

        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).contains("FORWARDED_IN 1");
        assertThat(tshark(out, "tcp", "frame.interface_name", "frame.time_epoch", "tcp.dstport"))
                .containsExactly(
                        "outside|1800000000.905739620|80", "inside|1800000000.905739620|8080");
        assertThat(tshark(out, "tcp.checksum.status == 0", "frame.number")).isEmpty();
    }

    @Test
    void linesOfTextNameOutcomes() throws Exception {
        Path errors = folder.resolve("errors");
        Process command =
                balancer.begin(
                        List.of("capture", "--outcome", "no-service", "--count", "2"), errors);
        for (int i = 0; i < PATIENCE && command.isAlive(); i++) {
            knockAtUnusedPort();
            Thread.sleep(PAUSE_MS);
        }
        assertThat(command.waitFor()).as(Files.readString(errors)).isZero();
        assertThat(
                        new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                                .lines())
                .hasSize(2)
                .allSatisfy(line ->
                        assertThat(line)
                                .matches(
                                        "\\d\\d:\\d\\d:\\d\\d\\.\\d{6} w0 outside in .* > "
                                                + new Endpoint(Lab.VIRTUAL, UNUSED)
                                                + " tcp SYN seq \\d+ length 0  NO_SERVICE"));
    }

    @Test
    void aCommandThatIsKilledEndsItsCapture() throws Exception {
        Process killed =
                balancer.begin(List.of("capture", "--port", "inside"), folder.resolve("e"));
        for (int i = 0; i < PATIENCE && killed.getInputStream().available() == 0; i++) {
            get();
            Thread.sleep(PAUSE_MS);
        }
        assertThat(balancer.run(List.of("capture", "-c", "1")).lines())
                .containsExactly(
                        "fullnat: somebody captures already, and there is one capture at a time;"
                                + " end that one",
                        "(exit status 30)");
        killed.destroyForcibly().waitFor();

        Path errors = folder.resolve("errors");
        int status = BUSY;
        for (int i = 0; i < PATIENCE && status == BUSY; i++) {
            status = status(this::get, errors, "--port", "inside", "-c", "1");
        }
        assertThat(status).as(Files.readString(errors)).isZero();
    }

    /// A live trace says the same of packets of a real client, and one that is killed while nothing
    /// passes is found out.
    @Test
    void aTraceFollowsAClientAndEndsWhenItsCommandIsKilled() throws Exception {
        Path errors = folder.resolve("errors");
        Process trace =
                balancer.begin(List.of("trace", "--client", "0.0.0.0/0", "--count", "40"), errors);
        for (int i = 0; i < PATIENCE && trace.isAlive(); i++) {
            get();
            Thread.sleep(PAUSE_MS);
        }
        assertThat(trace.waitFor()).as(Files.readString(errors)).isZero();
        String text = new String(trace.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(text)
                .containsPattern(
                        """
                        w0 outside in  .* > .*:80 tcp SYN seq \\d+ length 0
                          ends as    FORWARDED_IN: .*
                          connection tcp .* > .*:80, by .* to .*:8080
                          sent       at inside to .*: .* > .*:8080 tcp SYN\
                        """)
                .contains("  ends as    FORWARDED_OUT: ");

        Process killed =
                balancer.begin(List.of("trace", "--client", "203.0.113.99"), folder.resolve("e"));
        int status = 0;
        for (int i = 0; i < PATIENCE && status != BUSY; i++) {
            status = status(this::get, errors, "-c", "1");
        }
        assertThat(status).as("it has begun to look").isEqualTo(BUSY);
        killed.destroyForcibly().waitFor();
        for (int i = 0; i < PATIENCE && status == BUSY; i++) {
            status = status(this::get, errors, "--port", "inside", "-c", "1");
        }
        assertThat(status).as(Files.readString(errors)).isZero();
    }

    @Test
    void aSignalEndsItInOrderAndWhatWasCapturedIsWhole() throws Exception {
        Path file = folder.resolve("signalled.pcapng");
        Path errors = folder.resolve("errors");
        Process command = balancer.begin(List.of("capture", "-w", file.toString()), errors);
        for (int i = 0; i < PATIENCE && (!Files.exists(file) || Files.size(file) < 2_000); i++) {
            get();
            Thread.sleep(PAUSE_MS);
        }
        command.destroy();

        assertThat(command.waitFor(10, TimeUnit.SECONDS)).as("has ended").isTrue();
        assertThat(command.exitValue()).as(Files.readString(errors)).isZero();
        assertThat(Files.readString(errors)).contains(" captured, 0 not, ");
        assertThat(tshark(file, "tcp", "frame.number")).isNotEmpty();
    }

    @Test
    void wrongOnesAreRefused() throws Exception {
        assertThat(balancer.run(List.of("capture", "port", "http;")).lines().getFirst())
                .startsWith("fullnat: the filter \"port http;\" is wrong: ");
        assertThat(balancer.run(List.of("capture", "--port", "lan")).lines())
                .containsExactly(
                        "fullnat: no port \"lan\"; there are outside, inside", "(exit status 20)");
        assertThat(balancer.run(List.of("capture", "--outcome", "NO_SERVIC")).lines().getFirst())
                .contains("did you mean \"NO_SERVICE\"?");
    }
}
