// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Kind;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.output.AccessListing;
import java.io.PrintWriter;
import java.util.List;

/// `ipvsadm -S`: all services as lines that `ipvsadm -R` makes the same state of, their local
/// addresses and access rules included. What belongs to a service comes as it was configured, not
/// sorted: schedulers go by that order.
final class SavedRules {
    private SavedRules() {}

    static void print(DesiredState state, PrintWriter out) {
        StringBuilder text = new StringBuilder();
        state.services().values().forEach(service -> append(text, service));
        out.print(text);
    }

    private static void append(StringBuilder text, VirtualService service) {
        String option = service.key().protocol() == Protocol.TCP ? "-t " : "-u ";
        String name = option + service.key().name();
        text.append("-A ").append(name);
        append(text, ServiceAttributes.ALL, service);
        for (RealServer server : service.realServers()) {
            text.append("-a ").append(name).append(" -r ").append(server.endpoint()).append(" -b");
            append(text, ServerAttributes.ALL, server);
        }
        for (LocalAddress local : service.localAddresses()) {
            text.append("-P -z ").append(local.address()).append(' ').append(name);
            text.append(" -F ").append(local.device()).append('\n');
        }
        for (AccessRule rule : service.accessRules()) {
            boolean deny = rule.action() == AccessRule.Action.DENY;
            text.append(deny ? "-U " : "-O ").append(name).append(deny ? " -k " : " -2 ");
            text.append(AccessListing.clients(rule.clients())).append('\n');
        }
    }

    private static <T> void append(StringBuilder text, List<Attribute<T, ?>> attributes, T owner) {
        for (Attribute<T, ?> attribute : attributes) {
            if (attribute.isTold(owner)) {
                IpvsOption option = IpvsOption.of(attribute);
                if (attribute.kind() instanceof Kind.Switch) {
                    text.append(' ').append(option.longForm());
                } else {
                    text.append(' ').append(option.shortForm().orElse(option.longForm()));
                    text.append(' ').append(attribute.words(owner));
                }
            }
        }
        text.append('\n');
    }
}
