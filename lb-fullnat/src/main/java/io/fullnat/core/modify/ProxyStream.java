// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.modify.ProxyRecord.ANSWERED;
import static io.fullnat.core.modify.ProxyRecord.CHOSEN;
import static io.fullnat.core.modify.ProxyRecord.END;
import static io.fullnat.core.modify.ProxyRecord.FORM;
import static io.fullnat.core.modify.ProxyRecord.HEADER;
import static io.fullnat.core.modify.ProxyRecord.INSECURE;
import static io.fullnat.core.modify.ProxyRecord.KEPT_LENGTH;
import static io.fullnat.core.modify.ProxyRecord.LENGTH;
import static io.fullnat.core.modify.ProxyRecord.NEW;
import static io.fullnat.core.modify.ProxyRecord.OWED;
import static io.fullnat.core.modify.ProxyRecord.REPLACED;
import static io.fullnat.core.modify.ProxyRecord.SENT;
import static io.fullnat.core.modify.ProxyRecord.START;
import static io.fullnat.core.modify.ProxyRecord.STATE;
import static io.fullnat.core.modify.ProxyRecord.TLVS;
import static io.fullnat.core.modify.ProxyRecord.TLVS_LENGTH;
import static io.fullnat.core.modify.ProxyRecord.WAITING;
import static io.fullnat.core.modify.ProxyRecord.WINDOW;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.StrippedToa;
import io.fullnat.core.translate.TcpOptions;
import io.fullnat.core.transmit.WorkerCounters;

/// Puts a PROXY header in front of a client's stream, as bytes of the stream that the balancer
/// sends and sends again until the real server has acknowledged them; then the connection's numbers
/// are moved by its length, and nothing else is done.
///
/// The client's segments that begin where its stream does carry it: a bare acknowledgement, as that
/// of the handshake, gets it as its payload, so a server whose client waits for it to speak first
/// has it at once; in front of one with data it is a segment of its own. Such segments come again,
/// by the client or since the server repeats its SYN-ACK, as long as the header is not
/// acknowledged: the client hears of no acknowledgement before. It is always the same, in one
/// segment, at the same number.
///
/// The stream begins where the server's SYN-ACK says. The server hears of one SYN alone, for a
/// client that sent others could choose among them afterwards; and nothing of a client is passed on
/// that lies in front of its stream, or comes before the SYN-ACK. So nobody but the balancer writes
/// where the header lies.
///
/// Where headers of clients are believed, that waits for the client's first data ([ClientHeader]):
/// a stream that begins with a header of the service's form is left as it is, one of the other form
/// is replaced, what is no header though it begins as one ends the connection.
final class ProxyStream implements PacketModifier {
    private final SequenceShifts shifts;
    private final WorkerCounters counters;
    private final ProxyTlvs tlvs;
    private final ClientHeader header;

    ProxyStream(SequenceShifts shifts, WorkerCounters counters, ProxyTlvs tlvs) {
        this.shifts = shifts;
        this.tlvs = tlvs;
        this.counters = counters;
        header = new ClientHeader(shifts, counters);
    }

    /// A stream without a header could begin with one that the client has made up.
    @Override
    public AfterFault afterFault() {
        return AfterFault.RESET;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        ProxyProtocol form = service.service().policy().proxyProtocol();
        Memory.putByte(record + INSECURE, form.isInsecure() ? 1 : 0);
        Memory.putByte(record + FORM, form.version());
        if (form.version() == 2) {
            Memory.putByte(record + TLVS_LENGTH, tlvs.write(record + TLVS, service));
        }
        if (ConnectionLayout.isShifted(entry)) {
            shifts.prefix(entry, 0); // of a stream before
        }
    }

    @Override
    public void modify(ModifiedPacket packet) {
        long l4 = packet.transport();
        int flags = Tcp.flags(l4);
        if ((flags & Tcp.RST) != 0) {
            reset(packet, l4);
            return;
        }
        boolean syn = (flags & Tcp.SYN) != 0;
        if (packet.direction() != INBOUND) {
            if (!syn) {
                acknowledged(packet, l4);
            } else if ((flags & Tcp.ACK) != 0) {
                answered(packet, l4);
            }
        } else {
            StrippedToa.stripIfLong(l4, ClientDisclosure.DEFAULT_TOA_KIND);
            if (syn) {
                opened(packet, l4);
            } else {
                sent(packet, l4, flags);
            }
        }
    }

    /// A server that has not got what is kept of a client's stream expects a lower number.
    private static void reset(ModifiedPacket packet, long l4) {
        long record = packet.record();
        if (packet.direction() == INBOUND
                && ProxyRecord.state(record) == WAITING
                && Tcp.sequence(l4) == Memory.getInt(record + START) + ProxyRecord.kept(record)) {
            ProxySegments.renumber(l4, Memory.getInt(record + START));
        }
    }

