// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static io.fullnat.balancer.config.YamlText.address;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// All of a file that is not about services: addresses and routes of the machine, and what is
/// keepalived's own business.
final class Fixed {
    private static final Set<String> VRRP =
            Set.of(
                    "vrrp_instance",
                    "vrrp_sync_group",
                    "vrrp_script",
                    "vrrp_track_process",
                    "vrrp_track_file",
                    "track_group",
                    "garp_group",
                    "linkbeat_use_polling",
                    "bfd_instance");
    private static final Set<String> OWN =
            Set.of(
                    "global_defs",
                    "net_namespace",
                    "net_namespace_ipvs",
                    "namespace_with_ipsets",
                    "instance",
                    "use_pid_dir",
                    "include_check",
                    "random_seed",
                    "track_file",
                    "SSL",
                    "tunnel_group",
                    "static_rules",
                    "static_track_group");

    /// The scope of a route follows from the rest of it.
    private static final Set<String> ROUTE_WORDS = Set.of("via", "gw", "dev", "scope");

    private final Ports ports;
    private final Findings findings;
    private final List<String> addresses = new ArrayList<>();
    private final List<String> routes = new ArrayList<>();

    Fixed(Ports ports, Findings findings) {
        this.ports = ports;
        this.findings = findings;
    }

    List<String> addresses() {
        return addresses;
    }

    List<String> routes() {
        return routes;
    }

    void read(Statement statement) {
        String keyword = statement.keyword();
        if (keyword.equals("static_ipaddress")) {
            statement.block().forEach(this::staticAddress);
        } else if (keyword.equals("static_routes")) {
            statement.block().forEach(this::staticRoute);
        } else if (VRRP.contains(keyword)) {
            findings.leftOut(
                    statement.place(),
                    (keyword + " " + statement.rest()).strip()
                            + ": keepalived does it beside the balancer, over the kernel's interface of a"
                            + " port (docs/kernel-path.md)");
        } else if (OWN.contains(keyword)) {
            findings.leftOut(
                    statement.place(),
                    (keyword + " " + statement.rest()).strip() + ", with all in it");
        } else {
            findings.unknown(statement, "a file");
        }
    }

    private void staticAddress(Statement entry) {
        Optional<String> device = behind(entry, "dev");
        if (device.isEmpty() || entry.keyword().indexOf('/') < 0) {
            findings.leftOut(
                    entry.place(),
                    "static_ipaddress "
                            + String.join(" ", entry.words())
                            + ": it takes ADDRESS/LENGTH dev DEVICE");
            return;
        }
        if (ports.isKnown(device.get())) {
            addresses.add(
                    "  - {address: "
                            + address(entry.keyword())
                            + ", device: "
                            + device.get()
                            + "}");
        } else {
            findings.leftOut(
                    entry.place(), "static_ipaddress on " + device.get() + ", which is no port");
        }
    }

    private void staticRoute(Statement entry) {
        Optional<String> device = behind(entry, "dev");
        if (device.isEmpty() || !ports.isKnown(device.get())) {
            findings.leftOut(
                    entry.place(),
                    "static_routes " + String.join(" ", entry.words()) + ": no port is named");
            return;
        }
        if (!isPlain(entry)) {
            findings.leftOut(
                    entry.place(),
                    "static_routes "
                            + String.join(" ", entry.words())
                            + ": it takes ADDRESS/LENGTH [via GATEWAY] dev DEVICE");
            return;
        }
        String to = entry.keyword().equals("default") ? "0.0.0.0/0" : entry.keyword();
        String via =
                behind(entry, "via")
                        .or(() -> behind(entry, "gw"))
                        .map(one -> ", via: " + address(one))
                        .orElse("");
        routes.add("  - {to: " + address(to) + via + ", device: " + device.get() + "}");
    }

    /// Whether a route is a destination, with words behind it of which none makes it another one.
    private static boolean isPlain(Statement entry) {
        List<String> words = entry.words();
        if (words.size() % 2 == 0 || !entry.keyword().matches("default|[0-9a-fA-F]*[.:].*")) {
            return false;
        }
        for (int at = 1; at < words.size(); at += 2) {
            if (!ROUTE_WORDS.contains(words.get(at))) {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> behind(Statement entry, String word) {
        int at = entry.words().indexOf(word);
        return at < 0 ? Optional.empty() : entry.word(at + 1);
    }
}
