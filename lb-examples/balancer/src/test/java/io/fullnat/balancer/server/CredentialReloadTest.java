// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.Required;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ApiSettings.Tcp;
import io.fullnat.balancer.config.ApiSettings.Tls;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Certificate, key and token are read again; what is wrong with them changes nothing.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class CredentialReloadTest {
    private static final String OLD = "old-0123456789abcdef";
    private static final String NEW = "new-0123456789abcdef";

    @TempDir static Path identities;
    private static Tls first = new Tls(Path.of("c"), Path.of("k"));
    private static Tls second = first;

    @TempDir Path folder;
    private final ApiRig rig = new ApiRig();
    private Tls used = first;
    private Path token = Path.of("");
    private ApiServer server;

    @BeforeAll
    static void makeIdentities() throws Exception {
        first = TestIdentity.make(Files.createDirectory(identities.resolve("first")));
        second = TestIdentity.make(Files.createDirectory(identities.resolve("second")));
    }

    @BeforeEach
    void open() throws IOException {
        used = new Tls(folder.resolve("cert.pem"), folder.resolve("key.pem"));
        token = folder.resolve("token");
        use(first);
        write(OLD);
        server =
                ApiServer.start(
                        new ApiSettings(Optional.empty(), Optional.of(tcp())), rig, rig.runner);
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    private Tcp tcp() {
        return new Tcp(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.of(used),
                Optional.of(token));
    }

    private void use(Tls identity) throws IOException {
        Files.copy(identity.certificate(), used.certificate(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(
                identity.key(),
                used.key(),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    private void write(String secret) throws IOException {
        Files.writeString(token, secret);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    }

    /// What a reload does, with a file that says what it said at the start.
    private void reload() {
        Configuration started = ConfigurationFile.parse("f", "ports: [{name: a, device: 'null:'}]");
        server.prepare(
                        new Configuration(
                                started.workers(),
                                started.memory(),
                                started.ports(),
                                new ApiSettings(Optional.empty(), Optional.of(tcp())),
                                started.punting(),
                                started.arp(),
                                started.addresses(),
                                started.routes(),
                                started.neighbours(),
                                started.timeouts(),
                                started.services(),
                                started.unusedPorts(),
                                started.log()))
                .run();
    }

    /// What the JDK's own client gets.
    private int status(SSLContext client, String secret) throws IOException {
        URI uri = URI.create("https://127.0.0.1:" + server.tcpPort().orElseThrow() + "/v2/health");
        HttpsURLConnection connection = (HttpsURLConnection) uri.toURL().openConnection();
        connection.setSSLSocketFactory(client.getSocketFactory());
        connection.setRequestProperty("Authorization", "Bearer " + secret);
        connection.setRequestProperty("Connection", "close");
        return connection.getResponseCode();
    }

    private static SSLContext trusting(Tls identity) throws Exception {
        return TestIdentity.trusting(identity);
    }

    @Test
    void clientsSeeTheNewCertificateAndOldConnectionsGoOn() throws Exception {
        SSLContext old = trusting(first);
        SSLContext fresh = trusting(second);
        try (SSLSocket standing =
                (SSLSocket)
                        old.getSocketFactory()
                                .createSocket(
                                        InetAddress.getLoopbackAddress(),
                                        server.tcpPort().orElseThrow())) {
            assertThat(health(standing)).startsWith("HTTP/1.1 200 ");
            assertThat(status(old, OLD)).isEqualTo(200);
            assertThatThrownBy(() -> status(fresh, OLD)).isInstanceOf(SSLHandshakeException.class);

            use(second);
            reload();

            assertThat(status(fresh, OLD)).isEqualTo(200);
            assertThatThrownBy(() -> status(old, OLD))
                    .as("also with a session of before")
                    .isInstanceOf(SSLHandshakeException.class);
            assertThat(health(standing)).as("a connection of before").startsWith("HTTP/1.1 200 ");
        }
    }

    /// As programs of another kind see it.
    @Test
    void curlSeesTheNewCertificate() throws Exception {
        assertThat(curl(first)).isEqualTo("200");
        use(second);
        reload();
        assertThat(curl(second)).isEqualTo("200");
        assertThat(curl(first)).isEqualTo("000");
    }

    private String curl(Tls trusted) throws Exception {
        Process curl =
                new ProcessBuilder(
                                Required.program("curl").toString(),
                                "--silent",
                                "--noproxy",
                                "*",
                                "--cacert",
                                trusted.certificate().toString(),
                                "--header",
                                "Authorization: Bearer " + OLD,
                                "--output",
                                "/dev/null",
                                "--write-out",
                                "%{http_code}",
                                "https://127.0.0.1:"
                                        + server.tcpPort().orElseThrow()
                                        + "/v2/health")
                        .start();
        String status = new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        curl.waitFor();
        return status;
    }

    /// One more request on a connection.
    private static String health(SSLSocket socket) throws IOException {
        socket.getOutputStream()
                .write(
                        ("GET /v2/health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                        + OLD
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        String length = head.toString().replaceFirst("(?is).*content-length: *([0-9]+).*", "$1");
        in.readNBytes(Integer.parseInt(length));
        return head.toString();
    }

    @Test
    void theNewTokenIsTakenAndTheOldOneNoMore() throws Exception {
        SSLContext client = trusting(first);
        assertThat(status(client, OLD)).isEqualTo(200);
        assertThat(status(client, NEW)).isEqualTo(401);
        write(NEW);
        assertThat(status(client, NEW)).as("before the reload").isEqualTo(401);
        reload();
        assertThat(status(client, NEW)).isEqualTo(200);
        assertThat(status(client, OLD)).isEqualTo(401);
    }

    @Test
    void whatIsWrongIsSaidAndChangesNothing() throws Exception {
        SSLContext client = trusting(first);
        Files.copy(second.certificate(), used.certificate(), StandardCopyOption.REPLACE_EXISTING);
        write(NEW);
        refused("do not go together"); // the key has not been replaced yet
        Files.writeString(used.certificate(), "-----BEGIN CERTIFICATE-----\nAAAA");
        refused("no certificate chain in PEM");
        Files.writeString(used.certificate(), "");
        refused("no PEM certificate");
        Files.delete(used.certificate());
        refused("there is no file");
        use(second);
        write("short");
        refused("at least 16");
        Files.delete(token);
        refused("cannot read the token file");

        assertThat(status(client, OLD)).as("nothing has changed").isEqualTo(200);
        assertThat(status(client, NEW)).isEqualTo(401);
    }

    private void refused(String words) {
        assertThatThrownBy(this::reload)
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(words)
                .hasMessageContaining(folder.toString());
    }
}
