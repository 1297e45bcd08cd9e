// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// What tests need of others: where `-Dnetwork=required`, as `./build` says, they fail without it,
/// elsewhere they are skipped.
public final class Required {
    private Required() {}

    /// A program that judges.
    ///
    /// @param name as its package calls it
    /// @return its file
    public static Path program(String name) {
        Path file = Path.of("/usr/bin", name);
        check(Files.isExecutable(file), file);
        return file;
    }

    /// A folder of a package.
    ///
    /// @param path of the folder
    /// @return the same
    public static Path folder(String path) {
        Path folder = Path.of(path);
        check(Files.isDirectory(folder), folder);
        return folder;
    }

    private static void check(boolean isThere, Path path) {
        if (!isThere && "required".equals(System.getProperty("network"))) {
            throw new IllegalStateException(
                    "there is no " + path + ", and -Dnetwork=required; ./build installs it");
        }
        assumeTrue(isThere, () -> "there is no " + path);
    }
}
