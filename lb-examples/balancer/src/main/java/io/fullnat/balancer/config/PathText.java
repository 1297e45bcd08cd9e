// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Reads names of files as they were typed.
public final class PathText {
    private PathText() {}

    /// A path.
    ///
    /// @param text absolute or not
    /// @return the path, whether there is such a file or not
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if no file can have this name here,
    ///   as one with an umlaut where the system's character set is ASCII
    public static Path parse(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no file can be called \""
                            + text
                            + "\" here: it has a character that the system's character set (LANG) has"
                            + " not, or a zero",
                    e);
        }
    }
}
