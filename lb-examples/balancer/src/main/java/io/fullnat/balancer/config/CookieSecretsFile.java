// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.CookieSecrets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Reads the secrets of SYN cookies: a file that others cannot read, with a secret on each line, of
/// which the first makes cookies.
public final class CookieSecretsFile {
    private static final int MOST = 1024;

    private CookieSecretsFile() {}

    /// Reads a file.
    ///
    /// @param file with 1 to 4 lines of 32 hexadecimal digits
    /// @return the secrets
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if it cannot be read, others can
    ///   read it, or it holds something else, which is not shown
    public static CookieSecrets read(Path file) {
        try {
            byte[] bytes = BoundedFile.readSecret(file, MOST, "the file of secrets of SYN cookies");
            List<String> lines =
                    new String(bytes, StandardCharsets.ISO_8859_1)
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toList();
            return CookieSecrets.parse(lines);
        } catch (BalancerException e) {
            throw e.code() == ErrorCode.INVALID_ARGUMENT
                    ? new BalancerException(
                            ErrorCode.INVALID_CONFIGURATION, file + ": " + e.getMessage())
                    : e;
        }
    }
}
