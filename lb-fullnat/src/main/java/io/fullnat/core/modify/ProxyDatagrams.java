// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.TcpOptions;
import io.fullnat.core.transmit.WorkerCounters;

/// Puts a PROXY header of the binary form into each datagram of a client, for as long as the
/// connection lasts: receivers take it from each datagram alone, and one without it could begin
/// with a header that the client has made up. What a client sends is data behind it, but for
/// clients that are believed: a datagram that begins with a header stays as it is.
///
/// A datagram that has no room loses its data, and is counted: without a header, they would be
/// taken for one.
final class ProxyDatagrams implements PacketModifier {
    // The record: the header's length, whether those of clients are believed, the header.
    private static final int LENGTH = 0;
    private static final int INSECURE = 1;
    private static final int HEADER = 16;

    private final WorkerCounters counters;
    private final ProxyTlvs tlvs;
    private final ReceivedHeader received = new ReceivedHeader();

    ProxyDatagrams(WorkerCounters counters, ProxyTlvs tlvs) {
        this.tlvs = tlvs;
        this.counters = counters;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        boolean insecure = service.service().policy().proxyProtocol().isInsecure();
        long behind = record + HEADER + ProxyBytes.LONGEST - ProxyTlvs.LONGEST;
        int more = tlvs.write(behind, service);
        int length = ProxyBytes.write(record + HEADER, 2, entry, behind, more);
        Memory.putByte(record + LENGTH, length);
        Memory.putByte(record + INSECURE, insecure ? 1 : 0);
    }

    /// Whether a datagram of a client that is believed begins with a header, or with what is none
    /// though it begins as one, which does not go on.
    private boolean isSaid(ModifiedPacket packet, long data, int length) {
        int kind =
                length < ProxyBytes.SIGNATURE.length
                        ? ReceivedHeader.NONE
                        : received.read(data, length, packet.scratch(), false);
        if (kind == ReceivedHeader.NONE) {
            return false;
        }
        if (kind == ReceivedHeader.WHOLE) {
            counters.count(Counter.PROXY_PASSED);
        } else {
            counters.count(Counter.PROXY_MALFORMED);
            packet.drop();
        }
        return true;
    }

    /// A datagram with a header that the client has made up could follow.
    @Override
    public AfterFault afterFault() {
        return AfterFault.KEPT;
    }

    /// Data move behind the header: a packet can become longer at its end, as long as its link
    /// takes it whole.
    @Override
    public void modify(ModifiedPacket packet) {
        if (packet.direction() != INBOUND) {
            return;
        }
        long record = packet.record();
        long l4 = packet.transport();
        long data = l4 + Udp.HEADER_LENGTH;
        int length = Udp.length(l4) - Udp.HEADER_LENGTH;
        if (Memory.getByte(record + INSECURE) != 0 && length > 0 && isSaid(packet, data, length)) {
            return;
        }
        int header = Memory.getUnsignedByte(record + LENGTH);
        int total = (int) (data - packet.ip()) + length + header;
        long before = Checksum.sum(data, length) + 2L * length;
        int kept = length;
        if (total > packet.mtu()) {
            kept = 0;
            counters.count(Counter.PROXY_NO_ROOM);
        } else {
            counters.count(Counter.PROXY_SENT);
        }
        Memory.copy(data, data + header, kept);
        Memory.copy(record + HEADER, data, header);
        int now = header + kept;
        Udp.length(l4, Udp.HEADER_LENGTH + now);
        TcpOptions.lengthen(packet.ip(), Udp.HEADER_LENGTH + now - packet.transportLength());
        if (Udp.checksum(l4) != Udp.NO_CHECKSUM) {
            long delta = (~Checksum.fold(before) & 0xFFFF) + Checksum.sum(data, now) + 2L * now;
            Udp.checksum(l4, Checksum.avoidZero(Checksum.apply(Udp.checksum(l4), delta)));
        }
    }
}
