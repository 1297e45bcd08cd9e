// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;

/// What SYN cookies ([SynProxy]) are made with: secrets of 128 bits. The first makes them, all are
/// accepted: so nodes with the same secrets, and clocks that differ by less than a minute, accept
/// each other's. The balancer makes a key of them each hour. Immutable and thread-safe.
///
/// @param secrets 1 to [#MAX], none twice
public record CookieSecrets(List<Secret> secrets) {
    /// The most secrets: for each a forged cookie is as likely again, and a refused one costs as
    /// much again.
    public static final int MAX = 4;

    private static final int DIGITS = 32;

    /// A secret of 128 bits, which [#toString()] does not show. Immutable and thread-safe.
    ///
    /// @param high its first eight bytes, the first byte the uppermost
    /// @param low its last
    public record Secret(long high, long low) {
        /// Shows nothing.
        @Override
        public String toString() {
            return "(secret)";
        }
    }

    /// Copies the secrets.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for none, too many, or one twice
    public CookieSecrets {
        secrets = List.copyOf(requireNonNull(secrets, "secrets"));
        if (secrets.isEmpty() || secrets.size() > MAX) {
            throw wrong(secrets.size() + " secrets of SYN cookies: 1-" + MAX + " can be used");
        }
        if (new HashSet<>(secrets).size() < secrets.size()) {
            throw wrong("a secret of SYN cookies is there twice");
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// Reads secrets. Messages do not show them.
    ///
    /// @param texts 32 hexadecimal digits each, as of `openssl rand -hex 16`
    /// @return the secrets
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others, and for one of zeros
    public static CookieSecrets parse(List<String> texts) {
        List<Secret> all = new ArrayList<>();
        for (String text : requireNonNull(texts, "texts")) {
            if (text.length() != DIGITS || !text.chars().allMatch(HexFormat::isHexDigit)) {
                throw wrong(
                        "secret "
                                + (all.size() + 1)
                                + " of SYN cookies is not 32 hexadecimal digits; make one with"
                                + " \"openssl rand -hex 16\"");
            }
            long high = HexFormat.fromHexDigitsToLong(text, 0, DIGITS / 2);
            long low = HexFormat.fromHexDigitsToLong(text, DIGITS / 2, DIGITS);
            if ((high | low) == 0) {
                throw wrong("secret " + (all.size() + 1) + " of SYN cookies is all zeros");
            }
            all.add(new Secret(high, low));
        }
        return new CookieSecrets(all);
    }

    /// A secret that nobody else has.
    ///
    /// @return one secret
    public static CookieSecrets random() {
        SecureRandom random = new SecureRandom();
        return new CookieSecrets(List.of(new Secret(random.nextLong(), random.nextLong())));
    }
}
