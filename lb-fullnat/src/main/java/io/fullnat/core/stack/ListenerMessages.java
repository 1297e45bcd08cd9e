// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Mld;
import io.fullnat.core.packet.NeighbourDiscovery;

/// Sends messages of multicast listeners: with hop limit 1 and a Router Alert, by the device that
/// they are about, from its link-local address, or from none before that is valid (RFC 3590).
final class ListenerMessages {
    /// Bytes in front of the message.
    static final int HEADERS = Ipv6.HEADER_LENGTH + Mld.ROUTER_ALERT_LENGTH;

    private static final long GROUP_HIGH = NeighbourDiscovery.LINK_GROUP_HIGH;

    private final StackContext context;
    private final AddressStates states;
    private final LinkAnswers answers;

    ListenerMessages(StackContext context, AddressStates states) {
        this.context = context;
        this.states = states;
        answers = new LinkAnswers(context);
    }

    /// Gets room for a message to a group, of which the last half of the address is given.
    ///
    /// @return address of the message; 0 if there is no buffer
    long start(Device device, long to) {
        long ip = answers.start(device, Ethernet.groupOf(to), Ethernet.TYPE_IPV6);
        return ip == 0 ? 0 : ip + HEADERS;
    }

    /// Sends a message that was started for the same device and group.
    void send(Device device, long to, long message, int length) {
        NetworkView.Own own = context.view().linkLocal(device.index());
        if (own != null && !states.isValid(device.index(), own.high(), own.low())) {
            own = null;
        }
        long ip = message - HEADERS;
        Ipv6.writeHeader(
                ip,
                Mld.ROUTER_ALERT_LENGTH + length,
                1,
                Ipv6.NEXT_HEADER_HOP_BY_HOP,
                own == null ? 0 : own.high(),
                own == null ? 0 : own.low(),
                GROUP_HIGH,
                to);
        Mld.writeRouterAlert(ip + Ipv6.HEADER_LENGTH);
        int protocol = Ipv6.NEXT_HEADER_ICMP;
        Icmpv6.checksum(message, Checksum.transport6(ip, protocol, message, length));
        answers.send(device.port(), ip, HEADERS + length, Counter.LISTENER_REPORTS);
    }

    /// Sends a message of version 1 (RFC 2710): a report to the group itself, or to all routers
    /// that one is done with it.
    void sendOld(Device device, boolean listens, long group) {
        long to = listens ? group : Mld.ALL_ROUTERS_LOW;
        long message = start(device, to);
        if (message != 0) {
            int type = listens ? Icmpv6.TYPE_LISTENER_REPORT : Icmpv6.TYPE_LISTENER_DONE;
            Mld.writeMessage1(message, type, GROUP_HIGH, group);
            send(device, to, message, Mld.QUERY_LENGTH);
        }
    }
}
