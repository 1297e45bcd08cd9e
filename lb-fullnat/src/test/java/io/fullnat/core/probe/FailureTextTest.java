// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The words for each trouble, and what is left of a peer's.
class FailureTextTest {
    private static final ProbeTarget TARGET =
            new ProbeTarget(Endpoint.of("10.0.0.1", 80), Optional.empty(), Duration.ofMillis(2500));

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new BadAnswerException("Answer As It Is"), "Answer As It Is"),
                Arguments.of(new SocketTimeoutException("x"), "no answer within 2500 ms"),
                Arguments.of(new PortUnreachableException("x"), "port unreachable (ICMP)"),
                Arguments.of(new NoRouteToHostException("x"), "no route to the server"),
                Arguments.of(new ConnectException("Connection REFUSED"), "connection refused"),
                Arguments.of(new EOFException("x"), "connection closed by the server"),
                Arguments.of(new IOException("Broken Pipe"), "broken pipe"),
                Arguments.of(new IOException((String) null), "failed"),
                Arguments.of(new SSLException("Bad\nline"), "TLS: Bad"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void eachTroubleHasItsWords(IOException failure, String text) {
        assertThat(FailureText.of(failure, TARGET)).isEqualTo(text);
        assertThat(FailureText.result(failure, TARGET)).isEqualTo(ProbeResult.failed(text));
    }

    /// Nothing is known of the server then.
    @Test
    void whatIsMissingHereSaysNothingOfTheServer() {
        IOException none = new CannotAskException(new IOException("Too many open files"));
        assertThat(FailureText.result(none, TARGET))
                .isEqualTo(
                        ProbeResult.unknown("cannot ask from this machine: Too many open files"));
        ProbeTarget from =
                new ProbeTarget(
                        Endpoint.of("10.0.0.1", 80),
                        Optional.of(IpAddress.parse("2001:db8::9")),
                        Duration.ofSeconds(1));
        assertThat(FailureText.result(new BindException("Cannot assign"), from))
                .isEqualTo(ProbeResult.unknown("cannot ask from 2001:db8::9: Cannot assign"));
    }

    @Test
    void ofTlsTheFirstCauseIsTold() {
        SSLException tls = new SSLHandshakeException("outer");
        tls.initCause(new IOException("middle", new IllegalStateException("certificate expired")));
        assertThat(FailureText.of(tls, TARGET)).isEqualTo("TLS: certificate expired");
    }

    @Test
    void aChainOfCausesWithoutEndHasOne() {
        Throwable last = new IOException("the last");
        for (int i = 0; i < 20; i++) {
            last = new IOException("cause " + i, last);
        }
        SSLException tls = new SSLException("outer", last);
        assertThat(FailureText.of(tls, TARGET)).isEqualTo("TLS: cause 12");
    }

    @ParameterizedTest
    @CsvSource({
        "' a b ', 'a b'", "'one\ntwo', one", "'one\rtwo', one", "'\u001B[31mred', '?[31mred'",
        "'~\u007F', '~?'", "'caf\u00E9', 'caf?'", "'a\tb', 'a?b'", "'\n', ''"
    })
    void onlyPrintedAsciiOfOneLineIsTold(String text, String printed) {
        assertThat(FailureText.printed(text)).isEqualTo(printed);
    }

    @Test
    void aLongTextIsCut() {
        assertThat(FailureText.printed("x".repeat(120))).hasSize(120);
        assertThat(FailureText.printed("x".repeat(121))).hasSize(120);
        assertThat(FailureText.printed(null)).isEqualTo("failed");
    }
}
