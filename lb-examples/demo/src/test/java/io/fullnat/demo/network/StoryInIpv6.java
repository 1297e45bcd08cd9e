// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.util.ArrayList;
import java.util.List;

/// Tells a story of IPv4's addresses with IPv6's, and compares what was printed, whatever the width
/// of its columns.
final class StoryInIpv6 {
    private StoryInIpv6() {}

    /// A command or action with addresses of IPv6. What is no address stays none.
    static String told(String line) {
        return line.replaceAll("203\\.0\\.113\\.300", "2001:db8:5::300::")
                .replaceAll("203\\.0\\.113\\.(\\d+)/32", "2001:db8:5::$1/128")
                .replaceAll("203\\.0\\.113\\.(\\d+)", "2001:db8:5::$1")
                .replaceAll("192\\.0\\.2\\.80:(\\d+)", "[2001:db8:80::80]:$1")
                .replaceAll("192\\.0\\.2\\.80", "2001:db8:80::80");
    }

    /// The lines that were printed of IPv6 as they would have been of IPv4, without the link-local
    /// addresses that an interface generates.
    static List<String> retold(List<String> printed) {
        List<String> lines = new ArrayList<>();
        boolean generated = false;
        for (String line : printed) {
            if (line.contains(" scope ")) {
                generated = line.contains(" generated ");
            }
            if (!generated) {
                lines.add(retold(line));
            }
        }
        return lines;
    }

    /// What was printed of IPv6 as it would have been of IPv4, with one space for any.
    static String retold(String line) {
        return line.replaceAll("2001:db8:5::300::", "203.0.113.300")
                .replaceAll("\\[2001:db8:5::(\\d+)\\]", "203.0.113.$1")
                .replaceAll("2001:db8:5::1/64", "203.0.113.1/24")
                .replaceAll("2001:db8:5::(\\d+)/128", "203.0.113.$1/32")
                .replaceAll("2001:db8:5::(\\d+)", "203.0.113.$1")
                .replaceAll("\\[2001:db8:80::80\\]", "192.0.2.80")
                .replaceAll("2001:db8:80::80", "192.0.2.80")
                .replaceAll("\\binet6\\b", "inet")
                .replaceAll("is not an IPv[46] address.*", "is not an address")
                .replaceAll("version \\S+ ", "")
                .replaceAll(" +", " ")
                .strip();
    }
}
