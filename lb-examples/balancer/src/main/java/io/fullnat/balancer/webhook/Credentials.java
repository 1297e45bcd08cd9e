// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.BoundedFile;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.text.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// What the files of a webhook hold. Immutable and thread-safe.
///
/// @param token that requests bear; empty if they bear none
/// @param signature of requests; empty if they are not signed
/// @param trust knows the authorities of the receiver's certificate
record Credentials(Optional<String> token, Optional<Signature> signature, SSLContext trust) {
    private static final int MOST_TOKEN = 1024;
    private static final int MOST_CERTIFICATES = 1 << 20;

    /// Reads them.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if a file cannot be used
    static Credentials read(WebhookSettings settings) {
        return new Credentials(
                settings.tokenFile().map(Credentials::token),
                settings.secretFile().map(Signature::read),
                trust(settings.caFile()));
    }

    private static String token(Path file) {
        byte[] bytes = BoundedFile.readSecret(file, MOST_TOKEN, "the token file");
        String token = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        if (!token.matches("[\\x21-\\x7e]+")) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "the token file " + file + " must hold one line of visible ASCII characters");
        }
        return token;
    }

    private static SSLContext trust(Optional<Path> file) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            if (file.isEmpty()) {
                context.init(null, null, null);
                return context;
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates(file.get())) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
            TrustManagerFactory authorities =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            authorities.init(store);
            context.init(null, authorities.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "the certificates of authorities cannot be used: " + Reason.of(e),
                    e);
        }
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws GeneralSecurityException {
        byte[] pem =
                BoundedFile.read(
                        file,
                        MOST_CERTIFICATES,
                        "certificates of authorities",
                        ErrorCode.INVALID_CONFIGURATION);
        Collection<? extends Certificate> found =
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(pem));
        if (found.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, "there is no certificate in " + file);
        }
        return found;
    }
}
