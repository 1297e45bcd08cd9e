// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/// The files that an `include` means: glob(7), from the folder of the file that it stands in.
final class Includes {
    /// They differ in what keepalived complains of, which is all told here.
    static final Set<String> KEYWORDS =
            Set.of("include", "includer", "includem", "includew", "includeb", "includea");

    private static final String WILD = ".*[*?\\[{].*";

    private Includes() {}

    /// Looks for them.
    ///
    /// @param from the file with the line
    /// @param pattern behind the keyword
    /// @return sorted as the shell sorts
    static List<Path> files(Path from, String pattern) {
        Path folder = from.toAbsolutePath().getParent();
        List<Path> found =
                List.of(pattern.startsWith("/") || folder == null ? Path.of("/") : folder);
        for (String part : pattern.split("/+", -1)) {
            if (!part.isEmpty()) {
                List<Path> deeper = new ArrayList<>();
                found.forEach(each -> deeper.addAll(within(each, part)));
                found = deeper;
            }
        }
        return found.stream().filter(Files::isRegularFile).toList();
    }

    private static List<Path> within(Path folder, String part) {
        try {
            if (!part.matches(WILD)) {
                Path one = folder.resolve(part).normalize();
                return Files.exists(one) ? List.of(one) : List.of();
            }
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + part);
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> isMeant(file, part, matcher)).sorted().toList();
            }
        } catch (IOException
                | UncheckedIOException
                | InvalidPathException
                | PatternSyntaxException e) {
            return List.of();
        }
    }

    private static boolean isMeant(Path file, String part, PathMatcher matcher) {
        Path name = file.getFileName();
        boolean hidden = name.toString().startsWith(".") && !part.startsWith(".");
        return !hidden && matcher.matches(name);
    }
}
