// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Condition;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.transmit.LinkGate;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Looks at the links of all ports ten times a second, and says which are down: to the workers,
/// which then send nothing there, and as a condition, with what could not be sent meanwhile.
///
/// A link that is back ends its condition at once. One that comes and goes faster than this looks
/// is not told; what its device refuses is counted all the same.
final class LinkWatch implements Watch {
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<? extends PacketPort> ports;
    private final List<LinkGate> gates;
    private final Conditions conditions;
    private final long[] lostBefore;
    private final boolean[] down;
    private long nextNs;

    LinkWatch(PacketIo io, List<LinkGate> gates, Conditions conditions, long nowNs) {
        ports = io.ports();
        this.gates = gates;
        this.conditions = conditions;
        lostBefore = new long[ports.size()];
        down = new boolean[ports.size()];
        nextNs = nowNs;
    }

    @Override
    public void poll(long nowNs) {
        if (nowNs - nextNs < 0) {
            return;
        }
        nextNs = nowNs + INTERVAL_NS;
        for (int i = 0; i < down.length; i++) {
            look(i, nowNs);
        }
    }

    private void look(int number, long nowNs) {
        LinkGate gate = gates.get(number);
        String port = ports.get(number).name();
        LinkState link = link(ports.get(number));
        gate.down(!link.up());
        if (!link.up()) {
            String why = link.trouble().isEmpty() ? "no link" : link.trouble();
            conditions.present(Condition.LINK_DOWN, port, why, nowNs);
        } else if (down[number]) {
            long lost = gate.lost() - lostBefore[number];
            conditions.over(Condition.LINK_DOWN, port, lost + " packets could not be sent", nowNs);
        }
        if (link.up()) {
            lostBefore[number] = gate.lost();
        }
        down[number] = !link.up();
    }

    private static LinkState link(PacketPort port) {
        try {
            return port.link();
        } catch (BalancerException closed) {
            return LinkState.down(String.valueOf(closed.getMessage()));
        }
    }
}
