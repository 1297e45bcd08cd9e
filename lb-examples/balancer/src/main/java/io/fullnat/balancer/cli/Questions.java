// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import java.util.List;
import java.util.Set;

/// Tells lines that only ask from those that are to change something, also where a line is too
/// wrong to be read.
final class Questions {
    private static final Set<String> ASKING =
            Set.of(
                    "list",
                    "show",
                    "help",
                    "-h",
                    "--help",
                    "-V",
                    "--version",
                    "counters",
                    "trace",
                    "save",
                    "test");
    private static final String IPVSADM_LETTERS = "LlSGBWhv";
    private static final Set<String> IPVSADM_WORDS =
            Set.of("--list", "--save", "--get-laddr", "--get-blklst", "--get-whtlst", "--version");

    private Questions() {}

    /// Whether a line can be one that only asks.
    static boolean mayBe(List<String> line) {
        if (line.size() < 2 || line.stream().limit(4).anyMatch(ASKING::contains)) {
            return true;
        }
        String first = line.get(1);
        return line.getFirst().equals("ipvsadm")
                && (IPVSADM_WORDS.contains(first)
                        || (first.length() > 1
                                && first.charAt(0) == '-'
                                && IPVSADM_LETTERS.indexOf(first.charAt(1)) >= 0));
    }
}
