// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.AuditTarget;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Logged;
import io.fullnat.balancer.run.OwnCommands;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.balancer.server.SocketClaim;
import io.fullnat.balancer.webhook.Webhooks;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The audit log of a balancer in memory that is reached as one that runs is.
@Timeout(60)
final class AuditTest {
    private static final String YAML =
            """
            ports: [{name: wan, device: 'null:'}, {name: lan, device: 'null:'}]
            workers: {connections: 256}
            addresses:
              - {address: 192.0.2.1/24, device: wan}
              - {address: 10.0.1.1/24, device: lan}
            """;
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String FINGERPRINT = "3eb1bd43";

    @TempDir private Path folder;
    private Path socket = Path.of("");
    private Path yaml = Path.of("");
    private Path file = Path.of("");
    private RunningBalancer balancer;
    private ApiServer api;
    private SocketClaim claim;

    @BeforeEach
    void open() throws IOException {
        socket = folder.resolve("api.sock");
        yaml = Files.writeString(folder.resolve("fullnat.yaml"), YAML);
        file = folder.resolve("audit.log");
        Configuration configuration = ConfigurationFile.read(yaml);
        InMemoryIo io =
                InMemoryIo.builder()
                        .wire(
                                PortSettings.of("wan", "02:00:00:00:00:01"),
                                PortSettings.of("client", "02:00:00:00:00:c1"))
                        .wire(
                                PortSettings.of("lan", "02:00:00:00:00:02"),
                                PortSettings.of("server", "02:00:00:00:00:51"))
                        .open();
        balancer = RunningBalancer.start(io, configuration, Optional.of(yaml));
        Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        ApiSettings settings =
                new ApiSettings(
                        Optional.of(socket),
                        Optional.of(
                                new ApiSettings.Tcp(
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                        Optional.empty(),
                                        Optional.of(token))));
        OwnCommands own = new OwnCommands(balancer);
        CommandRunner others = Commands.over(balancer);
        claim = SocketClaim.of(settings);
        api =
                ApiServer.start(
                        claim,
                        settings,
                        balancer,
                        (line, input, out, err) ->
                                (OwnCommands.isKnown(line) ? own : others)
                                        .run(line, input, out, err),
                        Audit.to(new AuditTarget.File(file)),
                        Webhooks.none());
    }

    @AfterEach
    void close() {
        api.close();
        claim.close();
        balancer.close();
    }

    private int run(String line) {
        return run("", line.split(" "));
    }

