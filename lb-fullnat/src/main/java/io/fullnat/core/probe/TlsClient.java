// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS over a probe's connection. No session is resumed: each probe sees the certificate that the
/// server has now. Thread-safe.
final class TlsClient {
    private static final long MAX_TRUST_FILE = 1 << 20;

    private final TlsSettings settings;
    private volatile @Nullable Trust trust;

    /// What is believed, and the file that said so: another one is read when it is there.
    private static final class Trust {
        final TrustManager[] managers;
        final String file;

        Trust(TrustManager[] managers, String file) {
            this.managers = managers;
            this.file = file;
        }
    }

    TlsClient(TlsSettings settings) {
        this.settings = settings;
    }

    /// Shakes hands.
    ///
    /// @param raw closes what is returned when it is closed
    /// @param target whom it leads to
    /// @param protocols to choose from (ALPN, RFC 7301); may be none
    /// @return ready for data
    SSLSocket over(ProbeSocket raw, ProbeTarget target, String... protocols) throws IOException {
        String name =
                settings.serverName().isEmpty()
                        ? target.endpoint().address().toString()
                        : settings.serverName();
        SSLSocket socket =
                (SSLSocket)
                        context()
                                .getSocketFactory()
                                .createSocket(raw, name, target.endpoint().port(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(
                settings.serverName().isEmpty() ? List.of() : List.of(new SNIHostName(name)));
        if (settings.verified()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /// Says goodbye, so that the server need not take it for an attack; waits for nothing.
    static void end(SSLSocket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException gone) {
            // then it need not be told
        }
    }

    /// A context of its own for each handshake, for it would keep sessions.
    private SSLContext context() throws IOException {
        try {
            String file = stamp();
            Trust present = trust;
            if (present == null || !present.file.equals(file)) {
                present =
                        new Trust(
                                settings.verified()
                                        ? authorities()
                                        : new TrustManager[] {new Trusting()},
                                file);
                trust = present;
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, present.managers, null);
            return context;
        } catch (GeneralSecurityException | IOException wrong) {
            throw new BadAnswerException(
                    "cannot use "
                            + (settings.trustFile().isEmpty()
                                    ? "the authorities of the Java runtime"
                                    : "trust " + settings.trustFile())
                            + ": "
                            + FailureText.printed(wrong.getMessage()));
        }
    }

    /// By which another file is told from the one that was read; empty if there is none.
    private String stamp() throws IOException {
        if (!settings.verified() || settings.trustFile().isEmpty()) {
            return "";
        }
        BasicFileAttributes file =
                Files.readAttributes(Path.of(settings.trustFile()), BasicFileAttributes.class);
        return file.lastModifiedTime() + " " + file.size() + " " + file.fileKey();
    }

    private TrustManager[] authorities() throws GeneralSecurityException, IOException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        if (settings.trustFile().isEmpty()) {
            factory.init((KeyStore) null);
            return factory.getTrustManagers();
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        Path file = Path.of(settings.trustFile());
        if (!Files.isRegularFile(file) || Files.size(file) > MAX_TRUST_FILE) {
            throw new IOException("not a file of at most " + MAX_TRUST_FILE + " bytes");
        }
        try (InputStream in = Files.newInputStream(file)) {
            int number = 0;
            for (Certificate one :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority-" + number, one);
                number++;
            }
        }
        factory.init(store);
        return factory.getTrustManagers();
    }

    /// Believes all.
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
