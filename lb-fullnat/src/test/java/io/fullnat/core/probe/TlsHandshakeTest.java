// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TlsProbe;
import io.fullnat.api.health.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a [TlsClient] believes of servers.
@Timeout(120)
final class TlsHandshakeTest {
    private static final char[] PASSWORD = "password".toCharArray();
    private static final TlsProbe ANY = new TlsProbe(TlsSettings.UNVERIFIED);

    @TempDir private static Path directory;

    private static SSLContext context;
    private static String trust;

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = directory.resolve("store.p12");
        Process keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                "EC",
                                "-alias",
                                "server",
                                "-dname",
                                "CN=server",
                                "-ext",
                                "san=dns:server.example,ip:127.0.0.1",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .start();
        keytool.getInputStream().transferTo(OutputStream.nullOutputStream());
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD);
        context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        Path pem = directory.resolve("own.pem");
        Files.writeString(
                pem,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("server").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        trust = pem.toString();
    }

    private static Peer peer(Peer.Behaviour behaviour, String... protocols) throws Exception {
        SSLServerSocket server =
                (SSLServerSocket)
                        context.getServerSocketFactory()
                                .createServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
        SSLParameters parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        server.setSSLParameters(parameters);
        return Peer.of(server, behaviour);
    }

    private static void drain(Socket client) throws IOException {
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    @Test
    void aHandshakeIsEnough() throws Exception {
        try (Peer peer = peer(TlsHandshakeTest::drain)) {
            assertThat(peer.probed(ANY)).isEqualTo(ProbeResult.passed("TLSv1.3"));
        }
    }

    @Test
    void aCertificateIsCheckedIfThatIsSaid() throws Exception {
        try (Peer peer = peer(TlsHandshakeTest::drain)) {
            assertThat(peer.probed(new TlsProbe(new TlsSettings(true, "", trust))).passed())
                    .isTrue();
            assertThat(
                            peer.probed(
                                            new TlsProbe(
                                                    new TlsSettings(true, "server.example", trust)))
                                    .passed())
                    .isTrue();
            assertThat(
                            peer.probed(new TlsProbe(new TlsSettings(true, "other.example", trust)))
                                    .detail())
                    .startsWith("TLS: ")
                    .contains("other.example");
            assertThat(peer.probed(new TlsProbe(new TlsSettings(true, "", ""))).detail())
                    .startsWith("TLS: ")
                    .contains("unable to find valid certification path");
        }
    }

    @Test
    void aTrustFileThatIsReplacedIsReadAgain(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("trust.pem");
        Files.copy(Path.of(trust), file);
        TlsProbe probe = new TlsProbe(new TlsSettings(true, "", file.toString()));
        HealthProbe client = new SocketProbes().create(probe);
        try (Peer peer = peer(TlsHandshakeTest::drain)) {
            ProbeTarget target = new ProbeTarget(peer.endpoint(), Optional.empty(), Peer.LONG);
            assertThat(client.probe(target).passed()).isTrue();
            Files.delete(file);
            assertThat(client.probe(target).detail()).startsWith("cannot use trust " + file);
            Files.copy(Path.of(trust), file);
            assertThat(client.probe(target).passed()).isTrue();
        }
    }

    @Test
    void aTrustFileThatCannotBeReadIsNamed() throws Exception {
        try (Peer peer = peer(TlsHandshakeTest::drain)) {
            assertThat(
                            peer.probed(new TlsProbe(new TlsSettings(true, "", "/no/such.pem")))
                                    .detail())
                    .startsWith("cannot use trust /no/such.pem: ");
            assertThat(peer.probed(new TlsProbe(new TlsSettings(true, "", "/dev/zero"))).detail())
                    .startsWith("cannot use trust /dev/zero: not a file");
        }
    }

    @Test
    void tellsTheNameThatIsSaidAndResumesNoSession() throws Exception {
        BlockingQueue<List<SNIServerName>> names = new LinkedBlockingQueue<>();
        BlockingQueue<String> sessions = new LinkedBlockingQueue<>();
        try (Peer peer =
                peer(client -> {
                    SSLSocket socket = (SSLSocket) client;
                    socket.startHandshake();
                    names.add(((ExtendedSSLSession) socket.getSession()).getRequestedServerNames());
                    sessions.add(HexFormat.of().formatHex(socket.getSession().getId()));
                    drain(client);
                })) {
            TlsProbe named = new TlsProbe(new TlsSettings(false, "server.example", ""));
            assertThat(peer.probed(named).passed()).isTrue();
            assertThat(peer.probed(named).passed()).isTrue();
            assertThat(peer.probed(ANY).passed()).isTrue();
            assertThat(names.take()).hasSize(1);
            assertThat(names.take()).hasSize(1);
            assertThat(names.take()).isEmpty();
            assertThat(sessions.take()).isNotEqualTo(sessions.take());
        }
    }

    @Test
    void whatIsNoHandshakeIsDown() throws Exception {
        try (Peer garbage = Peer.saying("HTTP/1.1 400 Bad Request\r\n\r\n");
                Peer reset = Peer.resetting();
                Peer silent = Peer.saying("");
                Peer dripping = Peer.dripping("\26\3\3\77\0", "\2")) {
            assertThat(garbage.probed(ANY).detail()).startsWith("TLS: ");
            assertThat(reset.probed(ANY).passed()).isFalse();
            assertThat(silent.probedBriefly(ANY))
                    .isEqualTo(ProbeResult.failed("no answer within 300 ms"));
            assertThat(dripping.probedBriefly(ANY))
                    .isEqualTo(ProbeResult.failed("no answer within 300 ms"));
        }
    }

    @Test
    void asksHttpOverTls() throws Exception {
        HttpProbe.Builder probe = HttpProbe.builder().tls(TlsSettings.UNVERIFIED);
        try (Peer http1 =
                        peer(
                                client -> {
                                    Peer.say(client, "HTTP/1.1 200 OK\r\n\r\n");
                                    drain(client);
                                },
                                "http/1.1");
                Peer http2 =
                        peer(
                                client -> {
                                    InputStream in = client.getInputStream();
                                    in.readNBytes(24);
                                    client.getOutputStream()
                                            .write(
                                                    HexFormat.of()
                                                            .parseHex(
                                                                    "000000040000000000"
                                                                            + "000001010500000001"
                                                                            + "88"));
                                    drain(client);
                                },
                                "h2")) {
            HttpProbe one = probe.build();
            HttpProbe two = probe.version(HttpProbe.Version.HTTP_2).build();
            assertThat(http1.probed(one)).isEqualTo(ProbeResult.passed("HTTP status 200"));
            assertThat(http2.probed(two)).isEqualTo(ProbeResult.passed("HTTP status 200"));
            assertThat(http1.probed(two).passed()).isFalse();
        }
    }
}
