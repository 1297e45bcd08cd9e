// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpPrefix;
import io.fullnat.balancer.config.ApiSettings.Tls;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.server.TestIdentity;
import io.fullnat.balancer.webhook.WebhookQueue.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One request of a webhook, to receivers good and bad.
@Timeout(180)
class HttpPostTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC);
    private static final Message EVENT =
            new Message("x-7", Instant.EPOCH, "fault", "{\"id\":\"x-7\",\"what\":\"ä\"}", null);

    @TempDir private Path folder;

    private WebhookSettings settings(URI url, Duration limit) {
        return new WebhookSettings(
                "hook",
                url,
                List.of(),
                limit,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static HttpPost post(WebhookSettings settings, String... addresses) {
        return new HttpPost(
                settings,
                Credentials.read(settings),
                new Destination(
                        settings.host(),
                        settings.networks(),
                        name ->
                                List.of(addresses).stream()
                                        .map(InetAddress::ofLiteral)
                                        .toArray(InetAddress[]::new)),
                CLOCK);
    }

    private HttpPost post(URI url) {
        return post(settings(url, Duration.ofSeconds(10)));
    }

    private Path secret(String name, String text) throws IOException {
        return Files.setPosixFilePermissions(
                Files.writeString(folder.resolve(name), text),
                PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void anEventIsPostedWithItsId() throws Exception {
        try (Receiver receiver = new Receiver()) {
            assertThat(post(receiver.url("/in%2Fto/x;y?a=1%20b&c=+&d")).send(EVENT, 0))
                    .isEqualTo(200);
            Receiver.Request request = receiver.next();
            assertThat(request.target()).isEqualTo("POST /in%2Fto/x;y?a=1%20b&c=+&d");
            assertThat(request.body()).isEqualTo(EVENT.json());
            assertThat(request.header("Host")).isEqualTo(receiver.url("").getAuthority());
            assertThat(request.header("Content-Type")).isEqualTo("application/json");
            assertThat(request.header("Content-Length")).isEqualTo("24");
            assertThat(request.header("webhook-id")).isEqualTo("x-7");
            assertThat(request.header("webhook-timestamp")).isEqualTo("1777636800");
            assertThat(request.header("Idempotency-Key")).isEqualTo("x-7");
            assertThat(request.header("User-Agent")).startsWith("fullnat/");
            assertThat(request.headers())
                    .doesNotContainKeys("Authorization", "webhook-signature", "Cookie", "Expect");
            assertThat(receiver.others()).isZero();
        }
    }

    @Test
    void itBearsATokenAndIsSigned() throws Exception {
        try (Receiver receiver = new Receiver()) {
            WebhookSettings settings =
                    new WebhookSettings(
                            "hook",
                            receiver.url("/"),
                            List.of(),
                            Duration.ofSeconds(10),
                            Optional.of(secret("token", "0123456789abcdef\n")),
                            Optional.of(
                                    secret("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")),
                            Optional.empty(),
                            List.of());
            post(settings).send(EVENT, 0);
            Receiver.Request request = receiver.next();
            assertThat(request.header("Authorization")).isEqualTo("Bearer 0123456789abcdef");
            assertThat(request.header("webhook-signature"))
                    .isEqualTo(
                            Signature.of(
                                            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                            Path.of("secret"))
                                    .sign(
                                            "x-7",
                                            1777636800,
                                            EVENT.json().getBytes(StandardCharsets.UTF_8)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "?sig=%2Fa%3D"})
    void theTargetIsWhatStandsInTheUrl(String rest) throws Exception {
        try (Receiver receiver = new Receiver()) {
            post(receiver.url(rest)).send(EVENT, 0);
            assertThat(receiver.next().target())
                    .isEqualTo("POST " + (rest.startsWith("/") ? "" : "/") + rest);
        }
    }

    @Test
    void overIpv6Too() throws Exception {
        try (Receiver receiver = new Receiver(null, "::1")) {
            assertThat(post(receiver.url("[::1]", "/")).send(EVENT, 0)).isEqualTo(200);
            assertThat(receiver.next().header("Host")).startsWith("[::1]:");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 302, 307, 308, 400, 429, 500, 502})
    void theStatusIsTheAnswerAndNoRedirectIsFollowed(int status) throws Exception {
        try (Receiver receiver = new Receiver()) {
            receiver.statuses.add(status);
            assertThat(post(receiver.url("/")).send(EVENT, 0)).isEqualTo(status);
            receiver.next();
            assertThat(receiver.others()).isZero();
        }
    }

    /// What a proxy of the environment would be asked for.
    @Test
    void noProxyIsUsed() throws Exception {
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", "1");
        System.setProperty("http.nonProxyHosts", "");
        try (Receiver receiver = new Receiver()) {
            assertThat(post(receiver.url("/")).send(EVENT, 0)).isEqualTo(200);
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
            System.clearProperty("http.nonProxyHosts");
        }
    }

    /// The name is in the request, the address is the one that was looked at.
    @Test
    void aNameIsConnectedWhereItsAddressWasAllowed() throws Exception {
        try (Receiver receiver = new Receiver()) {
            WebhookSettings settings =
                    new WebhookSettings(
                            "hook",
                            receiver.url("hooks.invalid", "/"),
                            List.of(),
                            Duration.ofSeconds(10),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            List.of(IpPrefix.parse("127.0.0.0/8")));
            assertThat(post(settings, "192.0.2.1", "127.0.0.1").send(EVENT, 0)).isEqualTo(200);
            assertThat(receiver.next().header("Host")).startsWith("hooks.invalid:");
        }
    }

    @Test
    void aNameServerThatIsSilentIsLeftInTime() {
        WebhookSettings settings =
                settings(URI.create("http://hooks.invalid/"), Duration.ofSeconds(1));
        HttpPost post =
                new HttpPost(
                        settings,
                        Credentials.read(settings),
                        new Destination(
                                settings.host(),
                                settings.networks(),
                                name -> {
                                    pause(Duration.ofSeconds(20));
                                    return new InetAddress[0];
                                }),
                        CLOCK);
        fails(post, "no answer within 1 s");
    }

    /// As a look-up does, which no interrupt ends.
    private static void pause(Duration length) {
        long end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
            Thread.interrupted();
        }
    }

    private void fails(HttpPost post, String words) {
        assertThatThrownBy(() -> post.send(EVENT, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(words)
                .hasMessageNotContaining("Exception");
    }

    @Test
    void nobodyThereIsAFailureInWords() throws Exception {
        URI gone;
        try (Receiver receiver = new Receiver()) {
            gone = receiver.url("/");
        }
        fails(post(gone), "refused");
    }

    /// What it sends when it has got the first bytes of a request, and then for ever.
    private interface Manner {
        void answer(OutputStream out) throws IOException, InterruptedException;
    }

    private interface Attempt {
        void run(URI url) throws Exception;
    }

    private static void with(Manner manner, Attempt attempt) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual()
                    .start(() -> {
                        while (!server.isClosed()) {
                            try (Socket socket = server.accept()) {
                                socket.getInputStream().read();
                                manner.answer(socket.getOutputStream());
                            } catch (IOException e) {
                                // the other end has gone
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }
                    });
            attempt.run(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/"));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void endsInTime(Manner manner, String words) throws Exception {
        with(
                manner,
                url -> {
                    long beginNs = System.nanoTime();
                    fails(post(settings(url, Duration.ofSeconds(1))), words);
                    assertThat(Duration.ofNanos(System.nanoTime() - beginNs))
                            .isLessThan(Duration.ofSeconds(25));
                });
    }

    @Test
    void oneThatHangsIsLeftInTime() throws Exception {
        endsInTime(out -> Thread.sleep(30_000), "no answer");
        endsInTime(
                out -> {
                    out.write(ascii("HTTP/1.1 200 O"));
                    Thread.sleep(30_000);
                },
                "no answer");
    }

    /// A byte comes in time again and again, so no single wait is too long.
    @Test
    void oneThatDribblesIsLeftInTime() throws Exception {
        endsInTime(
                out -> {
                    out.write(ascii("HTTP/1.1 200 OK\r\nX: "));
                    for (int i = 0; i < 300; i++) {
                        out.write('x');
                        Thread.sleep(100);
                    }
                },
                "no answer");
    }

    @Test
    void aHeadWithoutEndIsNoAnswer() throws Exception {
        endsInTime(
                out -> {
                    out.write(ascii("HTTP/1.1 200 OK\r\n"));
                    for (int i = 0; i < 100_000; i++) {
                        out.write(ascii("X-" + i + ": " + "x".repeat(100) + "\r\n"));
                    }
                },
                "");
    }

    /// Of which nothing is read.
    @Test
    void aBodyWithoutEndIsLeft() throws Exception {
        with(
                out -> {
                    out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                    while (true) {
                        out.write(ascii("1000\r\n" + "x".repeat(4096) + "\r\n"));
                    }
                },
                url ->
                        assertThat(post(settings(url, Duration.ofSeconds(20))).send(EVENT, 0))
                                .isEqualTo(200));
    }

    @Test
    void oneThatSpeaksOtherwiseIsAFailureInWords() throws Exception {
        endsInTime(out -> out.write(ascii("SSH-2.0-OpenSSH_9.2\r\n\r\n")), "HTTP/1.1");
        endsInTime(OutputStream::close, "");
    }

    private HttpPost overTls(URI url, Tls identity, String... addresses) {
        return post(
                new WebhookSettings(
                        "hook",
                        url,
                        List.of(),
                        Duration.ofSeconds(10),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(identity.certificate()),
                        url.getHost().startsWith("1")
                                ? List.of()
                                : List.of(IpPrefix.parse("127.0.0.0/8"))),
                addresses);
    }

    /// The name is verified, whatever the address is that it leads to.
    @Test
    void aCertificateMustBeOfTheNameInTheUrl() throws Exception {
        Tls identity = TestIdentity.make(folder, "san=dns:hooks.example,ip:127.0.0.1");
        try (Receiver receiver = new Receiver(TestIdentity.context(identity))) {
            assertThat(
                            overTls(receiver.url("hooks.example", "/"), identity, "127.0.0.1")
                                    .send(EVENT, 0))
                    .isEqualTo(200);
            assertThat(overTls(receiver.url("127.0.0.1", "/"), identity).send(EVENT, 0))
                    .isEqualTo(200);
            fails(overTls(receiver.url("other.example", "/"), identity, "127.0.0.1"), "TLS: ");
            fails(post(receiver.url("127.0.0.1", "/")), "TLS: ");
        }
    }

    @Test
    void anInterruptEndsIt() throws Exception {
        with(
                out -> Thread.sleep(30_000),
                url -> {
                    HttpPost post = post(settings(url, Duration.ofSeconds(60)));
                    Thread sender =
                            Thread.ofPlatform()
                                    .start(() -> {
                                        try {
                                            post.send(EVENT, 0);
                                        } catch (IOException e) {
                                            throw new UncheckedIOException(e);
                                        } catch (InterruptedException e) {
                                            Thread.currentThread().interrupt();
                                        }
                                    });
                    Thread.sleep(100);
                    sender.interrupt();
                    assertThat(sender.join(Duration.ofSeconds(20))).isTrue();
                });
    }
}
