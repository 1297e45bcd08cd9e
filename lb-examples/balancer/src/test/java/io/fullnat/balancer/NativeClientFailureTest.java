// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.BothClients.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Both clients, in Java and in Perl, make the same of balancers that die, refuse or talk nonsense.
@Timeout(120)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
class NativeClientFailureTest {
    private static final byte[] NO_INPUT = {};
    private static final String STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String EXIT = "{\"exit\":0}";

    @TempDir private Path folder;
    private BothClients clients;

    @BeforeEach
    void prepare() throws IOException {
        clients = new BothClients(folder);
    }

    private Result both(String answer, String... line) throws Exception {
        Path socket = Files.createTempDirectory(folder, "s").resolve("s");
        try (FakeBalancer balancer = new FakeBalancer(socket, answer)) {
            Result result = clients.both(socket, List.of(line), NO_INPUT);
            assertThat(balancer.asked()).as("asked once by each").hasSize(2);
            return result;
        }
    }

    static List<String> wholeAnswers() {
        return List.of(
                FakeBalancer.chunks(EXIT),
                FakeBalancer.chunks(
                        "{\"out\":\"one\\n\"}", "{\"err\":\"two\\n\"}", "{\"exit\":12}"),
                FakeBalancer.chunks("{\"out\":\"a\",\"err\":\"b\",\"exit\":3}"),
                FakeBalancer.chunks("{ \"exit\" : 3 } "),
                FakeBalancer.chunks("{\"exit\":300}"),
                FakeBalancer.chunks("{\"exit\":-1}"),
                FakeBalancer.chunks("{\"exit\":0}", "{\"out\":\"more\"}"),
                FakeBalancer.chunks("{\"out\":\"\"}", EXIT),
                FakeBalancer.chunks(
                        "{\"time\":1.5e3,\"who\":null,\"x\":[1,{\"a]\":\"}\\\"\"}],\"out\":\"b\"}",
                        EXIT),
                FakeBalancer.chunks(
                        "{\"out\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\ud83d\\ude00\\ud800x\"}",
                        EXIT),
                FakeBalancer.chunks("{\"out\":\"\\\\\"}", EXIT),
                FakeBalancer.chunks("{\"out\":\"\\\\\\\"\\\\\"}", EXIT),
                FakeBalancer.chunks(
                        "{\"out\":\"\\u001b[2J\u202e\u009b\ud83d\ude00\udb40\udc41\u007f\"}", EXIT),
                FakeBalancer.chunks("{\"out\":\"" + "long \\n".repeat(200_000) + "\"}", EXIT),
                STREAM + "5;why=so\r\n{\"exi\r\n6\r\nt\":7}\n\r\n0\r\n\r\n",
                STREAM + "A\r\n{\"exit\":7}\r\n00\r\nTrailer: x\r\n\r\n",
                STREAM.toLowerCase(Locale.ROOT).replace("http", "HTTP")
                        + "a\r\n{\"exit\":7}\r\n0\r\n\r\n",
                STREAM.replace("\r", "") + "a\n{\"exit\":7}\n0\n\n",
                "HTTP/1.0 200\r\nContent-Length:  11 \r\n\r\n{\"exit\":7}\n",
                "HTTP/1.1 200 OK\r\n"
                        + "X: y\r\n".repeat(99)
                        + "Content-Length: 10\r\n\r\n{\"exit\":7}",
                "HTTP/1.1 200 OK\r\nX: "
                        + "y".repeat(1020)
                        + "\r\nContent-Length: 10\r\n\r\n{\"exit\":7}");
    }

    @ParameterizedTest
    @MethodSource("wholeAnswers")
    void showsTheSame(String answer) throws Exception {
        Result result = both(answer, "ipvsadm", "-Ln");

        assertThat(result.err()).doesNotContain("broke off");
        assertThat(both(answer, "service", "list")).isEqualTo(result);
    }

