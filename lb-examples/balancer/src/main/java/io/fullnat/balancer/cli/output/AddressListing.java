// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.service.PortUsage;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `dpip addr show`: interface addresses in DPVS's words, `kernel` at those of the kernel alone,
/// `generated` at the link-local ones that come of MAC addresses, those of IPv6 that may not be
/// spoken from in ip(8)'s: `tentative`, and `dadfailed tentative` if another station has them;
/// `deprecated` after their preferred lifetime. Lifetimes are what remains of them, in seconds.
/// Those that services use as local addresses have a pool of ports: its numbers follow with `-s`
/// and `-v`, DPVS's first.
///
/// @param device of one device, empty for all
/// @param family of one family, empty for both
/// @param statistics whether the numbers of port pools are shown
/// @param verbose as `statistics`, with the number of the core before each line: 00, all workers
/// @param json whether JSON is wanted instead
public record AddressListing(
        Optional<String> device,
        Optional<String> family,
        boolean statistics,
        boolean verbose,
        boolean json)
        implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        List<AddressStatus> addresses =
                find(operations, device).stream()
                        .filter(each ->
                                family.map(each.address().prefix().address().family()::equals)
                                        .orElse(true))
                        .toList();
        if (json) {
            ListingJson.print(out, "addresses", addresses, AddressListing::toJson);
            return;
        }
        StringBuilder text = new StringBuilder();
        addresses.forEach(address -> append(text, address));
        out.print(text);
    }

    static List<AddressStatus> find(Operations operations, Optional<String> device) {
        Lookup.requireDevice(operations, device);
        return operations.control().status().addresses().stream()
                .filter(status -> device.map(status.address().device()::equals).orElse(true))
                .toList();
    }

    private void append(StringBuilder text, AddressStatus status) {
        text.append(verbose ? "[00] " : "")
                .append(
                        status.address().prefix().address() instanceof Ipv6Address
                                ? "inet6 "
                                : "inet ")
                .append(status.address().prefix())
                .append(isLinkLocal(status) ? " scope link " : " scope global ")
                .append(flags(status))
                .append(status.isDeprecated() ? "deprecated " : "")
                .append(status.address().kernel() ? "kernel " : "")
                .append(status.generated() ? "generated " : "")
                .append(status.address().device())
                .append("\n     ")
                .append(status.address().lifetime());
        if ((statistics || verbose) && hasPool(status)) {
            PortUsage ports = status.ports();
            text.append(" sa_used ").append(ports.inUse());
            text.append(" sa_free ").append(ports.free());
            text.append(" sa_miss ").append(ports.misses());
            text.append(" sa_high ").append(ports.highWater());
            text.append(" sa_full ").append(ports.fullestPercent()).append('%');
        }
        text.append(status.isDraining() ? " draining\n" : "\n");
    }

    private static boolean isLinkLocal(AddressStatus status) {
        return status.address().prefix().address() instanceof Ipv6Address v6 && v6.isLinkLocal();
    }

    /// As ip(8) has them.
    private static String flags(AddressStatus status) {
        return switch (status.state()) {
            case VALID -> "";
            case TENTATIVE -> "tentative ";
            case DUPLICATE -> "dadfailed tentative ";
        };
    }

    private static boolean hasPool(AddressStatus status) {
        return status.services() > 0 || status.isDraining() || status.connections() > 0;
    }

    /// One address, for this list and others.
    static ObjectNode toJson(AddressStatus status) {
        ObjectNode node =
                ListingJson.object()
                        .put("address", status.address().prefix().address().toString())
                        .put("length", status.address().prefix().length())
                        .put("device", status.address().device())
                        .put("explicit", status.explicit())
                        .put("services", status.services())
                        .put("draining", status.isDraining())
                        .put("kernel", status.address().kernel())
                        .put("generated", status.generated())
                        .put("connections", status.connections())
                        .put("state", status.state().name().toLowerCase(Locale.ROOT));
        AddressLifetime remaining = status.address().lifetime();
        if (!remaining.isForever()) {
            node.put("validLifetime", remaining.validSeconds())
                    .put("preferredLifetime", remaining.preferredSeconds())
                    .put("deprecated", status.isDeprecated());
        }
        status.heldBy().ifPresent(mac -> node.put("heldBy", mac.toString()));
        node.set("ports", ServiceJson.ports(status.ports()));
        return node;
    }
}
