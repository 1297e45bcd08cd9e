// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// How many hugepages the control groups of this process allow it, as the kernel's files say. Where
/// there are more free, the kernel ends who touches them, by SIGBUS. Thread-safe.
public final class HugepageLimit {
    private static final String MOUNT = "sys/fs/cgroup";
    private static final String CONTROLLER = "hugetlb";
    private static final int UNIT = 1024;

    private HugepageLimit() {}

    /// The least that one of the process's groups, or one above it, allows: of version 2
    /// (`hugetlb.2MB.max`), or of version 1 (`hugetlb.2MB.limit_in_bytes`).
    ///
    /// @param root the folder that holds `proc` and `sys`: `/`, but for tests
    /// @param kilobytes of a page
    /// @return bytes; [Long#MAX_VALUE] if there is no limit, or none that can be read
    public static long bytes(Path root, long kilobytes) {
        long least = Long.MAX_VALUE;
        for (String line : text(root.resolve("proc/self/cgroup")).lines().toList()) {
            String[] fields = line.split(":", 3);
            if (fields.length < 3) {
                continue;
            }
            String file = CONTROLLER + "." + size(kilobytes);
            if (fields[1].isEmpty()) {
                least = Math.min(least, upwards(root.resolve(MOUNT), fields[2], file + ".max"));
            } else if (Arrays.asList(fields[1].split(",", -1)).contains(CONTROLLER)) {
                Path mount = root.resolve(MOUNT).resolve(CONTROLLER);
                least = Math.min(least, upwards(mount, fields[2], file + ".limit_in_bytes"));
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
    private static long upwards(Path mount, String group, String file) {
        long least = limit(mount.resolve(file));
        Path at = mount;
        for (String each : group.split("/", -1)) {
            if (each.isEmpty() || each.equals("..")) {
                continue;
            }
            at = at.resolve(each);
            least = Math.min(least, limit(at.resolve(file)));
        }
        return least;
    }

    private static long limit(Path file) {
        String text = text(file).strip();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            return "";
        }
    }
}