    static List<String> brokenAnswers() {
        List<String> answers =
                new ArrayList<>(
                        List.of(
                                "SSH-2.0-OpenSSH_9.0\r\n",
                                "HTTP/2 OK\r\n\r\n",
                                "HTTP/1.1 OK\r\n\r\n",
                                "HTTP/1.1  200 OK\r\n\r\n",
                                "HTTP/1.1 2000000000 OK\r\n\r\n",
                                "HTTP/1.1 200 OK",
                                "x".repeat(5000) + "\r\n",
                                "HTTP/1.1 200 "
                                        + "x".repeat(1012)
                                        + "\r\nContent-Length: 10\r\n\r\n{\"exit\":0}",
                                "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(101) + "\r\n",
                                FakeBalancer.plain(200, ""),
                                FakeBalancer.plain(200, "{}"),
                                FakeBalancer.plain(200, "hey!"),
                                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"exit\":",
                                STREAM + "zz\r\n",
                                STREAM + "\r\n",
                                STREAM + "-1\r\n",
                                STREAM + "3\r\n{\"exit\":0}\r\n0\r\n\r\n",
                                STREAM + "f\r\n{\"out\":\"half\"}\n",
                                STREAM + "20\r\n{\"out\":\"half\"}\n{\"out\":\"lost",
                                FakeBalancer.chunks(),
                                FakeBalancer.chunks(""),
                                FakeBalancer.chunks("[]"),
                                FakeBalancer.chunks("null"),
                                FakeBalancer.chunks("{\"out\":\"whole\\n\"}"),
                                FakeBalancer.chunks("{\"out\":\"whole\"}", "{\"out\":\"half"),
                                FakeBalancer.chunks("{\"out\":\"a\"", EXIT),
                                FakeBalancer.chunks("{\"out\":\"a\\x\"}", EXIT),
                                FakeBalancer.chunks("{\"out\":\"a\\u12g4\"}", EXIT),
                                FakeBalancer.chunks("{\"out\":\"a\tb\"}", EXIT),
                                FakeBalancer.chunks("{\"exit\":\"0\"}"),
                                FakeBalancer.chunks("{\"exit\":null}"),
                                FakeBalancer.chunks("{exit:0}"),
                                FakeBalancer.chunks(
                                        "{\"error\":\"INTERNAL\",\"status\":70,\"message\":\"x\"}")));
        String whole =
                FakeBalancer.chunks(
                        "{\"out\":\"one\\n\"}", "{\"err\":\"two\\n\"}", "{\"out\":\"3\"}");
        for (int length = 0; length < whole.length(); length += 3) {
            answers.add(whole.substring(0, length)); // one that dies there
        }
        return answers;
    }

    @ParameterizedTest
    @MethodSource("brokenAnswers")
    void anAnswerThatBreaksOffIsNoSuccess(String answer) throws Exception {
        Result result = both(answer, "dpip", "addr", "show");

        assertThat(result.err())
                .endsWith(
                        "dpip: the balancer's answer broke off; what the command asked for may be"
                                + " done or not: look before you try again\n");
        assertThat(result.status()).isEqualTo(ErrorCode.CLOSED.exitStatus());
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void whatIsRefusedHasTheStatusOfItsError(ErrorCode code) throws Exception {
        String body =
                "{\"error\":\"%s\",\"status\":%d,\"message\":\"no \\\"x\\\"\\n\\t\\u001b\u202e\u00fc\"}"
                        .formatted(code, code.exitStatus());

        Result result = both(FakeBalancer.plain(400, body), "service", "list");

        assertThat(result.err()).isEqualTo("fullnat: no \"x\"\\n\\t\\u001b\\u202e\u00fc\n");
        assertThat(result.status()).isEqualTo(code.exitStatus());
        assertThat(both(FakeBalancer.chunks(body).replace("200", "503"), "ipvsadm", "-S").status())
                .isEqualTo(code.exitStatus());
    }

    @ParameterizedTest
    @MethodSource
    void whatIsNoRefusalOfABalancerSaysSo(String answer) throws Exception {
        Result result = both(answer, "ipvsadm", "-Ln");

        assertThat(result.err()).startsWith("ipvsadm: the balancer answers with the HTTP status ");
        assertThat(result.status()).isEqualTo(ErrorCode.INTERNAL.exitStatus());
    }

    static List<String> whatIsNoRefusalOfABalancerSaysSo() {
        return List.of(
                FakeBalancer.plain(404, ""),
                FakeBalancer.plain(404, "<html>Not here</html>"),
                FakeBalancer.plain(500, "{\"message\":\"x\"}"),
                FakeBalancer.plain(302, "[]"),
                "HTTP/1.1 007 Yes\r\n\r\n",
                FakeBalancer.chunks("not here").replace("200", "404"));
    }

    /// Whatever characters come, those that a terminal obeys or hides are escaped by both alike.
    @Test
    void showsAllCharactersAlike() throws Exception {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder("{\"out\":\"");
        for (int character = ' '; character <= Character.MAX_CODE_POINT; character++) {
            boolean surrogate = character >= 0xD800 && character <= 0xDFFF;
            if (surrogate) {
                line.append("\\u%04x,".formatted(character));
            } else if (character != '"' && character != '\\') {
                line.appendCodePoint(character);
            }
            if (character % 4096 == 4095 && !(character >= 0xD800 && character < 0xDFFF)) {
                lines.add(line + "\"}");
                line.setLength("{\"out\":\"".length());
            }
        }
        for (int unit = 0; unit < 0x3000; unit++) {
            line.append("\\u%04X".formatted(unit));
        }
        lines.add(line + "\"}");
        lines.add(EXIT);

        Result result = both(FakeBalancer.chunks(lines.toArray(String[]::new)), "ipvsadm", "-Ln");

        assertThat(result.status()).isZero();
        assertThat(result.out())
                .hasSizeGreaterThan(1_100_000)
                .contains("\\u202e", "\\udb40\\udc01");
    }
}
