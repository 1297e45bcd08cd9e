// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import java.util.Arrays;
import java.util.List;

/// The rules of an [InMemoryPort]: a table with room for some of them, as NICs have.
///
/// A sender looks through an array that is replaced whole when rules come or go, without a lock.
final class RuleTable implements FlowRules {
    /// No rule is about the frame.
    static final int NONE = -1;

    private final String port;
    private final int queues;
    private final int room;
    private volatile Entry[] entries = {};

    /// A rule in words to compare; told from others by its identity.
    private static final class Entry {
        final FlowRule rule;
        final long high;
        final long low;

        Entry(FlowRule rule) {
            this.rule = rule;
            high = rule.destination().high();
            low = rule.destination().low();
        }

        boolean matches(int protocol, int vlan, long toHigh, long toLow, int port) {
            return low == toLow
                    && high == toHigh
                    && (port & rule.portMask()) == rule.port()
                    && rule.protocol().number() == protocol
                    && rule.vlan() == vlan;
        }
    }

    RuleTable(String port, int queues, int room) {
        this.port = port;
        this.queues = queues;
        this.room = room;
    }

    @Override
    public synchronized Installed install(List<FlowRule> rules) {
        for (FlowRule rule : rules) {
            if (rule.queue() >= queues) {
                throw refused("it has no queue " + rule.queue());
            }
        }
        if (rules.size() > room - entries.length) {
            throw refused("its table of " + room + " is full");
        }
        Entry[] added = rules.stream().map(Entry::new).toArray(Entry[]::new);
        Entry[] next = Arrays.copyOf(entries, entries.length + added.length);
        System.arraycopy(added, 0, next, entries.length, added.length);
        entries = next;
        return () -> remove(List.of(added));
    }

    private synchronized void remove(List<Entry> removed) {
        entries =
                Arrays.stream(entries)
                        .filter(entry -> !removed.contains(entry))
                        .toArray(Entry[]::new);
    }

    private BalancerException refused(String reason) {
        return new BalancerException(
                ErrorCode.DEVICE, "port " + port + " refuses a rule: " + reason);
    }

    List<FlowRule> rules() {
        return Arrays.stream(entries).map(entry -> entry.rule).toList();
    }

    /// The queue that a rule gives to a frame, or [#NONE].
    int queue(long l2, int length) {
        Entry[] now = entries;
        long ip = now.length == 0 ? 0 : HashedHeaders.ip(l2, length);
        if (ip == 0) {
            return NONE;
        }
        int vlan = Ethernet.type(l2) == Ethernet.TYPE_VLAN ? Vlan.id(l2) : 0;
        int protocol = HashedHeaders.protocol(ip);
        long high = HashedHeaders.destinationHigh(ip);
        long low = HashedHeaders.destinationLow(ip);
        int destinationPort = HashedHeaders.destinationPort(ip);
        for (Entry entry : now) {
            if (entry.matches(protocol, vlan, high, low, destinationPort)) {
                return entry.rule.queue();
            }
        }
        return NONE;
    }
}
