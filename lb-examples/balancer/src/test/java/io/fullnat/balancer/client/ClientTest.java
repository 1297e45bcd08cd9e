// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.server.ApiServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class ClientTest {
    @TempDir Path directory;
    private final ApiRig rig = new ApiRig();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path socket = Path.of("s");

    @BeforeEach
    void place() {
        socket = directory.resolve("api.sock");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ApiServer start(CommandRunner runner) {
        return ApiServer.start(new ApiSettings(Optional.of(socket), Optional.empty()), rig, runner);
    }

    private int run(String input, String... arguments) {
        return Client.run(
                socket, List.of(arguments), input, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void givesBackWhatTheCommandSaysAndItsExitStatus() {
        try (ApiServer server =
                start((arguments, input, o, e) -> {
                    o.println(arguments + " <" + input + ">");
                    e.println("ipvsadm: \u00fc \ud83d\ude00");
                    return 10;
                })) {
            assertThat(server).isNotNull();
            assertThat(run("a\nb\n", "ipvsadm", "-R", "")).isEqualTo(10);
        }
        assertThat(out).hasToString("[ipvsadm, -R, ] <a\nb\n>\n");
        assertThat(err).hasToString("ipvsadm: \u00fc \ud83d\ude00\n");
    }

    /// Neither a balancer nor what it passes on gets at the terminal.
    @Test
    void showsNothingThatATerminalObeys() {
        try (ApiServer server =
                start((arguments, input, o, e) -> {
                    o.print("a\u001b[2J\tb\u009b31m\n{\"\u202e\"}\n");
                    e.print("ipvsadm: \u001b]0;x\u0007\u007f\n");
                    return 2;
                })) {
            assertThat(server).isNotNull();
            assertThat(run("", "x")).isEqualTo(2);
        }
        assertThat(out).hasToString("a\\u001b[2J\tb\\u009b31m\n{\"\\u202e\"}\n");
        assertThat(err).hasToString("ipvsadm: \\u001b]0;x\\u0007\\u007f\n");
    }

    @Test
    void carriesMuchOutputWhole() {
        String line = "0123456789\u20ac\ud83d\ude00".repeat(7) + "\n";
        try (ApiServer server =
                start((arguments, input, o, e) -> {
                    for (int i = 0; i < 20_000; i++) {
                        o.print(line);
                    }
                    return 0;
                })) {
            assertThat(server).isNotNull();
            assertThat(run("", "long")).isZero();
        }
        assertThat(out.toString().equals(line.repeat(20_000))).isTrue();
    }

    @Test
    void showsOutputBeforeTheCommandHasEnded() {
        CountDownLatch shown = new CountDownLatch(1);
        Writer watching =
                new StringWriter() {
                    @Override
                    public void write(String text, int from, int length) {
                        super.write(text, from, length);
                        shown.countDown();
                    }
                };
        try (ApiServer server =
                start((arguments, input, o, e) -> {
                    o.print("first");
                    o.flush();
                    await(shown);
                    o.print(" second");
                    return 0;
                })) {
            assertThat(server).isNotNull();
            int exit =
                    Client.run(
                            socket,
                            List.of("top"),
                            "",
                            new PrintWriter(watching),
                            new PrintWriter(err));
            assertThat(exit).isZero();
        }
        assertThat(watching).hasToString("first second");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void saysWhatToDoWhereNoBalancerAnswers() throws IOException {
        assertThat(run("", "ipvsadm")).isEqualTo(ErrorCode.NO_BALANCER.exitStatus());
        assertThat(err)
                .hasToString(
                        "ipvsadm: no balancer answers at "
                                + socket
                                + "; is `fullnat run` running? FULLNAT_SOCKET=FILE names another\n");

        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(run("", "ipvsadm")).isEqualTo(ErrorCode.NO_BALANCER.exitStatus());
    }

    @Test
    void saysWhatTheBalancerRefuses() {
        try (ApiServer server = start((arguments, input, o, e) -> 0)) {
            assertThat(server).isNotNull();
            assertThat(run("", "x".repeat(70_000))).isEqualTo(2);
        }
        assertThat(err.toString())
                .startsWith("fullnat: $.arguments[0] has 70000 characters; not 0-65536");
    }

    /// Answers of something that is no balancer, or of one that dies.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"out\":\"half\"}\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "10\r\n{\"out\":\"whole\"}\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhey!",
                "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
                "SSH-2.0-OpenSSH_9.0\r\n",
            })
    void anAnswerThatBreaksOffIsNoSuccess(String answer) throws IOException {
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofVirtual().start(() -> answerAll(other, answer));

            assertThat(run("", "ipvsadm")).isBetween(1, 125);
        }
        assertThat(err.toString()).startsWith("ipvsadm: ").doesNotContain("Success");
    }

    private static void answerAll(ServerSocketChannel server, String answer) {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                client.read(ByteBuffer.allocate(4096));
                client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
            } catch (IOException e) {
                // The first connection only looks whether somebody listens; or the test is over.
            }
        }
    }

    @Test
    void aBalancerThatEndsMeanwhileIsNoSuccess() {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        ApiServer server =
                start((arguments, input, o, e) -> {
                    begun.countDown();
                    await(never);
                    return 0;
                });
        Thread.ofVirtual()
                .start(() -> {
                    await(begun);
                    server.close();
                });
        assertThat(run("", "slow")).isEqualTo(ErrorCode.CLOSED.exitStatus());
        assertThat(err.toString()).contains("broke off", "look before you try again");
        never.countDown();
        server.close();
    }
}
