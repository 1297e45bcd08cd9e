// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// `deny list` and `allow list`.
///
/// @param key of one service, empty for all
/// @param action which rules
/// @param json whether JSON is wanted instead, the same as that of `ipvsadm -B` and `-W`
public record AccessTable(Optional<ServiceKey> key, AccessRule.Action action, boolean json)
        implements Request.Listing {
    private static final List<String> TITLES = List.of("SERVICE", "ACTION", "CLIENTS");

    @Override
    public void print(Operations operations, PrintWriter out) {
        if (json) {
            new AccessListing(key, action, true).print(operations, out);
        } else {
            out.print(text(Lookup.services(operations, key), rule -> rule.action() == action));
        }
    }

    static String text(List<ServiceStatus> services, Predicate<AccessRule> wanted) {
        List<List<String>> rows = new ArrayList<>();
        for (ServiceStatus service : services) {
            for (AccessRule rule : service.service().accessRules()) {
                if (wanted.test(rule)) {
                    rows.add(
                            List.of(
                                    service.service().key().toString(),
                                    rule.action().name().toLowerCase(Locale.ROOT),
                                    rule.clients().toString()));
                }
            }
        }
        return Column.table(TITLES, rows);
    }
}