    /// Data of a SYN would stand in front of the header: the client sends them again, as those that
    /// a server does not take (RFC 7413 §4.1.3). A SYN with another number is given that of the
    /// first: a client that means it refuses what the server answers, and begins anew (RFC 9293
    /// §3.10.7.3).
    private void opened(ModifiedPacket packet, long l4) {
        long record = packet.record();
        ProxySegments.cut(packet);
        if (ProxyRecord.state(record) == NEW) {
            begins(packet, Tcp.sequence(l4) + 1);
        } else if (Tcp.sequence(l4) != ProxyRecord.first(record) - 1) {
            ProxySegments.renumber(l4, ProxyRecord.first(record) - 1);
        }
    }

    /// The server's SYN-ACK says where the client's stream begins.
    private void answered(ModifiedPacket packet, long l4) {
        long record = packet.record();
        int first = Tcp.acknowledgement(l4);
        Memory.putShort(record + WINDOW, window(l4));
        if (Memory.getByte(record + ANSWERED) == 0 || first != ProxyRecord.first(record)) {
            Memory.putByte(record + ANSWERED, 1);
            begins(packet, first);
        }
    }

    /// The window of a SYN-ACK as the segments behind it say it.
    private static int window(long l4) {
        return Math.max(1, Tcp.window(l4) >>> Math.max(0, TcpOptions.windowScale(l4)));
    }

    private void begins(ModifiedPacket packet, int first) {
        long record = packet.record();
        boolean believed = Memory.getByte(record + INSECURE) != 0;
        int state = ProxyRecord.state(record);
        if (believed && state >= CHOSEN) {
            packet.refuse(); // what was received belongs to a stream before
            return;
        }
        Memory.putInt(record + START, first);
        Memory.putInt(record + END, first);
        if (believed) {
            Memory.putByte(record + STATE, WAITING);
            Memory.putByte(record + KEPT_LENGTH, 0);
        } else if (state == NEW) {
            header.takeOurs(packet);
        } else {
            Memory.putByte(record + STATE, CHOSEN);
        }
    }

    private void sent(ModifiedPacket packet, long l4, int flags) {
        long record = packet.record();
        if (Memory.getByte(record + ANSWERED) == 0) {
            ProxySegments.cut(packet);
            return;
        }
        if (ProxyRecord.state(record) == WAITING && !header.look(packet)) {
            return;
        }
        int length = packet.transportLength() - Tcp.headerLength(l4);
        int before = Memory.getInt(record + START) - Tcp.sequence(l4);
        if (before > 0) {
            if (before >= length || before > Memory.getInt(record + REPLACED)) {
                ProxySegments.cut(packet);
                return;
            }
            ProxySegments.trim(packet, before);
            length -= before;
        }
        int end = Tcp.sequence(l4) + length + ((flags & Tcp.FIN) != 0 ? 1 : 0);
        if (end - Memory.getInt(record + END) > 0) {
            Memory.putInt(record + END, end);
        }
    }

    /// What the server acknowledges of the header, in numbers of the client, lies in front of its
    /// stream.
    private void acknowledged(ModifiedPacket packet, long l4) {
        long record = packet.record();
        int state = ProxyRecord.state(record);
        int start = Memory.getInt(record + START);
        int received = Tcp.acknowledgement(l4) - start;
        if (state == WAITING && received == 0 && ProxyRecord.kept(record) > 0) {
            ProxySegments.acknowledge(l4, start + ProxyRecord.kept(record));
        }
        if (state != SENT) {
            return;
        }
        if (received < 0 && -received <= Memory.getUnsignedByte(record + LENGTH)) {
            ProxySegments.acknowledge(l4, start - Memory.getInt(record + OWED));
        } else if (received >= 0 && received <= Memory.getInt(record + END) - start) {
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
        long l4 = packet.transport();
        int flags = Tcp.flags(l4);
        if (ProxyRecord.state(record) < CHOSEN
                || Memory.getByte(record + ANSWERED) == 0
                || (flags & (Tcp.SYN | Tcp.RST)) != 0) {
            return;
        }
        int length = Memory.getUnsignedByte(record + LENGTH);
        int first = Memory.getInt(record + START) + (int) shifts.of(packet.entry());
        if (Tcp.sequence(l4) - first > 0) {
            return;
        }
        int number = first - length;
        boolean bare = packet.transportLength() == Tcp.headerLength(l4) && (flags & Tcp.FIN) == 0;
        if (bare || !ProxySegments.sendAhead(packet, number, record + HEADER, length)) {
            // Without a buffer the header goes in place of the data, which the client repeats.
            ProxySegments.cut(packet);
            ProxySegments.append(packet, number, record + HEADER, length);
        }
        Memory.putByte(record + STATE, SENT);
        counters.count(Counter.PROXY_SENT);
    }
}
