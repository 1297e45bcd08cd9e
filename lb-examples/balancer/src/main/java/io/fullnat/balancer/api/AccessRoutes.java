// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.AccessRule.Action;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.api.Edit.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Who may connect: `/vs/{VipPort}/deny` and `/allow`. Thread-safe.
final class AccessRoutes {
    private static final String LIST = "AclAddrList";

    private final Control control;

    AccessRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return Stream.of(
                        of(Action.DENY, ServiceRoutes.ONE + "/deny", "clients kept out"),
                        of(Action.ALLOW, ServiceRoutes.ONE + "/allow", "clients admitted"))
                .flatMap(List::stream)
                .toList();
    }

    private List<ApiRoute> of(Action action, String path, String whom) {
        return List.of(
                ApiRoute.of("GET", path, "The " + whom, call -> get(call, action))
                        .answers(200, LIST),
                ApiRoute.of("PUT", path, "Adds to the " + whom, call -> put(call, action))
                        .takes(LIST)
                        .answers(200, "Outcome"),
                ApiRoute.of("POST", path, "Replaces the " + whom, call -> post(call, action))
                        .takes(LIST)
                        .answers(200, "Outcome"),
                ApiRoute.of(
                                "DELETE",
                                path,
                                "Removes from the " + whom,
                                call -> delete(call, action))
                        .takes(LIST)
                        .answers(200, "Outcome"));
    }

    private Reply get(Call call, Action action) {
        return Reply.ok(ServiceModels.rules(ServiceRoutes.find(control, call).service(), action));
    }

    private static Set<AccessRule> wishes(Call call, Action action) {
        Set<AccessRule> rules = new LinkedHashSet<>();
        int index = 0;
        for (JsonNode item : call.body().path("Items")) {
            String path = "$.Items[" + index++ + "]";
            String set = item.path("ipset").asText();
            if (item.has("addr") == !set.isEmpty()) {
                throw Failure.invalid(
                        path
                                + (set.isEmpty()
                                        ? ".addr is missing"
                                        : ": give addr or ipset, not both"));
            }
            Clients clients =
                    set.isEmpty()
                            ? new Clients.Network(IpPrefix.parse(item.path("addr").asText()))
                            : Clients.parse(Clients.SET + set);
            if (!rules.add(new AccessRule(action, clients))) {
                throw Failure.invalid(path + ": " + clients + " is there twice");
            }
        }
        return rules;
    }

    private static List<AccessRule> present(DesiredState present, ServiceKey key) {
        return Edit.service(present, key).accessRules();
    }

    private Reply put(Call call, Action action) {
        ServiceKey key = ServiceRoutes.key(call);
        Set<AccessRule> wishes = wishes(call, action);
        return Edit.apply(
                control,
                state -> {
                    List<AccessRule> there = present(state, key);
                    return Edit.of(adding(key, wishes, there), Outcome.CHANGED, Outcome.UNCHANGED);
                });
    }

    private static List<Change> adding(
            ServiceKey key, Set<AccessRule> wishes, List<AccessRule> there) {
        List<Change> changes = new ArrayList<>();
        for (AccessRule rule : wishes) {
            if (!there.contains(rule)) {
                changes.add(new Change.AddAccessRule(key, rule));
            }
        }
        return changes;
    }

    private Reply post(Call call, Action action) {
        ServiceKey key = ServiceRoutes.key(call);
        Set<AccessRule> wishes = wishes(call, action);
        return Edit.apply(
                control,
                state -> {
                    List<AccessRule> there = present(state, key);
                    List<Change> changes = new ArrayList<>();
                    for (AccessRule rule : there) {
                        if (rule.action() == action && !wishes.contains(rule)) {
                            changes.add(new Change.RemoveAccessRule(key, rule));
                        }
                    }
                    changes.addAll(adding(key, wishes, there));
                    return Edit.of(changes, Outcome.CHANGED, Outcome.UNCHANGED);
                });
    }

    private Reply delete(Call call, Action action) {
        ServiceKey key = ServiceRoutes.key(call);
        Set<AccessRule> wishes = wishes(call, action);
        return Edit.apply(
                control,
                state -> {
                    List<AccessRule> there = present(state, key);
                    List<Change> changes = new ArrayList<>();
                    for (AccessRule rule : wishes) {
                        if (there.contains(rule)) {
                            changes.add(new Change.RemoveAccessRule(key, rule));
                        }
                    }
                    return Edit.of(changes, Outcome.REMOVED, Outcome.ABSENT);
                });
    }
}
