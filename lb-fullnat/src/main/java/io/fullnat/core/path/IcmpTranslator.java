// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.IcmpRewrite;
import io.fullnat.core.translate.Rewrite;
import org.jspecify.annotations.Nullable;

/// ICMP errors about packets that the balancer sent: translated, with the headers they quote, and
/// sent to the side that the packet came from (RFC 5508 §4, the same for both directions here).
///
/// The quoted packet is one that we translated, so its reversed tuple is the key of the other
/// direction, and that direction's flow says what to write: outside as for any packet of it, inside
/// the same reversed. An error is believed only if it is for the host that sent what it quotes,
/// quotes a whole IP header with a right checksum (RFC 5508 REQ-3), and came from the side that the
/// quoted packet was sent to; connections neither live longer nor end by it (REQ-6).
final class IcmpTranslator {
    private final FlowContext context;
    private final Forwarder forwarder;
    private final Peers peers;
    private final Arrivals arrivals;

    IcmpTranslator(FlowContext context, Forwarder forwarder, Peers peers, Arrivals arrivals) {
        this.arrivals = arrivals;
        this.context = context;
        this.forwarder = forwarder;
        this.peers = peers;
    }

    /// Handles a well-formed ICMP error. Returns null when its buffer has gone its way, else how it
    /// ended; [Outcome#ICMP_IGNORED] if it is about no connection.
    @Nullable Outcome translate(Frame frame, int hopsDone) {
        long ip = frame.l3();
        long quoted = Ipv4.payload(ip) + Icmp.HEADER_LENGTH;
        int available = Ipv4.payloadLength(ip) - Icmp.HEADER_LENGTH;
        if (!IcmpRewrite.isTranslatable(quoted, available)
                || Ipv4.source(quoted) != Ipv4.destination(ip)
                || !Checksum.isIpv4HeaderValid(quoted)) {
            return Outcome.ICMP_IGNORED;
        }
        long l4 = quoted + Ipv4.headerLength(quoted);
        long addresses = Long.rotateLeft(Memory.getLong(quoted + Rewrite.ADDRESSES_OFFSET), 32);
        int ports = Integer.rotateLeft(Memory.getInt(l4), 16);
        long key = ConnectionKey.portsAndProtocol(ports, Ipv4.protocol(quoted));
        long flow = context.table().find(addresses, key);
        if (flow == 0) {
            return relay(frame, quoted, Tcp.sourcePort(l4), hopsDone);
        }
        Outcome refusal = forwarder.checkLink(frame, flow);
        if (refusal != null) {
            return refusal;
        }
        if (!forwarder.isUsable()) {
            return forwarder.waitFor(frame);
        }
        IcmpRewrite.quoted(quoted, l4, (int) (quoted + available - l4), flow);
        IcmpRewrite.outer(ip, flow);
        forwarder.sendIcmp(frame);
        return null;
    }

    /// Another worker may know the connection. About a packet to a real server, the local port says
    /// who. About one to a client nobody knows where the client's packets arrive, so the error goes
    /// from worker to worker until one knows.
    private @Nullable Outcome relay(Frame frame, long quoted, int sourcePort, int hopsDone) {
        long source = Ipv4.sourceLow(quoted);
        boolean toServer =
                context.stack().view().isLocalAddress(0, source)
                        && PortPartition.isLocalPort(sourcePort)
                        && arrivals.isServersSide(0, source, frame.device());
        boolean toClient = context.services().isVirtualAddress(0, source);
        int next;
        if (toServer) {
            next = ownerOf(quoted, source);
        } else if (toClient) {
            next = (peers.self() + 1) % peers.count();
        } else {
            return Outcome.ICMP_IGNORED;
        }
        boolean done = toServer ? hopsDone > 0 : hopsDone + 1 >= peers.count();
        if (done || next == peers.self()) {
            return Outcome.ICMP_IGNORED;
        }
        peers.handOver(next, frame, hopsDone + 1);
        return null;
    }

    /// Who awaits the answers to a packet that was sent to a real server.
    private int ownerOf(long quoted, long localAddress) {
        long addresses = Memory.getLong(quoted + Rewrite.ADDRESSES_OFFSET);
        int ports = Memory.getInt(quoted + Ipv4.headerLength(quoted));
        return context.returnPath(0, localAddress)
                .owner(Long.rotateLeft(addresses, 32), Integer.rotateLeft(ports, 16));
    }
}
