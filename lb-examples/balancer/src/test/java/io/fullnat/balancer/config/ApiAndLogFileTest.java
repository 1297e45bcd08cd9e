// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.JavaText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The sections `api` and `log`.
final class ApiAndLogFileTest {
    private static final String BASE =
            """
            ports:
              - {name: out, device: "af_packet:eth0"}
              - {name: in, device: "af_packet:eth1"}
            addresses:
              - {address: 198.51.100.2/24, device: out}
              - {address: 192.0.2.80/32, device: out}
              - {address: 203.0.113.2/24, device: in}
            """;

    static Stream<Arguments> wrongApis() {
        return Stream.of(
                arguments("sockt: none", "9: api: unknown key \"sockt\", did you mean \"socket\"?"),
                arguments(
                        "socket: run/lb",
                        "9: api.socket: \"run/lb\" is not an absolute path (as in"
                                + " /etc/fullnat/token)"),
                arguments(
                        "socket: /" + "x".repeat(107),
                        "9: api.socket: \"/"
                                + "x".repeat(107)
                                + "\" is longer than the 107 bytes that a Unix socket's path may"
                                + " have"),
                arguments("tcp: {}", "9: api.tcp: key \"listen\" is missing"),
                arguments(
                        "tcp: {listen: localhost:80}",
                        "9: api.tcp.listen: \"localhost\" is not an IPv4 address (four"
                                + " numbers 0-255, as in 192.0.2.1)"),
                arguments(
                        "tcp: {listen: 0.0.0.0:80}",
                        "9: api.tcp.listen: 0.0.0.0 is no loopback address: anyone who reaches it"
                                + " could change the balancer; give certificate, key and"
                                + " token-file, or listen on 127.0.0.1"),
                arguments(
                        "tcp: {listen: '[2001:db8::1]:80', certificate: /c, key: /k}",
                        "9: api.tcp.listen: 2001:db8:0:0:0:0:0:1 is no loopback address: anyone who"
                                + " reaches it could change the balancer; give certificate, key"
                                + " and token-file, or listen on 127.0.0.1"),
                arguments(
                        "tcp: {listen: 127.0.0.1:80, key: /k}",
                        "9: api.tcp: key \"certificate\" is missing"),
                arguments(
                        "tcp: {listen: '[::1]:0'}",
                        "9: api.tcp.listen: port 0 of ::1 is not 1-65535"),
                arguments(
                        "tcp: {listen: 127.0.0.1:80}",
                        "9: api.tcp.listen: every program of this machine could change the"
                                + " balancer; give token-file, or say token: none if that is"
                                + " meant"),
                arguments(
                        "tcp: {listen: 127.0.0.1:80, certificate: /c, key: /k}",
                        "9: api.tcp.listen: every program of this machine could change the"
                                + " balancer; give token-file, or say token: none if that is"
                                + " meant"),
                arguments(
                        "tcp: {listen: 127.0.0.1:80, token: none, token-file: /t}",
                        "9: api.tcp.token: there is a token-file, too; leave one of both out"),
                arguments(
                        "tcp: {listen: 127.0.0.1:80, token: secret-0123456789}",
                        "9: api.tcp.token: only none is allowed; a token stands in a file, named"
                                + " by token-file"),
                arguments(
                        "tcp: {listen: 192.0.2.1:80, certificate: /c, key: /k, token: none}",
                        "9: api.tcp.listen: 192.0.2.1 is no loopback address: anyone who reaches it"
                                + " could change the balancer; give certificate, key and"
                                + " token-file, or listen on 127.0.0.1"));
    }

