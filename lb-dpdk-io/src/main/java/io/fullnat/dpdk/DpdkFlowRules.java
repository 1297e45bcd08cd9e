// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The flow rules of a started DPDK port. Its lock keeps the device from going away while it is
/// told something.
final class DpdkFlowRules implements FlowRules {
    private static final Logger LOG = LoggerFactory.getLogger(DpdkFlowRules.class);

    /// RFC 5737: an address that no one has.
    private static final IpAddress NOWHERE = IpAddress.parse("192.0.2.1");

    private final FlowFunctions functions;
    private final int port;
    private final String name;
    private boolean open = true;

    private DpdkFlowRules(FlowFunctions functions, int port, String name) {
        this.functions = functions;
        this.port = port;
        this.name = name;
    }

    /// Tries on a started device whether it takes rules like those that the balancer makes, for its
    /// last queue: asks, and since drivers say yes too easily, puts them in place and takes them
    /// away again. That does not promise that there is room for all.
    ///
    /// @param name of the port, for messages
    /// @param queues of the port
    /// @return empty if there is but one queue, or the device refuses
    static Optional<DpdkFlowRules> of(FlowFunctions functions, int port, String name, int queues) {
        if (queues < 2) {
            return Optional.empty();
        }
        DpdkFlowRules rules = new DpdkFlowRules(functions, port, name);
        int last = queues - 1;
        int mask = 2 * Integer.highestOneBit(last) - 1;
        List<FlowRule> samples = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            samples.add(new FlowRule(protocol, 0, NOWHERE, last, mask, last));
        }
        try {
            samples.forEach(rules::validate);
            rules.install(samples).remove();
            return Optional.of(rules);
        } catch (BalancerException refusal) {
            LOG.info("no flow rules: {}", refusal.getMessage());
            return Optional.empty();
        }
    }

    private void validate(FlowRule rule) {
        try (Arena arena = Arena.ofConfined()) {
            long error = NativeFunction.zeroed(arena, FlowLayout.ERROR_SIZE);
            if (functions.validate(port, NativeFlowRule.of(arena, rule), error) != 0) {
                throw refused(rule, reason(error));
            }
        }
    }

    private BalancerException refused(FlowRule rule, String reason) {
        return new BalancerException(
                ErrorCode.DEVICE,
                "port " + name + " refuses a rule (" + text(rule) + "): " + reason);
    }

    @Override
    public synchronized Installed install(List<FlowRule> rules) {
        if (!open) {
            throw new BalancerException(ErrorCode.CLOSED, "port " + name + " is closed");
        }
        List<Long> handles = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            long error = NativeFunction.zeroed(arena, FlowLayout.ERROR_SIZE);
            for (FlowRule rule : rules) {
                long handle = functions.create(port, NativeFlowRule.of(arena, rule), error);
                if (handle == 0) {
                    String reason = reason(error); // before the driver has something else to say
                    String kept = destroy(handles);
                    throw refused(rule, kept.isEmpty() ? reason : reason + "; " + kept);
                }
                handles.add(handle);
            }
        }
        return () -> remove(handles);
    }

    private synchronized void remove(List<Long> handles) {
        String kept = open ? destroy(handles) : "";
        if (!kept.isEmpty()) {
            throw new BalancerException(ErrorCode.DEVICE, "port " + name + ": " + kept);
        }
    }

    /// Takes rules away, the last one first.
    ///
    /// @return how many stay and why, empty if none does
    private String destroy(List<Long> handles) {
        int kept = 0;
        String why = "";
        try (Arena arena = Arena.ofConfined()) {
            long error = NativeFunction.zeroed(arena, FlowLayout.ERROR_SIZE);
            for (long handle : handles.reversed()) {
                if (functions.destroy(port, handle, error) != 0) {
                    kept++;
                    why = reason(error);
                }
            }
        }
        return kept == 0 ? "" : kept + " rules cannot be taken away: " + why;
    }

    private static String text(FlowRule rule) {
        return rule.protocol()
                + (rule.vlan() == 0 ? "" : " of VLAN " + rule.vlan())
                + " to "
                + rule.destination()
                + ", port & 0x"
                + Integer.toHexString(rule.portMask())
                + " = "
                + rule.port()
                + ", to queue "
                + rule.queue();
    }

    private static String reason(long error) {
        String message = NativeFunction.stringAt(Memory.getLong(error + FlowLayout.ERROR_MESSAGE));
        return message.isEmpty() ? "its driver gives no reason" : message;
    }

    /// The port is about to be closed, and its rules go with it.
    synchronized void shut() {
        open = false;
    }
}
