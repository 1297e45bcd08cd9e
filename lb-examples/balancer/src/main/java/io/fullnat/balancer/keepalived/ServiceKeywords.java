// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static io.fullnat.balancer.config.YamlText.address;
import static io.fullnat.balancer.config.YamlText.quoted;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// What stands in a virtual server beside its real servers, keyword by keyword.
final class ServiceKeywords {
    private static final String DEFAULT_PERSISTENCE = "360";

    private final Groups groups;
    private final Ports ports;
    private final Findings findings;
    private final ServiceDraft draft;
    private final Set<String> schedulers;
    private String quorum = "1";
    private String hysteresis = "0";

    ServiceKeywords(
            Groups groups,
            Ports ports,
            Findings findings,
            ServiceDraft draft,
            Set<String> schedulers) {
        this.groups = groups;
        this.ports = ports;
        this.findings = findings;
        this.draft = draft;
        this.schedulers = schedulers;
    }

    void read(Statement each) {
        String value = each.rest();
        switch (each.keyword()) {
            case "lb_algo", "lvs_sched" -> scheduler(each, value);
            case "lb_kind", "lvs_method" -> mode(each, findings);
            case "flag-1", "sh-fallback", "mh-fallback" ->
                    draft.schedulerOptions.put("fallback", "yes");
            case "flag-2", "sh-port", "mh-port" ->
                    draft.schedulerOptions.put("hash", "source-port");
            case "hash_target" -> hash(each, value);
            case "ops" -> draft.values.put("one-packet", "true");
            case "persistence_timeout" ->
                    draft.values.put("persistence", value.isEmpty() ? DEFAULT_PERSISTENCE : value);
            case "persistence_granularity" -> draft.values.put("persistence-mask", quoted(value));
            case "quorum" -> quorum = value;
            case "hysteresis" -> hysteresis = value;
            case "sorry_server" -> sorry(each);
            case "establish_timeout" -> draft.values.put("timeout", value);
            case "expire_quiescent_conn" -> draft.values.put("expire-quiescent", "true");
            case "syn_proxy" -> synProxy(each);
            case "quic" -> draft.values.put("quic", "[dpvs]");
            case "proxy_protocol" -> draft.values.put("proxy-protocol", quoted(value));
            case "bps" -> draft.values.put("max-bandwidth", quoted(value + "M"));
            case "limit_proportion" -> draft.values.put("limit-proportion", value);
            case "laddr_group_name" -> locals(each, value);
            case "daddr_group_name" -> clients(each, Groups.DENY, value, draft.deny);
            case "waddr_group_name" -> clients(each, Groups.ALLOW, value, draft.allow);
            case "protocol", "vip_bind_dev", "virtualhost", "inhibit_on_failure", "ip_family" -> {}
            default -> other(each, value);
        }
    }

    private void other(Statement each, String value) {
        if (Checks.TIMES.contains(each.keyword())) {
            return;
        }
        switch (each.keyword()) {
            case "quorum_up", "quorum_down" ->
                    findings.leftOut(
                            each.place(),
                            each.keyword()
                                    + " "
                                    + value
                                    + ": no program is run; if it announces the address, \"announce: when-healthy\" does");
            case "omega" ->
                    findings.leftOut(
                            each.place(),
                            "omega: at its end the balancer withdraws what it has announced");
            case "persistence_engine",
                    "sorry_server_inhibit",
                    "sorry_server_lvs_method",
                    "ha_suspend",
                    "smtp_alert",
                    "snmp_name",
                    "flag-3" ->
                    findings.leftOut(each.place(), (each.keyword() + " " + value).strip());
            default -> findings.unknown(each, "virtual_server");
        }
    }

    private void hash(Statement each, String value) {
        switch (value) {
            case "sip" -> draft.schedulerOptions.put("hash", "source");
            case "qid" -> draft.schedulerOptions.put("hash", "quic");
            default ->
                    findings.leftOut(
                            each.place(), "hash_target " + value + ": it is neither sip nor qid");
        }
    }

    private void synProxy(Statement each) {
        if (draft.protocol.equals("tcp")) {
            draft.values.put("syn-proxy", "always");
        } else {
            findings.leftOut(each.place(), "syn_proxy: it is of TCP alone");
        }
    }

    private void scheduler(Statement each, String value) {
        if (schedulers.contains(value)) {
            draft.values.put("scheduler", value);
        } else {
            findings.leftOut(each.place(), "the scheduler " + value + ": it is wlc now");
        }
    }

    /// How packets are forwarded: here always by FullNAT.
    static void mode(Statement each, Findings findings) {
        String mode = each.word(1).orElse("").toUpperCase(Locale.ROOT);
        if (!mode.equals("FNAT")) {
            findings.leftOut(
                    each.place(),
                    each.keyword()
                            + " "
                            + each.rest()
                            + ": it is FullNAT now; servers see local addresses, which the service needs,"
                            + " and answer to them");
        }
    }

    private void sorry(Statement each) {
        try {
            String server = IpAddress.parse(each.word(1).orElse("")).toString();
            String port = each.word(2).filter(one -> !one.equals("0")).orElse(draft.port);
            draft.values.put("last-server", quoted("sorry=" + Services.endpoint(server, port)));
        } catch (BalancerException e) {
            findings.leftOut(each.place(), "sorry_server " + each.rest() + " has no address");
        }
    }

    private void locals(Statement each, String name) {
        groups.find(Groups.LOCAL, name, each)
                .ifPresent(group -> {
                    for (Statement entry : group.block()) {
                        String device = ports.ofLocal(entry);
                        groups.addresses(entry, entry.keyword())
                                .forEach(one -> draft.locals.put(one, device));
                    }
                });
    }

    private void clients(Statement each, String kind, String name, List<String> to) {
        groups.find(kind, name, each)
                .ifPresent(group -> {
                    for (Statement entry : group.block()) {
                        String text = entry.keyword();
                        if (text.startsWith("ipset:")) {
                            findings.differs(
                                    entry.place(),
                                    text + ": sets are fullnat's own; write it below \"sets\"");
                            to.add(quoted(text));
                        } else if (text.indexOf('/') > 0) {
                            to.add(address(text));
                        } else {
                            groups.addresses(entry, text).forEach(one -> to.add(address(one)));
                        }
                    }
                });
    }

    void end(Statement server) {
        if (!quorum.equals("1") || !hysteresis.equals("0")) {
            draft.values.put(
                    "quorum", quoted(quorum + (hysteresis.equals("0") ? "" : "," + hysteresis)));
        }
        if (!draft.schedulerOptions.isEmpty()) {
            draft.values.put(
                    "scheduler-options",
                    quoted(
                            draft.schedulerOptions.entrySet().stream()
                                    .map(option -> option.getKey() + "=" + option.getValue())
                                    .collect(Collectors.joining(","))));
        }
        if (draft.locals.isEmpty()) {
            findings.leftOut(
                    server.place(),
                    "virtual_server "
                            + server.rest()
                            + " has no local addresses: it takes no connections until you write some below \"locals\"");
        }
    }
}
