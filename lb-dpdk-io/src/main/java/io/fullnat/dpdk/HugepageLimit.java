// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

/// How many hugepages the control groups of this process allow it besides those they hold, as the
/// kernel's files say. Where more are free, the kernel refuses to map them, or ends who touches
/// them, by SIGBUS. Thread-safe.
public final class HugepageLimit {
    private static final String MOUNT = "sys/fs/cgroup";
    private static final String CONTROLLER = "hugetlb";
    private static final int UNIT = 1024;

    /// What a version of control groups calls a limit and what is used of it: of pages that are
    /// touched, and of those that are mapped.
    private enum Version {
        ONE("limit_in_bytes", "usage_in_bytes"),
        TWO("max", "current");

        private final String limit;
        private final String used;

        Version(String limit, String used) {
            this.limit = limit;
            this.used = used;
        }

        private long room(Path group, String size) {
            long least = Long.MAX_VALUE;
            for (String kind : new String[] {"", "rsvd."}) {
                String file = CONTROLLER + "." + size + "." + kind;
                OptionalLong most = number(group.resolve(file + limit));
                if (most.isPresent()) {
                    long held = number(group.resolve(file + used)).orElse(0);
                    least = Math.min(least, Math.max(0, most.getAsLong() - held));
                }
            }
            return least;
        }
    }

    private HugepageLimit() {}

    /// The least that one of the process's groups, or one above it, still allows: of version 2
    /// (`hugetlb.2MB.max`), or of version 1 (`hugetlb.2MB.limit_in_bytes`).
    ///
    /// @param root the folder that holds `proc` and `sys`: `/` for this machine
    /// @param kilobytes of a page
    /// @return bytes; [Long#MAX_VALUE] if there is no limit, or none that can be read
    public static long bytes(Path root, long kilobytes) {
        long least = Long.MAX_VALUE;
        for (String line : text(root.resolve("proc/self/cgroup")).lines().toList()) {
            String[] fields = line.split(":", 3);
            if (fields.length < 3) {
                continue;
            }
            Path mount = root.resolve(MOUNT);
            if (fields[1].isEmpty()) {
                least = Math.min(least, upwards(mount, fields[2], size(kilobytes), Version.TWO));
            } else if (Arrays.asList(fields[1].split(",", -1)).contains(CONTROLLER)) {
                Path own = mount.resolve(CONTROLLER);
                least = Math.min(least, upwards(own, fields[2], size(kilobytes), Version.ONE));
            }
        }
        return least;
    }

    /// As the kernel writes a page's size.
    private static String size(long kilobytes) {
        if (kilobytes < UNIT) {
            return kilobytes + "KB";
        }
        long megabytes = kilobytes / UNIT;
        return megabytes < UNIT ? megabytes + "MB" : megabytes / UNIT + "GB";
    }

    /// A container sees its own group as the mount's root, whatever its path is called outside:
    /// groups that are not there are stepped over.
    private static long upwards(Path mount, String group, String size, Version version) {
        long least = version.room(mount, size);
        Path at = mount;
        for (String each : group.split("/", -1)) {
            if (each.isEmpty() || each.equals("..")) {
                continue;
            }
            try {
                at = at.resolve(each);
            } catch (InvalidPathException unnameable) { // in the characters of this locale
                return least;
            }
            least = Math.min(least, version.room(at, size));
        }
        return least;
    }

    private static OptionalLong number(Path file) {
        String text = text(file).strip();
        return text.matches("\\d{1,18}")
                ? OptionalLong.of(Long.parseLong(text))
                : OptionalLong.empty();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            return "";
        }
    }
}
