// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.balancer.cli.dpip.Dpip;
import io.fullnat.balancer.cli.ipvsadm.Ipvsadm;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.cli.verbs.Verbs;
import io.fullnat.balancer.text.Spelling;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Leads a line to the grammar that reads it.
final class Grammar {
    private Grammar() {}

    static Set<String> words() {
        Set<String> words = new LinkedHashSet<>(List.of("ipvsadm", "dpip"));
        words.addAll(VerbWords.ALL);
        return words;
    }

    /// What a line asks for.
    ///
    /// @throws io.fullnat.api.BalancerException if the line is wrong or asks for what is not built
    static Request parse(List<String> line) {
        if (line.isEmpty()) {
            throw Refusal.invalid("no command given; see \"fullnat --help\"");
        }
        List<String> rest = line.subList(1, line.size());
        return switch (line.getFirst()) {
            case "ipvsadm" -> Ipvsadm.parse(rest);
            case "dpip" -> Dpip.parse(rest);
            default -> {
                String object = line.getFirst();
                if (!VerbWords.ALL.contains(object)) {
                    throw Refusal.invalid(
                            "unknown command \""
                                    + object
                                    + "\""
                                    + Spelling.hint(object, words())
                                    + "; see \"fullnat --help\"");
                }
                yield Verbs.parse(line);
            }
        };
    }
}
