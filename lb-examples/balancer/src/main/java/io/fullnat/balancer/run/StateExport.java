// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.StateDraft;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.config.ConfigurationWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes a running state as a configuration file.
final class StateExport {
    private static final String HEADER =
            "# The state of a running balancer, as \"fullnat config export\" found it.\n";

    private StateExport() {}

    /// Writes, reads what was written, and compares: a file that would not bring back the same
    /// state is never given out.
    ///
    /// @param running the running state
    /// @param started gives workers, memory, ports and api
    /// @return YAML
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if the state has something that no
    ///   configuration may have, such as a route whose gateway is on no network
    static String write(DesiredState running, Configuration started) {
        DesiredState state = withoutFormerFiles(running);
        String yaml = HEADER + ConfigurationWriter.write(configuration(state, started));
        Configuration read;
        try {
            read = ConfigurationFile.parse("exported", yaml);
        } catch (BalancerException e) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "the running state cannot be a configuration; change this first:\n"
                            + e.getMessage(),
                    e);
        }
        List<Change> lost = StateDifference.between(state, read);
        if (!lost.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    "the running state does not come back from its configuration: "
                            + ChangeLine.of(lost.getFirst(), state));
        }
        return yaml;
    }

    /// A set that is not as its file any more is written with its entries.
    private static DesiredState withoutFormerFiles(DesiredState state) {
        StateDraft draft = state.draft();
        state.sets()
                .values()
                .forEach(set -> {
                    if (set.isEdited()) {
                        draft.apply(new Change.ReplaceSet(set.toBuilder().withoutFile().build()));
                    }
                });
        return draft.state(state.revision());
    }

    /// Writes what remains of the lifetimes of addresses instead of what was asked for; one that is
    /// over and stays because services need the address, as a second.
    ///
    /// @param state the running state
    /// @param started gives workers, memory, ports and api
    /// @param now the addresses as they are
    /// @return YAML
    /// @throws BalancerException as without lifetimes
    static String write(DesiredState state, Configuration started, List<AddressStatus> now) {
        String yaml = write(state, started);
        Map<AddressKey, AddressLifetime> remaining = new HashMap<>();
        for (AddressStatus status : now) {
            AddressLifetime left = status.address().lifetime();
            remaining.put(
                    status.address().key(),
                    new AddressLifetime(Math.max(1, left.validSeconds()), left.preferredSeconds()));
        }
        List<InterfaceAddress> addresses =
                state.addresses().values().stream()
                        .map(own ->
                                own.withLifetime(remaining.getOrDefault(own.key(), own.lifetime())))
                        .toList();
        return addresses.equals(List.copyOf(state.addresses().values()))
                ? yaml
                : HEADER + ConfigurationWriter.write(configuration(state, started, addresses));
    }

    private static Configuration configuration(DesiredState state, Configuration started) {
        return configuration(state, started, List.copyOf(state.addresses().values()));
    }

    private static Configuration configuration(
            DesiredState state, Configuration started, List<InterfaceAddress> addresses) {
        return new Configuration(
                started.workers(),
                started.memory(),
                started.ports(),
                started.api(),
                state.leftovers().punting(),
                started.arp(),
                addresses,
                List.copyOf(state.routes().values()),
                state.neighbours(),
                state.timeouts(),
                List.copyOf(state.services().values()),
                state.leftovers().unusedPorts(),
                started.log(),
                List.copyOf(state.sets().values()),
                started.webhooks());
    }
}