    static Stream<Arguments> wrongLogs() {
        return Stream.of(
                arguments(
                        "level: wran",
                        "9: log.level: the text \"wran\" is none of debug, error, info, warn, did"
                                + " you mean \"warn\"?"),
                arguments(
                        "format: jsno",
                        "9: log.format: the text \"jsno\" is none of json, text, did you mean"
                                + " \"json\"?"),
                arguments("level: 7", "9: log.level: 7 is none of debug, error, info, warn"),
                arguments(
                        "levels: {cotrol: info}",
                        "9: log.levels: unknown key \"cotrol\", did you mean \"control\"?"),
                arguments(
                        "levels: {dpdk: debgu}",
                        "9: log.levels.dpdk: the text \"debgu\" is none of debug, error, info,"
                                + " warn, did you mean \"debug\"?"),
                arguments(
                        "audit: lgo",
                        "9: log.audit: \"lgo\" is neither log nor none nor an absolute path (as in"
                                + " /var/log/fullnat-audit.log), did you mean \"log\"?"),
                arguments("adit: log", "9: log: unknown key \"adit\", did you mean \"audit\"?"));
    }

    @ParameterizedTest
    @MethodSource("wrongLogs")
    void namesWhatIsWrongInTheLog(String keys, String expected) {
        assertThat(problems(BASE + "log:\n  " + keys)).containsExactly("f:" + expected);
    }

    @ParameterizedTest
    @MethodSource("wrongApis")
    void namesWhatIsWrongInTheApi(String keys, String expected) {
        assertThat(problems(BASE + "api:\n  " + keys)).containsExactly("f:" + expected);
    }

    static Stream<Arguments> wrongMetrics() {
        return Stream.of(
                arguments("{}", "8: metrics: key \"listen\" is missing"),
                arguments(
                        "{listen: 0.0.0.0:9100}",
                        "8: metrics.listen: 0.0.0.0 is no loopback address: anyone who reaches it"
                                + " could read all of its metrics; give certificate, key and"
                                + " token-file, or listen on 127.0.0.1"),
                arguments(
                        "{listen: 127.0.0.1:9100, certificate: /c}",
                        "8: metrics: key \"key\" is missing"),
                arguments(
                        "{listen: 127.0.0.1:9100, token: none}",
                        "8: metrics: unknown key \"token\"; known keys: listen, certificate, key,"
                                + " token-file"));
    }

    @ParameterizedTest
    @MethodSource("wrongMetrics")
    void namesWhatIsWrongInMetrics(String value, String expected) {
        assertThat(problems(BASE + "metrics: " + value)).containsExactly("f:" + expected);
    }

    /// What is read there changes nothing.
    @Test
    void metricsNeedNoTokenOnLoopback() {
        assertThat(ConfigurationFile.parse("f", BASE + "metrics: {listen: '127.0.0.1:9100'}").api())
                .isEqualTo(
                        new ApiSettings(
                                ApiSettings.DEFAULT.socket(),
                                Optional.empty(),
                                Optional.of(
                                        new ApiSettings.Tcp(
                                                new InetSocketAddress(
                                                        InetAddress.ofLiteral("127.0.0.1"), 9100),
                                                Optional.empty(),
                                                Optional.empty()))));
    }

    @Test
    void letsTheApiListenNowhereOrOnLoopbackAlone() {
        String tcp = "api: {socket: none, tcp: {listen: '[::1]:8080', token: none}}";

        assertThat(ConfigurationFile.parse("f", BASE + tcp).api())
                .isEqualTo(
                        new ApiSettings(
                                Optional.empty(),
                                Optional.of(
                                        new ApiSettings.Tcp(
                                                new InetSocketAddress(
                                                        InetAddress.ofLiteral("::1"), 8080),
                                                Optional.empty(),
                                                Optional.empty()))));
    }

    private static List<String> problems(String yaml) {
        try {
            Configuration configuration = ConfigurationFile.parse("f", yaml);
            throw new AssertionError("was read as " + configuration);
        } catch (BalancerException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
            assertThat(JavaText.in(String.valueOf(e.getMessage()))).isEmpty();
            return String.valueOf(e.getMessage()).lines().toList();
        }
    }
}
