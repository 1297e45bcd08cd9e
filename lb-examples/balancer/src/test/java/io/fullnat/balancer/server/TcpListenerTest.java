// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ApiSettings.Tcp;
import io.fullnat.balancer.config.ApiSettings.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The API over TCP, on loopback.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class TcpListenerTest {
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir static Path identities;
    private static Tls identity = new Tls(Path.of("c"), Path.of("k"));

    @TempDir Path directory;
    private final ApiRig rig = new ApiRig();

    /// A certificate of its own and its key, as PEM files: made once, keytool takes its time.
    @BeforeAll
    static void makeIdentity() throws Exception {
        identity = TestIdentity.make(identities);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ApiServer start(Tcp tcp) {
        return ApiServer.start(
                new ApiSettings(Optional.empty(), Optional.of(tcp)), rig, rig.runner);
    }

    private static Tcp plain(InetSocketAddress address) {
        return new Tcp(address, Optional.empty(), Optional.empty());
    }

    private Path token(String text, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static String ask(Socket socket, String request) throws IOException {
        try (socket) {
            socket.getOutputStream()
                    .write((request + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String get(ApiServer server, String headers) throws IOException {
        return ask(
                new Socket(InetAddress.getLoopbackAddress(), server.tcpPort().orElseThrow()),
                "GET /v2/health HTTP/1.1\r\nConnection: close\r\n" + headers);
    }

    private void refuses(Tcp tcp, ErrorCode code, String... words) {
        BalancerException failure =
                Objects.requireNonNull(
                        catchThrowableOfType(BalancerException.class, () -> start(tcp).close()));
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).message().contains(words);
    }

    @Test
    void answersLocalProgramsWithoutMore() throws IOException {
        try (ApiServer server = start(plain(LOOPBACK))) {
            assertThat(get(server, "Host: 127.0.0.1")).startsWith("HTTP/1.1 200 ");
            assertThat(get(server, "Host: localhost:8082")).startsWith("HTTP/1.1 200 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: 127.0.0.1.evil.example",
                "Host: localhost\r\nOrigin: http://evil.example",
                "Host: localhost\r\nOrigin: null",
            })
    void answersNoPageInABrowser(String headers) throws IOException {
        try (ApiServer server = start(plain(LOOPBACK))) {
            assertThat(get(server, headers))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("\"error\":\"PERMISSION\"");
        }
    }

    @Test
    void takesNoCommandLines() throws IOException {
        try (ApiServer server = start(plain(LOOPBACK))) {
            Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), server.tcpPort().orElseThrow());
            assertThat(
                            ask(
                                    socket,
                                    "POST /v2/command HTTP/1.1\r\nHost: localhost\r\n"
                                            + "Connection: close\r\nContent-Length: 16\r\n"
                                            + "Content-Type: application/json\r\n\r\n"
                                            + "{\"arguments\":[]}"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("Unix socket only");
        }
    }

    @Test
    void answersThoseWhoBearTheToken() throws IOException {
        Tcp tcp =
                new Tcp(LOOPBACK, Optional.empty(), Optional.of(token(TOKEN + "\n", "rw-r-----")));
        try (ApiServer server = start(tcp)) {
            String host = "Host: balancer.example\r\n";
            assertThat(get(server, host + "Authorization: Bearer " + TOKEN))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(get(server, host + "authorization: bearer " + TOKEN))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(get(server, host + "X: y"))
                    .startsWith("HTTP/1.1 401 ")
                    .contains("\"error\":\"PERMISSION\"", "a token is needed");
            for (String wrong :
                    List.of("Bearer ", "Bearer " + TOKEN + "0", TOKEN, "Basic " + TOKEN)) {
                assertThat(get(server, host + "Authorization: " + wrong))
                        .startsWith("HTTP/1.1 401 ")
                        .doesNotContain(TOKEN);
            }
        }
    }

    @Test
    void listensToOthersOnlyWithTlsAndToken() throws IOException {
        InetSocketAddress all = new InetSocketAddress(0);
        Optional<Path> token = Optional.of(token(TOKEN, "rw-------"));
        Optional<Tls> tls = Optional.of(identity);

        refuses(
                plain(all),
                ErrorCode.INVALID_CONFIGURATION,
                "0.0.0.0",
                "TLS (api.tcp.certificate",
                "a token (api.tcp.token-file)",
                "127.0.0.1");
        refuses(new Tcp(all, tls, Optional.empty()), ErrorCode.INVALID_CONFIGURATION, "a token");
        refuses(new Tcp(all, Optional.empty(), token), ErrorCode.INVALID_CONFIGURATION, "TLS");
        refuses(
                plain(InetSocketAddress.createUnresolved("nowhere.invalid", 1)),
                ErrorCode.INVALID_CONFIGURATION,
                "nowhere.invalid");
    }

    @Test
    void refusesTokensThatOthersCanReadOrThatAreNone() throws IOException {
        refusesToken(token(TOKEN, "rw-r--r--"), "chmod o-rwx");
        refusesToken(token("short", "rw-------"), "at least 16");
        refusesToken(token("0123456789 0123456789", "rw-------"), "visible ASCII");
        refusesToken(token("x".repeat(2000), "rw-------"), "may have");
        refusesToken(directory.resolve("none"), "cannot read the token file");
    }

    private void refusesToken(Path file, String word) {
        refuses(
                new Tcp(LOOPBACK, Optional.empty(), Optional.of(file)),
                ErrorCode.INVALID_CONFIGURATION,
                file.toString(),
                word);
    }

    @Test
    void refusesAPortThatIsTaken() {
        try (ApiServer first = start(plain(LOOPBACK))) {
            int port = first.tcpPort().orElseThrow();
            refuses(
                    plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
                    ErrorCode.ADDRESS_IN_USE,
                    "127.0.0.1:" + port);
        }
    }

    @Test
    void speaksTls() throws Exception {
        Tls tls = identity;
        Tcp tcp = new Tcp(LOOPBACK, Optional.of(tls), Optional.of(token(TOKEN, "rw-------")));
        try (ApiServer server = start(tcp)) {
            int port = server.tcpPort().orElseThrow();
            Socket trusting =
                    TestIdentity.trusting(tls)
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), port);
            assertThat(
                            ask(
                                    trusting,
                                    "GET /v2/health HTTP/1.1\r\nHost: localhost\r\n"
                                            + "Connection: close\r\nAuthorization: Bearer "
                                            + TOKEN))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\"UP\"");
            assertThat(get(server, "Host: localhost")).doesNotContain("HTTP/1.1 200");
        }
    }

    /// Browsers ask for scripts of modules with the origin of their page.
    @Test
    void thePageOverTlsGetsItsScriptsWithoutAToken() throws Exception {
        try (ApiServer server = start(new Tcp(LOOPBACK, Optional.of(identity), Optional.empty()))) {
            int port = server.tcpPort().orElseThrow();
            for (String scheme : List.of("https", "http")) {
                Socket trusting =
                        TestIdentity.trusting(identity)
                                .getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), port);
                String own = "127.0.0.1:" + port;
                assertThat(
                                ask(
                                        trusting,
                                        "GET /page/app.js HTTP/1.1\r\nConnection: close\r\nHost: "
                                                + own
                                                + "\r\nOrigin: "
                                                + scheme
                                                + "://"
                                                + own))
                        .startsWith(scheme.equals("https") ? "HTTP/1.1 200 " : "HTTP/1.1 403 ");
            }
        }
    }

    @Test
    void clientsWhoStallInTheHandshakeDelayNobody() throws Exception {
        Tls tls = identity;
        Tcp tcp = new Tcp(LOOPBACK, Optional.of(tls), Optional.empty());
        List<Socket> stalled = new ArrayList<>();
        try (ApiServer server = start(tcp)) {
            int port = server.tcpPort().orElseThrow();
            for (int i = 0; i < 3 * Limits.DEFAULT.connections(); i++) {
                stalled.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Socket trusting =
                    TestIdentity.trusting(tls)
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), port);
            assertThat(
                            ask(
                                    trusting,
                                    "GET /v2/health HTTP/1.1\r\nHost: localhost\r\n"
                                            + "Connection: close"))
                    .startsWith("HTTP/1.1 200 ");
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    @Test
    void refusesIdentitiesThatAreNone() throws Exception {
        Tls tls = identity;
        Path none = directory.resolve("none.pem");
        refusesIdentity(new Tls(none, tls.key()), "there is no file", none.toString());
        refusesIdentity(new Tls(tls.certificate(), none), "cannot read the key", none.toString());
        refusesIdentity(new Tls(tls.key(), tls.key()), tls.key().toString());
        Path noKey = Files.writeString(directory.resolve("no.key"), "-----BEGIN RSA PRIVATE KEY");
        Files.setPosixFilePermissions(noKey, PosixFilePermissions.fromString("rw-------"));
        refusesIdentity(new Tls(tls.certificate(), noKey), "openssl pkcs8");
        Path open = Files.copy(tls.key(), directory.resolve("open.pem"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        refusesIdentity(new Tls(tls.certificate(), open), "chmod o-rwx");
    }

    private void refusesIdentity(Tls tls, String... words) {
        refuses(
                new Tcp(LOOPBACK, Optional.of(tls), Optional.empty()),
                ErrorCode.INVALID_CONFIGURATION,
                words);
    }
}
