// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.text.JavaText;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies that are too long or too deep: a sentence, and a balancer that does not notice.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class LargeBodyTest {
    private static final int LARGE = 70_000_000;
    private static final int PIECE = 65_536;

    @TempDir Path directory;
    private Path socket = Path.of("");
    private final ApiRig rig = new ApiRig().serving();
    private ApiServer server;

    @BeforeEach
    void open() {
        socket = directory.resolve("api.sock");
        server =
                ApiServer.start(
                        new ApiSettings(Optional.of(socket), Optional.empty()), rig, rig.runner);
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    /// Sends a body that begins somehow and goes on for long, as far as the server takes it.
    private String send(String begin, String more, boolean chunked) throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            write(
                    channel,
                    "PUT "
                            + ApiRig.WEB
                            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + (chunked
                                    ? "Transfer-Encoding: chunked\r\n\r\n"
                                    : "Content-Length: " + LARGE + "\r\n\r\n" + begin));
            String piece = more.repeat(PIECE / more.length());
            Thread sending =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    String chunk =
                                            chunked
                                                    ? Integer.toHexString(piece.length())
                                                            + "\r\n"
                                                            + piece
                                                            + "\r\n"
                                                    : piece;
                                    for (int sent = 0; sent < LARGE; sent += piece.length()) {
                                        write(channel, chunk);
                                    }
                                } catch (IOException e) {
                                    // The server has had enough.
                                }
                            });
            String answer = answer(Channels.newInputStream(channel));
            sending.interrupt();
            sending.join();
            return answer;
        }
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// What came before the server hung up on what was still on its way.
    private static String answer(InputStream in) {
        StringBuilder text = new StringBuilder();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                text.append((char) next);
            }
        } catch (IOException e) {
            // That was it.
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"SchedName\":\"', x, false",
        "'{\"SchedName\":\"', x, true",
        "'{\"Items\":[', '1,', false",
        "'', '[', true",
        "'', '{\"a\":', false"
    })
    void isRefusedBeforeItIsRead(String begin, String more, boolean chunked) throws Exception {
        long revision = rig.desired().revision();
        String answer = send(begin, more, chunked);

        assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"message\":\"");
        assertThat(JavaText.in(answer.replace("\r", ""))).isEmpty();
        assertThat(rig.desired().revision()).isEqualTo(revision);
        assertThat(RawClient.answer(socket, "GET", "/v2/health", "")).contains("\"UP\"");
    }

    /// What is short enough to be read is short enough to be judged.
    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "[[],", "\"x", "9", "-", "{\"SchedName\":\"x", " "})
    void isRefusedWithASentence(String part) throws Exception {
        String body = part.repeat(1_000_000 / part.length());
        String answer = RawClient.answer(socket, "PUT", ApiRig.WEB, body);

        assertThat(answer).startsWith("HTTP/1.1 400 ").contains("\"message\":\"");
        assertThat(answer).hasSizeLessThan(2_000);
        assertThat(JavaText.in(answer.replace("\r", ""))).isEmpty();
    }

    @Test
    void aLongNameIsShownInPart() throws Exception {
        String name = "x".repeat(900_000);
        String answer =
                RawClient.answer(socket, "PUT", ApiRig.WEB, "{\"SchedName\":\"" + name + "\"}");

        assertThat(answer).startsWith("HTTP/1.1 400 ").hasSizeLessThan(2_000);
    }
}
