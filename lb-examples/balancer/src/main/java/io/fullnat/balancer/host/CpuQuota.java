// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringTokenizer;

/// How much processor time the cgroups of this process grant: the least that one of them and of
/// those above it does. Version 2 says it in `cpu.max`, version 1 in two files.
final class CpuQuota {
    private static final String MOUNT = "sys/fs/cgroup";
    private static final List<String> CONTROLLERS_V1 = List.of("cpu,cpuacct", "cpu");

    private final HostFiles files;
    private double least = Double.POSITIVE_INFINITY;

    private CpuQuota(HostFiles files) {
        this.files = files;
    }

    /// The quota.
    ///
    /// @return CPUs; empty if there is no limit, or none that can be read
    static OptionalDouble read(HostFiles files) {
        CpuQuota quota = new CpuQuota(files);
        files.text("proc/self/cgroup").orElse("").lines().forEach(quota::readHierarchy);
        return Double.isInfinite(quota.least)
                ? OptionalDouble.empty()
                : OptionalDouble.of(quota.least);
    }

    /// @param line `hierarchy:controllers:/path`; the controllers of version 2 are left empty
    private void readHierarchy(String line) {
        int first = line.indexOf(':');
        int second = line.indexOf(':', first + 1);
        if (second < 0) {
            return;
        }
        String controllers = line.substring(first + 1, second);
        String path = line.substring(second + 1);
        if (controllers.isEmpty()) {
            eachUpwards(MOUNT, path, true);
        } else if (Arrays.asList(controllers.split(",", -1)).contains("cpu")) {
            CONTROLLERS_V1.forEach(name -> eachUpwards(MOUNT + "/" + name, path, false));
        }
    }

    /// A container sees its own group as the mount's root, whatever its path is called outside:
    /// groups that are not there are stepped over.
    private void eachUpwards(String mount, String path, boolean unified) {
        for (String at = path.equals("/") ? "" : path;
                ;
                at = at.substring(0, at.lastIndexOf('/'))) {
            if (unified) {
                readUnified(mount + at);
            } else {
                readLegacy(mount + at);
            }
            if (at.lastIndexOf('/') < 0) {
                return;
            }
        }
    }

    private void readUnified(String group) {
        Optional<String> text = files.text(group + "/cpu.max");
        if (text.isEmpty()) {
            return;
        }
        StringTokenizer words = new StringTokenizer(text.get());
        if (words.countTokens() == 2) {
            limit(words.nextToken(), words.nextToken());
        }
    }

    private void readLegacy(String group) {
        limit(
                files.text(group + "/cpu.cfs_quota_us").orElse(""),
                files.text(group + "/cpu.cfs_period_us").orElse(""));
    }

    /// `max`, -1 and what is no number set no limit.
    private void limit(String quota, String period) {
        if (quota.matches("\\d{1,15}") && period.matches("[1-9]\\d{0,14}")) {
            least = Math.min(least, Double.parseDouble(quota) / Double.parseDouble(period));
        }
    }
}
