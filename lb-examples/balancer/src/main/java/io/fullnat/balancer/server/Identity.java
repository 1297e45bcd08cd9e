// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.BoundedFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server's TLS identity from PEM files.
final class Identity {
    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
    private static final Pattern KEY =
            Pattern.compile(
                    "-----BEGIN PRIVATE KEY-----\\s([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    /// Bytes of a file; chains of dozens of certificates have less.
    private static final int MOST = 1 << 20;

    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "Ed25519");

    private Identity() {}

    /// Reads certificate chain and key.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] naming the file and what is
    ///   wrong with it
    static SSLContext read(ApiSettings.Tls tls) {
        X509Certificate[] chain = chain(tls.certificate());
        PrivateKey key = key(tls.key());
        if (!belong(chain[0], key)) {
            throw wrong(apart(tls), null);
        }
        if (chain[0].getNotAfter().toInstant().isBefore(Instant.now())) {
            LOG.warn(
                    "the certificate in {} is not valid since {}",
                    tls.certificate(),
                    chain[0].getNotAfter().toInstant());
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("api", key, new char[0], chain);
            KeyManagerFactory keys =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw wrong(apart(tls), e);
        }
    }

    private static String apart(ApiSettings.Tls tls) {
        return tls.certificate() + " and " + tls.key() + " do not go together";
    }

    /// Whether what the key signs the certificate confirms: after one of both files was replaced
    /// and the other not yet, no client would be served.
    private static boolean belong(X509Certificate certificate, PrivateKey key) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> "Ed25519";
                };
        byte[] text = certificate.getSerialNumber().toByteArray();
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // a key of another kind
        }
    }

    private static X509Certificate[] chain(Path file) {
        try {
            InputStream in =
                    new ByteArrayInputStream(
                            BoundedFile.read(
                                    file,
                                    MOST,
                                    "a certificate file",
                                    ErrorCode.INVALID_CONFIGURATION));
            Collection<? extends Certificate> chain =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (chain.isEmpty()) {
                throw wrong(file + " holds no PEM certificate", null);
            }
            return chain.toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException e) {
            throw wrong(file + " holds no certificate chain in PEM", e);
        }
    }

    private static PrivateKey key(Path file) {
        try {
            Matcher pem = KEY.matcher(text(file));
            if (!pem.find()) {
                throw wrong(
                        file
                                + " holds no unencrypted PKCS #8 key (\"BEGIN PRIVATE KEY\");"
                                + " openssl pkcs8 -topk8 -nodes makes one of other forms",
                        null);
            }
            byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
            return key(file, new PKCS8EncodedKeySpec(encoded));
        } catch (IllegalArgumentException e) {
            throw wrong(file + " holds no key: what stands between BEGIN and END is damaged", e);
        }
    }

    private static String text(Path file) {
        return new String(
                BoundedFile.readSecret(file, MOST, "the key"), StandardCharsets.ISO_8859_1);
    }

    private static PrivateKey key(Path file, PKCS8EncodedKeySpec encoded) {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException e) {
                // It is a key of another algorithm.
            } catch (GeneralSecurityException e) {
                throw wrong("this JVM cannot read keys of " + algorithm + ", for " + file, e);
            }
        }
        throw wrong(file + " is no key of " + String.join(", ", ALGORITHMS), null);
    }

    private static BalancerException wrong(
            String message, @org.jspecify.annotations.Nullable Exception cause) {
        return cause == null
                ? new BalancerException(ErrorCode.INVALID_CONFIGURATION, message)
                : new BalancerException(ErrorCode.INVALID_CONFIGURATION, message, cause);
    }
}
