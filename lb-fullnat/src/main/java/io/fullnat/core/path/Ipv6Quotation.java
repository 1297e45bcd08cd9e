// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.WideConnections;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.IcmpTo4;
import io.fullnat.core.translate.Icmpv6Rewrite;
import io.fullnat.core.translate.Identifications;

/// The packet that an error of ICMPv6 quotes, as much of it as fits (RFC 4443 §3): an IP header,
/// extension headers, and eight bytes of what follows.
final class Ipv6Quotation extends Quotation implements AutoCloseable {
    /// As for ICMP: ports, and of TCP the sequence number.
    private static final int LEAST = 8;

    private static final int HALF = 16;
    private static final int MAX_LENGTH = 65_535;

    private final Ipv6Family family;
    private final WideConnections connections;
    private final Identifications identifications;
    private final Ipv6Chain chain = new Ipv6Chain();
    private final Region reversed = Region.allocate(2L * HALF, "a quoted packet's addresses");
    private long ip;
    private long quoted;

    Ipv6Quotation(Ipv6Family family, WideConnections connections, Identifications identifications) {
        this.identifications = identifications;
        this.family = family;
        this.connections = connections;
    }

    @Override
    boolean read(long error) {
        ip = error;
        quoted = family.transport(error) + Icmpv6.HEADER_LENGTH;
        int available = family.transportLength(error) - Icmpv6.HEADER_LENGTH;
        if (chain.walkQuoted(quoted, available) != Ipv6Chain.RIGHT
                || chain.fragmentOffset() != 0
                || !isOfService(chain.protocol())
                || chain.transportLength() < LEAST
                || Ipv6.sourceLow(quoted) != Ipv6.destinationLow(error)
                || Ipv6.sourceHigh(quoted) != Ipv6.destinationHigh(error)) {
            return false;
        }
        long addresses = quoted + Ipv6.ADDRESSES_OFFSET;
        Memory.copy(addresses + HALF, reversed.address(), HALF);
        Memory.copy(addresses, reversed.address() + HALF, HALF);
        return true;
    }

    private static boolean isOfService(int protocol) {
        return protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP;
    }

    @Override
    boolean isUnreachable() {
        return Icmpv6.type(family.transport(ip)) == Icmpv6.TYPE_DESTINATION_UNREACHABLE;
    }

    @Override
    int tooBig() {
        long icmp = family.transport(ip);
        boolean tooBig = Icmpv6.type(icmp) == Icmpv6.TYPE_PACKET_TOO_BIG;
        return tooBig ? (int) Math.min(Icmpv6.mtu(icmp), MAX_LENGTH) : 0;
    }

    @Override
    long find() {
        long key = ConnectionKey.portsAndProtocol(ports(), chain.protocol());
        return connections.find(connections.hash(reversed.address(), key), reversed.address(), key);
    }

    private int ports() {
        return Integer.rotateLeft(Memory.getInt(chain.transport()), 16);
    }

    @Override
    long sourceHigh() {
        return Ipv6.sourceHigh(quoted);
    }

    @Override
    long sourceLow() {
        return Ipv6.sourceLow(quoted);
    }

    @Override
    int sourcePort() {
        return Tcp.sourcePort(chain.transport());
    }

    @Override
    int owner(ReturnPath path) {
        return path.wideOwner(reversed.address(), ports());
    }

    @Override
    void moveNumbers(SequenceShifts shifts, long flow) {
        moveNumbers(shifts, flow, chain.transport(), chain.transportLength());
    }

    @Override
    void translate(long flow) {
        long l4 = chain.transport();
        Icmpv6Rewrite.quoted(quoted, l4, chain.protocol(), chain.transportLength(), flow);
        Icmpv6Rewrite.outer(ip, family.transport(ip), family.transportLength(ip), flow);
    }

    @Override
    long translateAcross(long flow, int towards, int from) {
        return IcmpTo4.translate(
                ip,
                family.transport(ip),
                family.transportLength(ip),
                chain.transport(),
                chain.fragment(),
                flow,
                identifications.of(family.fragment(ip)),
                towards,
                from);
    }

    @Override
    public void close() {
        reversed.close();
    }
}
