// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.health.HttpProbe;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is asked, and what is read of an answer (RFC 9112), byte for byte.
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
class Http1Test {
    private static final HttpProbe STATUS = HttpProbe.builder().build();
    private static final HttpProbe BODY = HttpProbe.builder().contains("x").build();
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    private final ByteArrayOutputStream asked = new ByteArrayOutputStream();

    private HttpAnswer ask(HttpProbe probe, String answer) throws IOException {
        return new Http1()
                .ask(
                        probe,
                        "shop:81",
                        new ByteArrayInputStream(answer.getBytes(ISO_8859_1)),
                        asked);
    }

    private String body(String answer) throws IOException {
        return new String(ask(BODY, answer).body(), ISO_8859_1);
    }

    private void assertBad(HttpProbe probe, String answer, String message) {
        assertThatThrownBy(() -> ask(probe, answer))
                .isInstanceOf(BadAnswerException.class)
                .hasMessage(message);
    }

    @Test
    void theRequestHasWhatTheProbeSays() throws IOException {
        ask(STATUS, OK + "\r\n");
        assertThat(asked.toString(ISO_8859_1))
                .isEqualTo("GET / HTTP/1.1\r\nHost: shop:81\r\nConnection: close\r\n\r\n");
        asked.reset();
        ask(
                HttpProbe.builder().method("HEAD").path("/a?b=c").header("X-One", "two").build(),
                OK + "\r\n");
        assertThat(asked.toString(ISO_8859_1))
                .isEqualTo(
                        String.join(
                                "\r\n",
                                "HEAD /a?b=c HTTP/1.1",
                                "Host: shop:81",
                                "Connection: close",
                                "X-One: two",
                                "",
                                ""));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK, 200",
        "HTTP/1.0 200, 200",
        "HTTP/1.1 599 , 599",
        "HTTP/1.1 404 a b c, 404"
    })
    void theStatusIsThatOfTheFirstLine(String line, int status) throws IOException {
        assertThat(ask(STATUS, line + "\r\n\r\n").status()).isEqualTo(status);
        assertThat(ask(STATUS, line + "\n\n").status()).as("without CR").isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/2 200 OK",
                "HTTP/1.2 200 OK",
                "HTTP/1.1 99 x",
                "HTTP/1.1 099 x",
                "HTTP/1.1 600 x",
                "HTTP/1.1 2000",
                "HTTP/1.1  200",
                "http/1.1 200 OK",
                "HTTP/1.1 200OK",
                "SSH-2.0-x",
                ""
            })
    void anotherFirstLineIsNoAnswer(String line) {
        assertBad(STATUS, line + "\r\n\r\n", "answer is not HTTP/1.1");
    }

    @Test
    void anAnswerThatSaysMoreWillComeIsNotTheLast() throws IOException {
        String early = "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n";
        assertThat(ask(STATUS, "HTTP/1.1 100 Continue\r\n\r\n" + early + OK + "\r\n").status())
                .isEqualTo(200);
        assertThat(body(early + OK + "Content-Length: 2\r\n\r\nab")).isEqualTo("ab");
        assertThatThrownBy(() -> ask(STATUS, "HTTP/1.1 199 x\r\n\r\n"))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void anAnswerThatEndsWithinItsHeaderIsNone() {
        String whole = OK + "Server: x\r\n\r\n";
        for (int length = 0; length < whole.length(); length++) {
            String part = whole.substring(0, length);
            assertThatThrownBy(() -> ask(STATUS, part)).as(part).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aBodyNobodyWantsIsNotRead() throws IOException {
        assertThat(ask(STATUS, OK + "Content-Length: 99\r\n\r\n").body()).isEmpty();
        for (String status : new String[] {"204", "304"}) {
            assertThat(body("HTTP/1.1 " + status + " x\r\nContent-Length: 3\r\n\r\nabc")).isEmpty();
        }
    }

    @Test
    void aBodyHasTheLengthThatIsSaid() throws IOException {
        assertThat(body(OK + "content-LENGTH:  3 \r\n\r\nabcdef")).isEqualTo("abc");
        assertThat(body(OK + "Content-Length: 0\r\n\r\nabc")).isEmpty();
        assertThat(body(OK + "\r\nabc")).as("until the server closes").isEqualTo("abc");
        assertBad(BODY, OK + "Content-Length: 4\r\n\r\nabc", "HTTP body ends early");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1,1", "0x1", "1.0", "1000000000000000000"})
    void aLengthThatIsNoneIsRefused(String length) {
        assertBad(
                BODY,
                OK + "Content-Length: " + length + "\r\n\r\nabc",
                "HTTP header with a content-length that is none");
    }

    @Test
    void noMoreOfABodyIsReadThanAnybodyLooksAt() throws IOException {
        String long1 = "y".repeat(HttpAnswer.MAX_BODY + 1);
        assertThat(body(OK + "Content-Length: 999999999999999999\r\n\r\n" + long1))
                .hasSize(HttpAnswer.MAX_BODY);
        assertThat(body(OK + "\r\n" + long1)).hasSize(HttpAnswer.MAX_BODY);
        assertThat(body(OK + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + long1))
                .hasSize(HttpAnswer.MAX_BODY);
        assertThat(
                        body(
                                OK
                                        + "Transfer-Encoding: chunked\r\n\r\n8000\r\n"
                                        + "y".repeat(32_768)
                                        + "\r\n7fff\r\n"
                                        + "y".repeat(32_767)))
                .as("exactly")
                .hasSize(HttpAnswer.MAX_BODY);
    }

    /// Whatever a length says beside (RFC 9112 §6.3).
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked",
                "transfer-encoding:CHUNKED",
                "Transfer-Encoding: chunked ",
                "Transfer-Encoding: gzip, chunked\t",
                "Content-Length: 2\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 2"
            })
    void chunksArePutTogether(String field) throws IOException {
        assertThat(
                        body(
                                OK
                                        + field
                                        + "\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n1 \r\nz\r\n0\r\n\r\n"))
                .isEqualTo("abc0123456789z");
        assertThat(body(OK + field + "\r\n\r\n0\r\n")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "0x1", "123456789", ";"})
    void aChunkSizeThatIsNoneIsRefused(String size) {
        assertBad(
                BODY,
                OK + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\na\r\n",
                "HTTP body with a chunk size that is none");
    }

    @Test
    void aChunkThatDoesNotEndWhereItSaysIsRefused() {
        String chunked = OK + "Transfer-Encoding: chunked\r\n\r\n";
        assertBad(
                BODY, chunked + "2\r\nabc\r\n0\r\n", "HTTP body with a chunk longer than its size");
        assertBad(BODY, chunked + "4\r\nabc", "HTTP body ends early");
        assertThatThrownBy(() -> ask(BODY, chunked + "3\r\nabc\r\n"))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void aHeaderThatIsTooLongIsGivenUp() throws IOException {
        String message = "HTTP header of more than 65536 bytes";
        int rest = HttpAnswer.MAX_HEADER - OK.length() - "X: \r\n".length() - 2;
        assertThat(ask(STATUS, OK + "X: " + "y".repeat(rest) + "\r\n\r\n").status()).isEqualTo(200);
        assertBad(STATUS, OK + "X: " + "y".repeat(rest + 3) + "\r\n\r\n", message);
        assertBad(STATUS, "y".repeat(70_000), message);
        assertBad(STATUS, OK + "X: y\r\n".repeat(20_000), message);
        assertBad(STATUS, "HTTP/1.1 100 x\r\n\r\n".repeat(5_000), message);
        assertBad(BODY, OK + "Transfer-Encoding: chunked\r\n\r\n1;" + "y".repeat(70_000), message);
    }

    @Test
    void itsNameInAHandshakeIsRegistered() {
        assertThat(new Http1().protocol()).isEqualTo("http/1.1");
    }
}
