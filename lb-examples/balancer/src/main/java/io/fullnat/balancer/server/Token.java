// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.BoundedFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// The secret that clients over TCP must know: `Authorization: Bearer TOKEN` (RFC 6750).
/// Thread-safe.
final class Token {
    private static final int LEAST = 16;
    private static final int MOST = 1024;
    private static final String SCHEME = "bearer ";

    private final byte[] digest;

    private Token(String secret) {
        digest = digest(secret);
    }

    /// Reads a token, one line.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if the file cannot be read, is
    ///   open to others, or holds no token
    static Token read(Path file) {
        byte[] bytes = BoundedFile.readSecret(file, MOST, "the token file");
        String secret = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        if (secret.length() < LEAST || !secret.matches("[\\x21-\\x7e]+")) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "the token file "
                            + file
                            + " must hold one line of at least "
                            + LEAST
                            + " visible ASCII characters; openssl rand -hex 32 makes one");
        }
        return new Token(secret);
    }

    /// What tells tokens apart where they must not be shown, as in the audit log.
    ///
    /// @return the first eight digits of its SHA-256 sum
    String fingerprint() {
        return HexFormat.of().formatHex(digest, 0, 4);
    }

    /// Whether a header `Authorization` bears the token. Takes as long for a wrong one as for the
    /// right one.
    boolean isIn(String authorization) {
        return authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                && MessageDigest.isEqual(
                        digest, digest(authorization.substring(SCHEME.length()).strip()));
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
