// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.ClientOptionForm;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.transmit.WorkerCounters;

/// UOA: tells a real server its client's address and port with the first datagrams of a connection,
/// in a header of its own between IP and UDP or in an option of IPv4 ([UoaForm]). Where a datagram
/// has no room, a packet goes ahead of it that has the header, and a datagram without data.
///
/// No receiver acknowledges it, so the server's first answer does: it has got a datagram, and all
/// before its answer carried it. That holds unless one of them went apart from what it tells of;
/// then all of them are sent, as many as the service says.
final class Uoa implements PacketModifier {
    // The record: the option, then what is left to do.
    private static final int OPTION = 0;
    private static final int LEFT = 20;
    private static final int APART = 24; // whether a packet has gone ahead
    private static final int HEADER = 25; // whether it is a header of its own

    private final WorkerCounters counters;

    Uoa(WorkerCounters counters) {
        this.counters = counters;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        ClientDisclosure how = service.service().policy().disclosure();
        ClientOption.write(record + OPTION, ClientOptionForm.IPV4_KIND, entry);
        Memory.putInt(record + LEFT, how.uoaPackets());
        Memory.putByte(record + HEADER, how.uoa() == ClientDisclosure.Uoa.OPP ? 1 : 0);
    }

    /// Whether a connection's packets can have the form that its service says: an option of IPv4
    /// tells no address of IPv6, and stands in no packet of it.
    ///
    /// @param entry of the connection
    /// @param form of its service
    /// @return false if it is to have none
    static boolean suits(long entry, ClientDisclosure.Uoa form) {
        return form == ClientDisclosure.Uoa.OPP
                || (!ConnectionLayout.hasWideKey(entry, INBOUND)
                        && !ConnectionLayout.hasWideKey(entry, OUTBOUND));
    }

    @Override
    public void modify(ModifiedPacket packet) {
        if (packet.direction() == OUTBOUND && Memory.getByte(packet.record() + APART) == 0) {
            packet.done();
        }
    }

    @Override
    public boolean finishes() {
        return true;
    }

    @Override
    public void finish(ModifiedPacket packet) {
        long record = packet.record();
        long option = record + OPTION;
        boolean header = Memory.getByte(record + HEADER) != 0;
        if (UoaForm.fits(packet, header, option)) {
            packet.ip(UoaForm.insert(packet.ip(), packet.transport(), header, option));
            counters.count(Counter.UOA_SENT);
        } else if (sendAhead(packet, header, option)) {
            Memory.putByte(record + APART, 1);
            counters.count(Counter.UOA_ALONE);
        } else {
            counters.count(Counter.UOA_NO_ROOM);
            return;
        }
        int left = Memory.getInt(record + LEFT) - 1;
        Memory.putInt(record + LEFT, left);
        if (left == 0) {
            packet.done();
        }
    }

    /// Sends a datagram without data with the same addresses and ports.
    private static boolean sendAhead(ModifiedPacket packet, boolean header, long option) {
        int room = UoaForm.length(header, option);
        long ip = packet.ahead(UoaForm.headerLength(packet) + room + Udp.HEADER_LENGTH);
        if (ip == 0) {
            return false;
        }
        long from = packet.ip();
        long l4 = ip + room + UoaForm.headerLength(packet);
        Memory.copy(packet.transport(), l4, 2 * Short.BYTES);
        Udp.length(l4, Udp.HEADER_LENGTH);
        Udp.checksum(l4, 0);
        if (packet.isIpv6()) {
            long start = ip + room;
            Memory.copy(from, start, Ipv6.HEADER_LENGTH);
            Ipv6.payloadLength(start, Udp.HEADER_LENGTH);
            Ipv6.nextHeader(start, Ipv4.PROTOCOL_UDP);
            Udp.checksum(l4, Checksum.transport6(start, Ipv4.PROTOCOL_UDP, l4, Udp.HEADER_LENGTH));
            UoaForm.insert(start, l4, header, option);
            return true;
        }
        long start = ip + room;
        Ipv4.writeHeader(
                start,
                Ipv4.MIN_HEADER_LENGTH + Udp.HEADER_LENGTH,
                Ipv4.timeToLive(from),
                Ipv4.PROTOCOL_UDP,
                Ipv4.source(from),
                Ipv4.destination(from));
        Ipv4.typeOfService(start, Ipv4.typeOfService(from));
        Udp.checksum(l4, Checksum.transport(start));
        UoaForm.insert(start, l4, header, option);
        return true;
    }
}
