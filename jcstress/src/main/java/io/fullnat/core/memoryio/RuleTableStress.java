// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Rules of an address come while others go: nobody sees half of either, and none is lost.
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the old rules")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "the new ones")
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "half of what belongs together")
@State
public class RuleTableStress {
    private static final String OLD = "10.0.0.1";
    private static final String NEW = "10.0.0.2";

    private final RuleTable table = new RuleTable("lan", 2, 8);
    private final FlowRules.Installed old = table.install(rules(OLD));

    private static List<FlowRule> rules(String address) {
        return List.of(rule(address, 0), rule(address, 1));
    }

    private static FlowRule rule(String address, int queue) {
        return new FlowRule(Protocol.TCP, 0, IpAddress.parse(address), queue, 1, queue);
    }

    /// Control.
    @Actor
    public void control() {
        FlowRules.Installed _ = table.install(rules(NEW));
        old.remove();
    }

    /// A sender.
    @Actor
    public void sender(I_Result result) {
        List<String> seen =
                table.rules().stream().map(rule -> rule.destination().toString()).toList();
        long before = seen.stream().filter(OLD::equals).count();
        long after = seen.size() - before;
        boolean whole = before % 2 == 0 && after % 2 == 0;
        result.r1 = whole ? (int) (before / 2 + after) : -1;
    }
}
