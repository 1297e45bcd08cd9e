// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.output.AccessListing;
import java.io.PrintWriter;

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
        String name = option + service.key().endpoint();
        text.append("-A ").append(name).append(" -s ").append(service.scheduler());
        service.connectionTimeout()
                .ifPresent(timeout -> text.append(" --conn-timeout ").append(timeout.toSeconds()));
        if (service.policy().refusal() != ServicePolicy.DEFAULT.refusal()) {
            text.append(" --refusal ").append(service.policy().refusal().word());
        }
        if (service.policy().removal() != ServicePolicy.DEFAULT.removal()) {
            text.append(" --removal ").append(service.policy().removal().word());
        }
        Timeouts timeouts = service.policy().timeouts();
        if (!timeouts.byState().isEmpty()) {
            text.append(" --timeouts ").append(timeouts);
        }
        text.append('\n');
        for (RealServer server : service.realServers()) {
            text.append("-a ").append(name).append(" -r ").append(server.endpoint());
            text.append(" -b -w ").append(server.weight()).append('\n');
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
}
