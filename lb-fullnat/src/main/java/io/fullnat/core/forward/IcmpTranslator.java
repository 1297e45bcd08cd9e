// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.forward;

import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.snat.PortPartition;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// ICMP errors about packets that the balancer sent: translated, with the headers they quote, and
/// sent to the side that the packet came from (RFC 5508 §4, the same for both directions here).
///
/// The quoted packet is one that we translated, so its reversed tuple is the key of the other
/// direction, and that direction's line says what to write: outside as for any packet of it, inside
/// the same reversed. An error is believed only if it is for the host that sent what it quotes,
/// quotes a whole IP header with a right checksum (RFC 5508 REQ-3), and came from the side that the
/// quoted packet was sent to; connections neither live longer nor end by it (REQ-6).
final class IcmpTranslator {
    private static final int QUOTED_PORTS = 8;

    private final FlowContext flow;
    private final Forwarder forwarder;
    private final Peers peers;
    private final Arrivals arrivals;

    IcmpTranslator(FlowContext flow, Forwarder forwarder, Peers peers, Arrivals arrivals) {
        this.arrivals = arrivals;
        this.flow = flow;
        this.forwarder = forwarder;
        this.peers = peers;
    }

    /// Handles a well-formed ICMP error. Returns null when its buffer has gone its way, else how it
    /// ended; [Outcome#ICMP_IGNORED] if it is about no connection.
    @Nullable Outcome translate(Frame frame, int hopsDone) {
        long ip = frame.l3();
        long quoted = Ipv4.payload(ip) + Icmp.HEADER_LENGTH;
        int available = Ipv4.payloadLength(ip) - Icmp.HEADER_LENGTH;
        if (!isTransportOverIpv4(quoted, available)
                || Ipv4.source(quoted) != Ipv4.destination(ip)
                || !Checksum.isIpv4HeaderValid(quoted)) {
            return Outcome.ICMP_IGNORED;
        }
        long l4 = quoted + Ipv4.headerLength(quoted);
        long addresses = Long.rotateLeft(Memory.getLong(quoted + Rewrite.ADDRESSES_OFFSET), 32);
        int ports = Integer.rotateLeft(Memory.getInt(l4), 16);
        long key = ConnectionKey.portsAndProtocol(ports, Ipv4.protocol(quoted));
        long line = flow.table().find(addresses, key);
        if (line == 0) {
            return passOn(frame, quoted, Tcp.sourcePort(l4), hopsDone);
        }
        Outcome refusal = forwarder.checkLink(frame, line);
        if (refusal != null) {
            return refusal;
        }
        if (!forwarder.isUsable()) {
            return forwarder.waitFor(frame);
        }
        rewriteQuoted(quoted, l4, (int) (quoted + available - l4), line);
        rewriteOuter(ip, line);
        forwarder.sendIcmp(frame);
        return null;
    }

    private static boolean isTransportOverIpv4(long quoted, int available) {
        if (available < Ipv4.MIN_HEADER_LENGTH || Ipv4.version(quoted) != 4) {
            return false;
        }
        int header = Ipv4.headerLength(quoted);
        int protocol = Ipv4.protocol(quoted);
        return header >= Ipv4.MIN_HEADER_LENGTH
                && header + QUOTED_PORTS <= available
                && Ipv4.fragmentOffset(quoted) == 0
                && (protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP);
    }

    /// Another worker may know the connection. About a packet to a real server, the local port says
    /// who. About one to a client nobody knows where the client's packets arrive, so the error goes
    /// from worker to worker until one knows.
    private @Nullable Outcome passOn(Frame frame, long quoted, int sourcePort, int hopsDone) {
        int source = Ipv4.source(quoted);
        boolean toServer =
                flow.stack().view().isLocalAddress(source)
                        && PortPartition.isLocalPort(sourcePort)
                        && arrivals.isServersSide(source, frame.device());
        boolean toClient = flow.services().isVirtualAddress(source);
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
    private int ownerOf(long quoted, int localAddress) {
        long addresses = Memory.getLong(quoted + Rewrite.ADDRESSES_OFFSET);
        int ports = Memory.getInt(quoted + Ipv4.headerLength(quoted));
        return flow.returnPath(localAddress)
                .owner(Long.rotateLeft(addresses, 32), Integer.rotateLeft(ports, 16));
    }

    private static void rewriteQuoted(long quoted, long l4, int available, long line) {
        long addresses = Long.rotateLeft(Memory.getLong(line + NEW_ADDRESSES), 32);
        int ports = Integer.rotateLeft(Memory.getInt(line + NEW_PORTS), 16);
        long addressesAt = quoted + Rewrite.ADDRESSES_OFFSET;
        long addressDelta = delta(Memory.getLong(addressesAt), addresses);
        long portDelta = Checksum.delta(Memory.getInt(l4), ports);
        int headerSum = Memory.getUnsignedShort(quoted + 10);
        Memory.putLong(addressesAt, addresses);
        Memory.putShort(quoted + 10, Checksum.apply(headerSum, addressDelta));
        Memory.putInt(l4, ports);
        boolean tcp = Ipv4.protocol(quoted) == Ipv4.PROTOCOL_TCP;
        int sumOffset = tcp ? 16 : 6;
        if (sumOffset + 2 > available) {
            return;
        }
        int sum = Memory.getUnsignedShort(l4 + sumOffset);
        if (tcp || sum != Udp.NO_CHECKSUM) {
            int corrected = Checksum.apply(sum, addressDelta + portDelta);
            Memory.putShort(l4 + sumOffset, tcp ? corrected : Checksum.avoidZero(corrected));
        }
    }

    private static long delta(long before, long after) {
        return Checksum.delta((int) before, (int) after)
                + Checksum.delta((int) (before >>> 32), (int) (after >>> 32));
    }

    private static void rewriteOuter(long ip, long line) {
        Memory.putLong(ip + Rewrite.ADDRESSES_OFFSET, Memory.getLong(line + NEW_ADDRESSES));
        Ipv4.timeToLive(ip, Ipv4.timeToLive(ip) - 1);
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        Icmp.checksum(Ipv4.payload(ip), Checksum.icmp(ip));
    }
}
