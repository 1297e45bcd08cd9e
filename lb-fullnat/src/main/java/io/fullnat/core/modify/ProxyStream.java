// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.StrippedToa;
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
/// Where headers of clients are believed, that waits for the first data: a stream that begins with
/// a header is left as it is.
final class ProxyStream implements PacketModifier {
    // The record: what is known, the header's length, where the client's stream begins, how far it
    // was sent, whether the server has said so, the header.
    private static final int STATE = 0;
    private static final int LENGTH = 1;
    private static final int INSECURE = 2;
    private static final int VERSION = 3;
    private static final int START = 4;
    private static final int END = 8;
    private static final int ANSWERED = 12;
    private static final int HEADER = 16;

    private static final int NEW = 0;
    private static final int WAITING = 1; // for the client's first data
    private static final int CHOSEN = 2;
    private static final int SENT = 3;

    private final SequenceShifts shifts;
    private final WorkerCounters counters;

    ProxyStream(SequenceShifts shifts, WorkerCounters counters) {
        this.shifts = shifts;
        this.counters = counters;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        ProxyProtocol form = service.service().policy().proxyProtocol();
        Memory.putByte(record + INSECURE, form.isInsecure() ? 1 : 0);
        Memory.putByte(record + VERSION, form.version());
    }

    @Override
    public void modify(ModifiedPacket packet) {
        long l4 = packet.transport();
        int flags = Tcp.flags(l4);
        if ((flags & Tcp.RST) != 0) {
            return;
        }
        boolean syn = (flags & Tcp.SYN) != 0;
        if (packet.direction() != INBOUND) {
            if (!syn) {
                acknowledged(packet, l4);
            } else if ((flags & Tcp.ACK) != 0) {
                answered(packet, Tcp.acknowledgement(l4));
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

    /// Data of a SYN would stand in front of the header: the client sends them again, as those that
    /// a server does not take (RFC 7413 §4.1.3). A SYN with another number is given that of the
    /// first: a client that means it refuses what the server answers, and begins anew (RFC 9293
    /// §3.10.7.3).
    private void opened(ModifiedPacket packet, long l4) {
        long record = packet.record();
        ProxySegments.cut(packet);
        if (Memory.getByte(record + STATE) == NEW) {
            begins(packet.entry(), record, Tcp.sequence(l4) + 1);
        } else if (Tcp.sequence(l4) != Memory.getInt(record + START) - 1) {
            ProxySegments.renumber(l4, Memory.getInt(record + START) - 1);
        }
    }

    /// @param start what the server's SYN-ACK acknowledges, in numbers of the client
    private void answered(ModifiedPacket packet, int start) {
        long record = packet.record();
        if (Memory.getByte(record + ANSWERED) == 0 || start != Memory.getInt(record + START)) {
            Memory.putByte(record + ANSWERED, 1);
            begins(packet.entry(), record, start);
        }
    }

    private void begins(long entry, long record, int start) {
        Memory.putInt(record + START, start);
        Memory.putInt(record + END, start);
        int state = Memory.getByte(record + STATE);
        if (state == SENT) {
            Memory.putByte(record + STATE, CHOSEN);
        } else if (state == NEW) {
            if (Memory.getByte(record + INSECURE) == 0) {
                choose(entry, record);
            } else {
                Memory.putByte(record + STATE, WAITING);
            }
        }
    }

    private void choose(long entry, long record) {
        int length = ProxyBytes.write(record + HEADER, Memory.getByte(record + VERSION), entry);
        Memory.putByte(record + LENGTH, length);
        Memory.putByte(record + STATE, CHOSEN);
        shifts.prefix(entry, length);
    }

    private void sent(ModifiedPacket packet, long l4, int flags) {
        long record = packet.record();
        int length = packet.transportLength() - Tcp.headerLength(l4);
        boolean fin = (flags & Tcp.FIN) != 0;
        boolean bare = length == 0 && !fin;
        int behind = Tcp.sequence(l4) - Memory.getInt(record + START);
        boolean waiting = Memory.getByte(record + STATE) == WAITING;
        if (Memory.getByte(record + ANSWERED) == 0 || behind < 0 || (waiting && bare)) {
            ProxySegments.cut(packet);
            return;
        }
        if (waiting) {
            if (behind > 0) {
                // How far its number is moved depends on what comes first.
                ProxySegments.cut(packet);
                ProxySegments.renumber(l4, Memory.getInt(record + START));
                return;
            }
            long data = l4 + Tcp.headerLength(l4);
            if (length > 0 && ProxySegments.beginsHeader(data, length)) {
                counters.count(Counter.PROXY_PASSED);
                packet.done();
                return;
            }
            choose(packet.entry(), record);
        }
        int end = Tcp.sequence(l4) + length + (fin ? 1 : 0);
        if (end - Memory.getInt(record + END) > 0) {
            Memory.putInt(record + END, end);
        }
    }

    /// What the server acknowledges of the header, in numbers of the client, lies in front of its
    /// stream.
    private void acknowledged(ModifiedPacket packet, long l4) {
        long record = packet.record();
        int start = Memory.getInt(record + START);
        int received = Tcp.acknowledgement(l4) - start;
        if (Memory.getByte(record + STATE) != SENT) {
            return;
        }
        if (received < 0 && -received <= Memory.getByte(record + LENGTH)) {
            ProxySegments.acknowledge(l4, start);
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
        if (Memory.getByte(record + STATE) < CHOSEN
                || Memory.getByte(record + ANSWERED) == 0
                || (flags & (Tcp.SYN | Tcp.RST)) != 0) {
            return;
        }
        int length = Memory.getByte(record + LENGTH);
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
