// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The kernel's files about a machine, under a root that a test may choose. What cannot be read is
/// empty.
///
/// @param root the folder that holds `proc` and `sys`: `/`, but for tests
public record HostFiles(Path root) {
    /// A file.
    ///
    /// @param path below the root
    /// @return its text without blanks around it; empty if it cannot be read
    public Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)).strip());
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    /// A file that holds a number.
    ///
    /// @param path below the root
    /// @return the number; empty if it cannot be read, or holds something else
    public OptionalLong number(String path) {
        Optional<String> text = text(path);
        try {
            return text.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(text.get()));
        } catch (NumberFormatException other) {
            return OptionalLong.empty();
        }
    }

    BitSet list(String path) {
        return CpuList.parse(text(path).orElse(""));
    }

    /// The number of a NUMA node; the kernel writes -1 for none.
    OptionalInt node(String path) {
        OptionalLong number = number(path);
        return number.isPresent() && number.getAsLong() >= 0
                ? OptionalInt.of((int) number.getAsLong())
                : OptionalInt.empty();
    }

    /// A field of `/proc/self/status`, such as `Cpus_allowed_list`.
    Optional<String> ofProcess(String field) {
        Matcher matcher =
                Pattern.compile("^" + field + ":\\s*(.*)$", Pattern.MULTILINE)
                        .matcher(text("proc/self/status").orElse(""));
        return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    }

    /// What is in a folder.
    ///
    /// @param folder below the root
    /// @return the names, sorted; none if it cannot be read
    public List<String> names(String folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve(folder))) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (IOException absent) {
            return List.of();
        }
        names.sort(null);
        return names;
    }
}
