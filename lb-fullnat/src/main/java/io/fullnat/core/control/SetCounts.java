// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.SetUse;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.set.UseCount;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What access rules decide by sets: a count for each rule that names one, as long as the rule is
/// there, and for each set the sum of those that are gone. Owned by the control thread; read by any
/// thread, as the last transaction left it.
final class SetCounts {
    private final UseCount.Source source;
    private final Map<Use, UseCount> counts = new HashMap<>();
    private volatile Picture picture = new Picture(Map.of(), Map.of());

    /// A rule of a service.
    private record Use(ServiceKey service, AccessRule rule) {}

    /// A count, and what it was when its service's counts were set to zero.
    private record Line(Use use, UseCount count, long zero) {
        boolean refuses() {
            return use.rule.action() == AccessRule.Action.DENY;
        }

        SetUse shown() {
            return new SetUse(use.service, use.rule, count.sum() - zero);
        }
    }

    private record Past(long refused, long admitted) {
        static final Past NONE = new Past(0, 0);

        Past plus(Line line) {
            long sum = line.count.sum();
            return line.refuses()
                    ? new Past(refused + sum, admitted)
                    : new Past(refused, admitted + sum);
        }
    }

    /// What readers see.
    ///
    /// @param lines of rules in force
    /// @param past what the rules that are gone have decided, by set; all sets there are
    private record Picture(Map<Use, Line> lines, Map<String, Past> past) {}

    SetCounts(int workers) {
        source = new UseCount.Source(workers);
    }

    /// Where a rule counts; the same place as long as the rule is there.
    UseCount of(ServiceKey service, AccessRule rule) {
        return counts.computeIfAbsent(new Use(service, rule), use -> source.next());
    }

    /// A state has come into force: the counts of rules that it does not have go into the past.
    ///
    /// @param zeroed services whose counts begin at zero with it; empty for all
    void follow(DesiredState state, Set<Optional<ServiceKey>> zeroed) {
        Picture before = picture;
        if (state.sets().isEmpty() && before.past.isEmpty()) {
            return;
        }
        Map<Use, Line> lines = new LinkedHashMap<>();
        for (VirtualService service : state.services().values()) {
            for (AccessRule rule : service.accessRules()) {
                if (rule.clients() instanceof Clients.InSet) {
                    Use use = new Use(service.key(), rule);
                    UseCount count = of(use.service, use.rule);
                    Line known = before.lines.get(use);
                    boolean zero =
                            zeroed.contains(Optional.<ServiceKey>empty())
                                    || zeroed.contains(Optional.of(use.service));
                    long from = known == null ? 0 : known.zero;
                    lines.put(use, new Line(use, count, zero ? count.sum() : from));
                }
            }
        }
        Map<String, Past> past = new TreeMap<>();
        for (String name : state.sets().keySet()) {
            past.put(name, before.past.getOrDefault(name, Past.NONE));
        }
        before.lines.forEach((use, line) -> {
            if (!lines.containsKey(use)) {
                past.computeIfPresent(set(use), (name, sum) -> sum.plus(line));
            }
        });
        counts.keySet().retainAll(lines.keySet());
        picture = new Picture(lines, past);
    }

    private static String set(Use use) {
        return use.rule.clients() instanceof Clients.InSet(String name, boolean _) ? name : "";
    }

    /// As it is now, by name. Any thread.
    List<SetStatus> read() {
        Picture now = picture;
        Map<String, List<Line>> bySet = new HashMap<>();
        now.lines
                .values()
                .forEach(line ->
                        bySet.computeIfAbsent(set(line.use), name -> new ArrayList<>()).add(line));
        List<SetStatus> all = new ArrayList<>();
        now.past.forEach((name, past) -> all.add(status(name, past, bySet.get(name))));
        return all;
    }

    private static SetStatus status(String name, Past past, @Nullable List<Line> lines) {
        List<SetUse> uses = new ArrayList<>();
        Past sum = past;
        for (Line line : lines == null ? List.<Line>of() : lines) {
            sum = sum.plus(line);
            uses.add(line.shown());
        }
        return new SetStatus(name, sum.refused, sum.admitted, uses);
    }
}
