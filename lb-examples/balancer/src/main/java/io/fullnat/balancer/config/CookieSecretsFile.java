// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

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
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (mode.contains(PosixFilePermission.OTHERS_READ)
                    || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw wrong("others can read or write " + file + "; chmod o-rwx it");
            }
            byte[] bytes =
                    BoundedFile.read(
                            file,
                            MOST,
                            "a file of secrets of SYN cookies",
                            ErrorCode.INVALID_CONFIGURATION);
            List<String> lines =
                    new String(bytes, StandardCharsets.ISO_8859_1)
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toList();
            return CookieSecrets.parse(lines);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "cannot read the secrets of SYN cookies in " + file + ": " + Reason.of(e),
                    e);
        } catch (BalancerException e) {
            throw e.code() == ErrorCode.INVALID_ARGUMENT ? wrong(file + ": " + e.getMessage()) : e;
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
