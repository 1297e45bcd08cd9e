// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.BoundedFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as Standard Webhooks 1.0 has it, so that receivers need no code of their own: the
/// HMAC-SHA256 of id, time and body. Immutable and thread-safe.
final class Signature {
    private static final String PREFIX = "whsec_";
    private static final int LEAST = 24;
    private static final int MOST = 64;
    private static final int MOST_FILE = 256;
    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] key;

    private Signature(byte[] key) {
        this.key = key;
    }

    /// Reads a secret, one line.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if the file cannot be read, is
    ///   open to others, or holds no secret
    static Signature read(Path file) {
        byte[] bytes = BoundedFile.readSecret(file, MOST_FILE, "the secret file");
        return of(new String(bytes, StandardCharsets.ISO_8859_1).strip(), file);
    }

    static Signature of(String secret, Path file) {
        byte[] key = new byte[0];
        try {
            if (secret.startsWith(PREFIX)) {
                key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            }
        } catch (IllegalArgumentException e) {
            key = new byte[0]; // the text is not shown: it may well be the secret
        }
        if (key.length < LEAST || key.length > MOST) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "the secret file "
                            + file
                            + " must hold one line: "
                            + PREFIX
                            + " and "
                            + LEAST
                            + "-"
                            + MOST
                            + " bytes in base64; echo "
                            + PREFIX
                            + "$(openssl rand -base64 32) makes one");
        }
        return new Signature(key);
    }

    /// The header `webhook-signature`.
    ///
    /// @param id the header `webhook-id`
    /// @param seconds the header `webhook-timestamp`
    /// @param body the request's
    String sign(String id, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update((id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
