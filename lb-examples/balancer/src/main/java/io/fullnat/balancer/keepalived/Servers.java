// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static io.fullnat.balancer.config.YamlText.quoted;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.balancer.keepalived.Checks.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Real servers as items of YAML.
final class Servers {
    private static final int MAX_CONNECTIONS = 1_000_000_000;

    private final Findings findings;

    Servers(Findings findings) {
        this.findings = findings;
    }

    void add(Statement server, ServiceDraft draft, Defaults inherited) {
        String address = server.word(1).orElse("");
        try {
            address = IpAddress.parse(address).toString();
        } catch (BalancerException e) {
            findings.leftOut(server.place(), "real_server " + server.rest() + " has no address");
            return;
        }
        String port = server.word(2).orElse("0");
        Defaults defaults =
                port.equals("0")
                        ? inherited
                        : new Defaults(
                                inherited.values(), inherited.virtualHost(), Optional.empty());
        List<String> item = new ArrayList<>();
        item.add("address: " + quoted(Services.endpoint(address, port)));
        List<Statement> checks = new ArrayList<>();
        Optional<Integer> upper = Optional.empty();
        Optional<Integer> lower = Optional.empty();
        boolean inhibits = draft.inhibits;
        for (Statement each : server.block()) {
            if (Checks.isCheck(each.keyword())) {
                checks.add(each);
            } else if (Checks.TIMES.contains(each.keyword())) {
                defaults = defaults.with(each);
            } else {
                switch (each.keyword()) {
                    case "weight" -> item.add("weight: " + each.rest());
                    case "uthreshold" -> upper = number(each);
                    case "lthreshold" -> lower = number(each);
                    case "virtualhost" -> defaults = defaults.withHost(each.word(1));
                    case "inhibit_on_failure" -> inhibits = true;
                    default -> other(each);
                }
            }
        }
        thresholds(item, upper, lower);
        List<String> asked = new ArrayList<>();
        Checks texts = new Checks(findings);
        for (Statement check : checks) {
            boolean named =
                    check.block().stream().anyMatch(each -> each.keyword().equals("connect_port"));
            if (port.equals("0") && defaults.port().isEmpty() && !named) {
                findings.leftOut(
                        check.place(),
                        check.keyword()
                                + " of a server with port 0: say which port it asks, \"port=\"");
                continue;
            }
            texts.of(check, defaults).forEach(line -> asked.add(quoted(line)));
        }
        if (!asked.isEmpty()) {
            item.add("checks: [" + String.join(", ", asked) + "]");
            if (!inhibits) {
                findings.differs(
                        server.place(),
                        "connections of a server that fails go on, as with inhibit_on_failure;"
                                + " \"end-connections: yes\" ends them");
            }
        }
        draft.servers.add(item);
    }

    /// IPVS takes new connections again below the lower threshold, or else at less than three
    /// quarters of the upper one.
    private static void thresholds(
            List<String> item, Optional<Integer> upper, Optional<Integer> lower) {
        int most = upper.orElse(0);
        if (most > 0) {
            item.add("max-connections: " + most);
            int resume = lower.filter(one -> one > 0).orElse((int) ((most * 3L + 3) / 4));
            item.add("resume-below: " + Math.min(resume, most));
        }
    }

    private Optional<Integer> number(Statement statement) {
        try {
            int number = Integer.parseInt(statement.rest());
            if (number >= 0 && number <= MAX_CONNECTIONS) {
                return Optional.of(number);
            }
        } catch (NumberFormatException e) {
            // as one that is out of range
        }
        findings.leftOut(
                statement.place(), statement.keyword() + " " + statement.rest() + " is no number");
        return Optional.empty();
    }

    private void other(Statement each) {
        switch (each.keyword()) {
            case "lvs_method", "lb_kind" -> ServiceKeywords.mode(each, findings);
            case "notify_up", "notify_down" ->
                    findings.leftOut(
                            each.place(),
                            each.keyword()
                                    + " "
                                    + each.rest()
                                    + ": no program is run; the log tells of it, and events do");
            case "smtp_alert", "snmp_name" ->
                    findings.leftOut(each.place(), (each.keyword() + " " + each.rest()).strip());
            default -> findings.unknown(each, "real_server");
        }
    }
}
