// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import java.util.List;

/// The objects of the plain verbs. Apart from [Verbs], so that a command that only looks whether it
/// is one loads nothing of picocli, which takes as long as all the rest.
public final class VerbWords {
    public static final List<String> ALL =
            List.of(
                    "service",
                    "server",
                    "laddr",
                    "deny",
                    "allow",
                    "timeout",
                    "leftover",
                    "connection",
                    "template",
                    "ipset",
                    "address",
                    "route",
                    "neighbour",
                    "link",
                    "counters",
                    "trace",
                    "completion");

    /// The shells whose completion `completion` has a script for.
    public static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    private VerbWords() {}
}
