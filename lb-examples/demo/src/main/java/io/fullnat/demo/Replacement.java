// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.demo.lab.Lab;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What an operator can do while clients go on: replaces a local address of services by another in
/// one transaction. The old one gets no new connection; those that it has go on until they end. For
/// one thread.
final class Replacement {
    private final Control control;
    private int second;
    private long left;

    /// @param control of the balancer
    Replacement(Control control) {
        this.control = control;
    }

    /// Replaces the address.
    ///
    /// @param atSecond of the demo
    /// @return what to tell
    String replace(int atSecond) {
        List<Change> changes = new ArrayList<>();
        BalancerStatus status = control.status();
        for (ServiceStatus service : status.services()) {
            if (!hasReplaced(service)) {
                continue;
            }
            LocalAddress fresh = new LocalAddress(Scenario.FRESH, Lab.INSIDE_INTERFACE);
            changes.add(new Change.AddLocalAddress(service.service().key(), fresh));
            changes.add(new Change.RemoveLocalAddress(service.service().key(), Scenario.REPLACED));
        }
        control.apply(changes.toArray(Change[]::new));
        second = atSecond;
        left = left(control.status()).orElse(0L);
        return String.format(
                Locale.ROOT,
                "%3d s  %s replaced by %s: %,d connections left",
                second,
                Scenario.REPLACED,
                Scenario.FRESH,
                left);
    }

    /// Services whose servers are of IPv6 have other local addresses.
    private static boolean hasReplaced(ServiceStatus service) {
        return service.service().localAddresses().stream()
                .anyMatch(local -> local.address().equals(Scenario.REPLACED));
    }

    /// Connections of the old address, empty if that has gone.
    private static Optional<Long> left(BalancerStatus status) {
        return status.addresses().stream()
                .filter(each -> each.address().prefix().address().equals(Scenario.REPLACED))
                .findFirst()
                .map(AddressStatus::connections);
    }

    /// How far it is, as a line of a table.
    ///
    /// @return empty if nothing has been replaced yet
    Optional<String> line(BalancerStatus status) {
        if (second == 0) {
            return Optional.empty();
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "  local address %s replaced by %s at %d s: %s",
                        Scenario.REPLACED,
                        Scenario.FRESH,
                        second,
                        left(status)
                                .map(count -> String.format(Locale.ROOT, "%,d left", count))
                                .orElse("gone")));
    }

    /// Sums up and judges.
    void judge(
            BalancerStatus status,
            List<ServerLog> serverLogs,
            List<String> summary,
            List<String> faults) {
        if (second == 0) {
            return;
        }
        line(status).ifPresent(summary::add);
        String fresh = Scenario.FRESH.toString();
        if (serverLogs.stream().noneMatch(log -> log.peers().contains(fresh))) {
            faults.add("no server saw " + fresh + ", which took a local address's place");
        }
        long now = left(status).orElse(0L);
        if (now > left) {
            faults.add(
                    String.format(
                            Locale.ROOT,
                            "%s has %,d connections, %,d when it was replaced",
                            Scenario.REPLACED,
                            now,
                            left));
        }
    }
}
