// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.IcmpRewrite;
import io.fullnat.core.translate.IcmpTo6;
import io.fullnat.core.translate.Rewrite;

/// The packet that an error of ICMP quotes: a whole IP header with a right checksum (RFC 5508
/// REQ-3) and eight bytes of what follows.
final class Ipv4Quotation extends Quotation {
    private final ConnectionTable table;
    private long ip;
    private long quoted;
    private long transport;
    private int available;

    Ipv4Quotation(ConnectionTable table) {
        this.table = table;
    }

    @Override
    boolean read(long error) {
        ip = error;
        quoted = Ipv4.payload(error) + Icmp.HEADER_LENGTH;
        available = Ipv4.payloadLength(error) - Icmp.HEADER_LENGTH;
        if (!IcmpRewrite.isTranslatable(quoted, available)
                || Ipv4.source(quoted) != Ipv4.destination(error)
                || !Checksum.isIpv4HeaderValid(quoted)) {
            return false;
        }
        transport = quoted + Ipv4.headerLength(quoted);
        return true;
    }

    @Override
    boolean isUnreachable() {
        long icmp = Ipv4.payload(ip);
        return Icmp.type(icmp) == Icmp.TYPE_DESTINATION_UNREACHABLE
                && Icmp.code(icmp) != Icmp.CODE_FRAGMENTATION_NEEDED;
    }

    @Override
    int tooBig() {
        long icmp = Ipv4.payload(ip);
        boolean tooBig =
                Icmp.type(icmp) == Icmp.TYPE_DESTINATION_UNREACHABLE
                        && Icmp.code(icmp) == Icmp.CODE_FRAGMENTATION_NEEDED;
        return tooBig ? Icmp.nextHopMtu(icmp) : 0;
    }

    @Override
    long find() {
        long key = ConnectionKey.portsAndProtocol(ports(), Ipv4.protocol(quoted));
        return table.find(addresses(), key);
    }

    /// Those of the direction that answers it.
    private long addresses() {
        return Long.rotateLeft(Memory.getLong(quoted + Rewrite.ADDRESSES_OFFSET), 32);
    }

    private int ports() {
        return Integer.rotateLeft(Memory.getInt(transport), 16);
    }

    @Override
    long sourceHigh() {
        return 0;
    }

    @Override
    long sourceLow() {
        return Ipv4.sourceLow(quoted);
    }

    @Override
    int sourcePort() {
        return Tcp.sourcePort(transport);
    }

    @Override
    int owner(ReturnPath path) {
        return path.owner(addresses(), ports());
    }

    @Override
    void moveNumbers(SequenceShifts shifts, long flow) {
        moveNumbers(shifts, flow, transport, transportAvailable());
    }

    private int transportAvailable() {
        return (int) (quoted + available - transport);
    }

    @Override
    void translate(long flow) {
        IcmpRewrite.quoted(quoted, transport, transportAvailable(), flow);
        IcmpRewrite.outer(ip, flow);
    }

    @Override
    long translateAcross(long flow, int towards, int from) {
        return IcmpTo6.translate(ip, flow, towards, from);
    }
}