    private int run(String input, String... words) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return Client.run(socket, List.of(words), input, nowhere, nowhere);
    }

    private List<String> lines() throws IOException {
        return Files.readString(file)
                .lines()
                .map(line -> line.replaceFirst("^\\d{4}-\\d\\d-\\d\\dT[0-9:.]{12}Z ", ""))
                .toList();
    }

    private static String me() {
        return "who=\"user "
                + System.getProperty("user.name")
                + " (uid "
                + uid()
                + "), process "
                + ProcessHandle.current().pid()
                + "\" ";
    }

    private static Object uid() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void saysWhoChangedWhatByCommand() throws IOException {
        assertThat(run("ipvsadm -A -t 192.0.2.80:80 -s rr")).isZero();
        assertThat(run("server add tcp 192.0.2.80:80 10.0.1.11:8080")).isZero();
        assertThat(run("ipvsadm -A -t 192.0.2.80:80 -s rr")).isEqualTo(11);
        assertThat(run("ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.12:80")).isEqualTo(12);
        assertThat(run("-A -t 192.0.2.81:80\n-a -t 192.0.2.81:80 -r 10.0.1.11\n", "ipvsadm", "-R"))
                .isZero();
        assertThat(run("service zero")).isZero();

        assertThat(lines())
                .containsExactly(
                        me()
                                + "what=\"ipvsadm -A -t 192.0.2.80:80 -s rr\" changes=\"+ service TCP"
                                + " 192.0.2.80:80 scheduler rr, real servers 0, local addresses 0\""
                                + " result=applied revision=2",
                        me()
                                + "what=\"server add tcp 192.0.2.80:80 10.0.1.11:8080\" changes=\"+"
                                + " real server 10.0.1.11:8080 of TCP 192.0.2.80:80 weight 1\""
                                + " result=applied revision=3",
                        me()
                                + "what=\"ipvsadm -A -t 192.0.2.80:80 -s rr\" result=refused"
                                + " code=SERVICE_EXISTS status=11 reason=\"service TCP 192.0.2.80:80"
                                + " already exists\"",
                        me()
                                + "what=\"ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.12:80\""
                                + " result=refused code=NO_REAL_SERVER status=12 reason=\"10.0.1.12:80"
                                + " is not a real server of TCP 192.0.2.80:80; it has"
                                + " 10.0.1.11:8080\"",
                        me()
                                + "what=\"ipvsadm -R (lines of input: 2)\" changes=\"+ service TCP"
                                + " 192.0.2.81:80 scheduler wlc, real servers 0, local addresses 0; +"
                                + " real server 10.0.1.11:80 of TCP 192.0.2.81:80 weight 1\""
                                + " result=applied revision=4",
                        me()
                                + "what=\"service zero\" changes=\"~ service all counts from 0\""
                                + " result=applied revision=5");
    }

    @Test
    void saysNothingOfQuestions() throws IOException {
        for (String question :
                List.of(
                        "ipvsadm -Ln",
                        "ipvsadm -Ln -t 192.0.2.99:80",
                        "ipvsadm -G --bogus",
                        "service list",
                        "service show tcp 192.0.2.99:80",
                        "service --help",
                        "dpip -s addr show",
                        "dpip link show nosuch",
                        "counters --bogus",
                        "config export",
                        "host",
                        "reload --dry-run")) {
            run(question);
        }
        ask("GET /v2/vs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        ask("POST /v2/reload?dryRun=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        ask("GET /v2/nosuch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(lines()).isEmpty();
    }

    /// A line that is wrong is refused by the client; a program may send it all the same.
    @Test
    void saysWhoTriedWhatCannotBeRead() throws IOException {
        assertThat(run("ipvsadm -A -t nowhere -s rr")).isEqualTo(2);
        assertThat(run("service add tcp 192.0.2.80")).isEqualTo(2);

        assertThat(lines())
                .hasSize(2)
                .allMatch(line -> line.contains(" result=refused code=INVALID_ARGUMENT status=2 "));
    }

    @Test
    void saysWhoReloaded() throws IOException {
        Files.writeString(yaml, YAML + "routes: [{to: 10.9.0.0/16, via: 10.0.1.9, device: lan}]\n");
        assertThat(run("reload")).isZero();
        assertThat(run("reload")).isZero();
        Files.writeString(yaml, "ports: 7");
        assertThat(run("reload")).isEqualTo(4);

        assertThat(lines()).hasSize(3);
        assertThat(lines().get(0))
                .isEqualTo(
                        me()
                                + "what=\"reload\" changes=\"+ route 10.9.0.0/16 via 10.0.1.9 dev"
                                + " lan\" result=applied revision=2");
        assertThat(lines().get(1))
                .isEqualTo(me() + "what=\"reload\" changes=\"\" result=unchanged revision=3");
        assertThat(lines().get(2))
                .startsWith(
                        me()
                                + "what=\"reload\" result=refused code=INVALID_CONFIGURATION"
                                + " status=4 reason=\""
                                + yaml
                                + ":1: ports is 7");
    }

    private String ask(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            return new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String askTcp(String verb, String target, String body, String headers)
            throws IOException {
        try (Socket tcp =
                new Socket(InetAddress.getLoopbackAddress(), api.tcpPort().orElseThrow())) {
            String head =
                    verb
                            + " "
                            + target
                            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            + headers
                            + (body.isEmpty()
                                    ? ""
                                    : "Content-Type: application/json\r\nContent-Length: "
                                            + body.length()
                                            + "\r\n")
                            + "\r\n";
            tcp.getOutputStream().write((head + body).getBytes(StandardCharsets.ISO_8859_1));
            return new String(tcp.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static final String BEARER = "Authorization: Bearer " + TOKEN + "\r\n";

    @Test
    void saysWhichTokenChangedWhatFromWhereAndNeverTheToken() throws IOException {
        String service = "/v2/vs/192.0.2.80-80-tcp";
        assertThat(askTcp("PUT", service, "{\"SchedName\":\"rr\"}", BEARER)).contains(" 201 ");
        assertThat(askTcp("PUT", service, "{\"SchedName\":\"rr\"}", BEARER)).contains(" 200 ");
        assertThat(askTcp("PUT", service, "{\"SchedName\":7}", BEARER)).contains(" 400 ");
        assertThat(askTcp("DELETE", service + "/laddr?force=true", "{}", BEARER)).contains(" 400 ");
        assertThat(askTcp("DELETE", "/v2/nosuch", "", BEARER)).contains(" 404 ");
        assertThat(askTcp("POST", "/v2/command", "{\"arguments\":[]}", BEARER)).contains(" 403 ");
        assertThat(askTcp("PUT", service, "{}", "Authorization: Bearer wrong\r\n"))
                .contains(" 401 ");
        assertThat(askTcp("GET", "/v2/vs", "", "")).contains(" 401 ");

        List<String> lines = lines();
        String token = "who=\"127\\.0\\.0\\.1:[0-9]+ with the token " + FINGERPRINT + "\" ";
        String put = "what=\"PUT /v2/vs/192\\.0\\.2\\.80-80-tcp\" ";
        assertThat(lines).hasSize(7).allMatch(line -> !line.contains(TOKEN));
        assertThat(lines.get(0))
                .matches(token + put + "changes=\"\\+ service .*\" result=applied revision=2");
        assertThat(lines.get(1)).matches(token + put + "changes=\"\" result=unchanged revision=3");
        assertThat(lines.get(2))
                .matches(token + put + "result=refused code=INVALID_ARGUMENT status=2 reason=.*");
        assertThat(lines.get(3))
                .matches(token + "what=\"DELETE .*/laddr\\?force=true\" result=refused .*");
        assertThat(lines.get(4))
                .matches(token + "what=\"DELETE /v2/nosuch\" result=refused code=UNSUPPORTED .*");
        assertThat(lines.get(5))
                .matches(
                        "who=\"127\\.0\\.0\\.1:[0-9]+ with a wrong token\" "
                                + put
                                + "result=refused code=PERMISSION status=50 reason=\"the token is"
                                + " wrong\"");
        assertThat(lines.get(6))
                .matches(
                        "who=\"127\\.0\\.0\\.1:[0-9]+ without a token\" what=\"GET /v2/vs\""
                                + " result=refused code=PERMISSION .*");
    }

    /// Nobody fills a disk by the paths that are open to all.
    @Test
    void strangersHaveFewLinesWhateverTheyAskFor() throws IOException {
        int asked = 100;
        long begun = System.nanoTime();
        for (int i = 0; i < asked; i++) {
            assertThat(askTcp(i % 2 == 0 ? "PUT" : "POST", "/?" + "a".repeat(1900), "", ""))
                    .contains(" 401 ");
        }
        long seconds = (System.nanoTime() - begun) / 1_000_000_000;

        assertThat(askTcp("GET", "/", "", "")).contains(" 200 ");
        assertThat(lines())
                .hasSizeLessThanOrEqualTo((int) Math.min(asked, 10 * (seconds + 2)))
                .allMatch(line -> line.contains(" without a token\" what=\"P"))
                .allMatch(line -> line.contains(" result=refused code=PERMISSION "));
    }

    /// However hostile words are, an attempt is one line that a terminal shows and does not obey.
    @Test
    void writesHostileWordsVisibly() throws IOException {
        String evil = "\u001b[2J\r\n2026-05-01T12:00:00.000Z who=\"root\" \u202e\u0085\u009b \"\\";
        run("", "ipvsadm", "-A", "-t", evil);
        run("", "service", "add", "tcp", evil);
        run("", evil, "add");
        askTcp("PUT", "/v2/vs/\u009b\u0085%1b%0a", "{}", BEARER);

        assertThat(Files.readString(file).replace("\n", ""))
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
        assertThat(lines())
                .hasSizeGreaterThanOrEqualTo(3)
                .allMatch(line -> line.startsWith("who="));
        assertThat(lines().getFirst())
                .contains(
                        "\\u001b[2J\\r\\n2026-05-01T12:00:00.000Z who=\\\"root\\\""
                                + " \\u202e\\u0085\\u009b \\\"\\\\");
    }

    /// A change is made and answered whether its line can be written or not.
    @Test
    void changesGoOnWithoutAFile() throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
        try (Logged log = new Logged("audit")) {
            assertThat(run("ipvsadm -A -t 192.0.2.80:80 -s rr")).isZero();
            assertThat(log.lines()).hasSize(2).last().asString().contains("+ service TCP");
            Files.delete(file);
            assertThat(run("ipvsadm -D -t 192.0.2.80:80")).isZero();
        }

        assertThat(lines()).singleElement().asString().contains("- service TCP 192.0.2.80:80");
    }
}
