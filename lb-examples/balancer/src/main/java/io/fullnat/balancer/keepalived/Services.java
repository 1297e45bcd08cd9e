// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static io.fullnat.balancer.config.YamlText.address;
import static io.fullnat.balancer.config.YamlText.quoted;

import io.fullnat.balancer.keepalived.Checks.Defaults;
import io.fullnat.balancer.keepalived.Statement.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Virtual servers as services in YAML.
final class Services {
    private static final Set<String> SCHEDULERS =
            Set.of("rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "dh", "mh", "fo", "ovf", "conhash");

    private final Groups groups;
    private final Ports ports;
    private final Findings findings;
    private final List<String> lines = new ArrayList<>();

    /// The virtual addresses, and where each is.
    private final Map<String, String> addresses = new LinkedHashMap<>();

    Services(Groups groups, Ports ports, Findings findings) {
        this.groups = groups;
        this.ports = ports;
        this.findings = findings;
    }

    List<String> lines() {
        return lines;
    }

    Map<String, String> addresses() {
        return addresses;
    }

    void add(Statement server) {
        ServiceDraft draft = new ServiceDraft();
        Optional<String> device = Optional.empty();
        for (Statement each : server.block()) {
            if (each.keyword().equals("vip_bind_dev")) {
                device = each.word(1);
            } else if (each.keyword().equals("protocol")) {
                draft.protocol = each.rest().toLowerCase(Locale.ROOT);
            } else if (each.keyword().equals("inhibit_on_failure")) {
                draft.inhibits = true;
            }
        }
        if (!Set.of("tcp", "udp").contains(draft.protocol)) {
            findings.leftOut(
                    server.place(),
                    "virtual_server " + server.rest() + ": the protocol " + draft.protocol);
            return;
        }
        if (!name(server, draft, device)) {
            return;
        }
        Defaults defaults = new Defaults(Map.of(), Optional.empty(), draft.servicePort());
        for (Statement each : server.block()) {
            if (Checks.TIMES.contains(each.keyword())) {
                defaults = defaults.with(each);
            } else if (each.keyword().equals("virtualhost")) {
                defaults = defaults.withHost(each.word(1));
            }
        }
        ServiceKeywords keywords = new ServiceKeywords(groups, ports, findings, draft, SCHEDULERS);
        for (Statement each : server.block()) {
            if (each.keyword().equals("real_server")) {
                new Servers(findings).add(each, draft, defaults);
            } else {
                keywords.read(each);
            }
        }
        keywords.end(server);
        write(draft);
    }

    /// What the service is called, and its addresses.
    ///
    /// @return false if it cannot be one
    private boolean name(Statement server, ServiceDraft draft, Optional<String> device) {
        String first = server.word(1).orElse("");
        if (first.equals("fwmark") || first.equals("match")) {
            findings.leftOut(
                    server.place(),
                    "virtual_server "
                            + server.rest()
                            + ": services are known by addresses and ports alone");
            return false;
        }
        if (first.equals("group")) {
            String group = server.word(2).orElse("");
            return groups.find(Groups.VIRTUAL, group, server)
                    .filter(found -> group(server, found, group, draft, device))
                    .isPresent();
        }
        List<String> one = groups.addresses(server, first);
        if (one.size() != 1) {
            return false;
        }
        String port = server.word(2).orElse("0");
        draft.name = "address: " + quoted(endpoint(one.getFirst(), port));
        draft.port = port;
        where(server.place(), one.getFirst(), device);
        return true;
    }

    private boolean group(
            Statement server,
            Statement group,
            String name,
            ServiceDraft draft,
            Optional<String> device) {
        Set<String> frontends = new LinkedHashSet<>();
        Set<String> servicePorts = new LinkedHashSet<>();
        for (Statement entry : group.block()) {
            if (entry.keyword().equals("fwmark")) {
                findings.leftOut(entry.place(), "fwmark " + entry.rest() + " of a group");
                continue;
            }
            String port = entry.word(1).orElse("0");
            for (String one : groups.addresses(entry, entry.keyword())) {
                frontends.add(quoted(endpoint(one, port)));
                where(entry.place(), one, device);
            }
            servicePorts.add(port);
        }
        if (frontends.isEmpty()) {
            findings.leftOut(
                    server.place(), "virtual_server " + server.rest() + ": an empty group");
            return false;
        }
        String known = name.replaceAll("[^A-Za-z0-9._-]", "-");
        known = known.substring(0, Math.min(32, known.length()));
        if (!known.equals(name)) {
            findings.differs(server.place(), "the group is called " + known);
        }
        if (frontends.size() > 1) {
            findings.differs(
                    server.place(),
                    "the group "
                            + known
                            + " is one service: its "
                            + frontends.size()
                            + " addresses share scheduling, persistence and counts");
        }
        draft.name = "group: " + quoted(known);
        draft.frontends.addAll(frontends);
        draft.port = servicePorts.size() == 1 ? servicePorts.iterator().next() : "0";
        return true;
    }

    private void where(Place place, String address, Optional<String> device) {
        addresses.computeIfAbsent(address, one -> ports.ofVirtual(place, one, device));
    }

    static String endpoint(String address, String port) {
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
    }

    private void write(ServiceDraft draft) {
        lines.add("  - protocol: " + draft.protocol);
        lines.add("    " + draft.name);
        list("frontends", draft.frontends);
        draft.values.forEach((key, value) -> lines.add("    " + key + ": " + value));
        list("deny", draft.deny);
        list("allow", draft.allow);
        lines.add("    servers:" + (draft.servers.isEmpty() ? " []" : ""));
        draft.servers.forEach(server -> lines.add("      - {" + String.join(", ", server) + "}"));
        lines.add("    locals:" + (draft.locals.isEmpty() ? " []" : ""));
        draft.locals.forEach((local, device) ->
                lines.add("      - {address: " + address(local) + ", device: " + device + "}"));
    }

    private void list(String key, List<String> values) {
        if (!values.isEmpty()) {
            lines.add("    " + key + ": [" + String.join(", ", values) + "]");
        }
    }
}
