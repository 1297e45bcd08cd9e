// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.modify.ProxyRecord.CHOSEN;
import static io.fullnat.core.modify.ProxyRecord.END;
import static io.fullnat.core.modify.ProxyRecord.FORM;
import static io.fullnat.core.modify.ProxyRecord.HEADER;
import static io.fullnat.core.modify.ProxyRecord.KEPT;
import static io.fullnat.core.modify.ProxyRecord.KEPT_LENGTH;
import static io.fullnat.core.modify.ProxyRecord.LENGTH;
import static io.fullnat.core.modify.ProxyRecord.MOST_KEPT;
import static io.fullnat.core.modify.ProxyRecord.OWED;
import static io.fullnat.core.modify.ProxyRecord.REPLACED;
import static io.fullnat.core.modify.ProxyRecord.SCRATCH_ADDRESSES;
import static io.fullnat.core.modify.ProxyRecord.SCRATCH_RECEIVED;
import static io.fullnat.core.modify.ProxyRecord.START;
import static io.fullnat.core.modify.ProxyRecord.STATE;
import static io.fullnat.core.modify.ProxyRecord.TLVS;
import static io.fullnat.core.modify.ProxyRecord.TLVS_LENGTH;
import static io.fullnat.core.modify.ProxyRecord.WINDOW;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.transmit.WorkerCounters;

/// Finds out what goes in front of a client's stream: of a client that is believed, by what its
/// stream begins with. For the worker's thread.
///
/// Bytes are looked at in the stream's order. What does not tell yet is kept, and the client hears
/// that it has arrived, since it may wait for that; what comes out of order is left out, and the
/// client sends it again.
final class ClientHeader {
    private final SequenceShifts shifts;
    private final WorkerCounters counters;
    private final ReceivedHeader received = new ReceivedHeader();

    ClientHeader(SequenceShifts shifts, WorkerCounters counters) {
        this.shifts = shifts;
        this.counters = counters;
    }

    /// Takes the connection's own header.
    ///
    /// @param packet of the connection
    void takeOurs(ModifiedPacket packet) {
        chosen(packet, writeOurs(packet), 0, 0);
    }

    /// Looks at a segment of a client whose first data are waited for.
    ///
    /// @param packet with the segment, behind the server's SYN-ACK; as it is to be sent on unless
    ///   what goes in front is known
    /// @return whether it is
    boolean look(ModifiedPacket packet) {
        long record = packet.record();
        long l4 = packet.transport();
        int length = packet.transportLength() - Tcp.headerLength(l4);
        boolean fin = (Tcp.flags(l4) & Tcp.FIN) != 0;
        int kept = ProxyRecord.kept(record);
        int old = Memory.getInt(record + START) + kept - Tcp.sequence(l4);
        int fresh = length - old;
        boolean inOrder = old == 0 || (old > 0 && kept > 0);
        if (!inOrder || fresh < 0 || (fresh == 0 && !fin)) {
            hold(packet);
            if (inOrder && kept > 0 && length > 0) {
                answer(packet);
            }
            return false;
        }
        long at = l4 + Tcp.headerLength(l4) + old;
        int available = fresh;
        if (kept > 0) {
            available = kept + Math.min(fresh, MOST_KEPT);
            long data = at;
            at = packet.scratch() + SCRATCH_RECEIVED;
            Memory.copy(record + KEPT, at, kept);
            Memory.copy(data, at + kept, available - kept);
        }
        return decide(packet, at, available, kept, fin);
    }

    /// @param at where lies what the stream begins with
    /// @param available how much of it, or as much as is looked at
    /// @param kept how much of it was kept
    private boolean decide(ModifiedPacket packet, long at, int available, int kept, boolean fin) {
        int kind = kind(packet, at, available, fin);
        return switch (kind) {
            case ReceivedHeader.PART -> {
                keep(packet, at, available, kept);
                yield false;
            }
            case ReceivedHeader.NONE -> {
                int length = writeOurs(packet);
                Memory.copy(at, packet.scratch() + length, kept);
                chosen(packet, length + kept, kept, 0);
                yield true;
            }
            case ReceivedHeader.WHOLE -> {
                if (received.version() == Memory.getByte(packet.record() + FORM)) {
                    pass(packet, at, available, kept);
                } else {
                    chosen(packet, writeSaid(packet), received.length(), received.length() - kept);
                }
                yield true;
            }
            default -> {
                counters.count(Counter.PROXY_MALFORMED);
                hold(packet);
                packet.refuse();
                yield false;
            }
        };
    }

    private int kind(ModifiedPacket packet, long at, int available, boolean fin) {
        if (available == 0) {
            return ReceivedHeader.NONE;
        }
        int kind = received.read(at, available, packet.scratch() + SCRATCH_ADDRESSES, true);
        if (kind != ReceivedHeader.PART) {
            return kind;
        }
        if (received.length() > MOST_KEPT) {
            boolean same = received.version() == Memory.getByte(packet.record() + FORM);
            return same ? ReceivedHeader.WHOLE : ReceivedHeader.WRONG;
        }
        if (!fin) {
            return kind;
        }
        return available < received.leastLength() ? ReceivedHeader.NONE : ReceivedHeader.WRONG;
    }

    private static void keep(ModifiedPacket packet, long at, int available, int kept) {
        long record = packet.record();
        Memory.copy(at + kept, record + KEPT + kept, available - kept);
        Memory.putByte(record + KEPT_LENGTH, available);
        hold(packet);
        answer(packet);
    }

    /// A header of the service's form goes on as it is. One that came in pieces is sent like one of
    /// the balancer's, in one piece if all of it is here, for there are servers that wait for no
    /// more.
    private void pass(ModifiedPacket packet, long at, int available, int kept) {
        counters.count(Counter.PROXY_PASSED);
        if (kept == 0) {
            packet.done();
            return;
        }
        int length = received.length() <= available ? received.length() : kept;
        Memory.copy(at, packet.scratch(), length);
        chosen(packet, length, length, length - kept);
    }

    /// Sends a segment on without what it carries.
    private static void hold(ModifiedPacket packet) {
        int start = Memory.getInt(packet.record() + START);
        ProxySegments.cut(packet);
        if (Tcp.sequence(packet.transport()) - start > 0) {
            ProxySegments.renumber(packet.transport(), start);
        }
    }

    private static void answer(ModifiedPacket packet) {
        long record = packet.record();
        packet.answer(
                Memory.getInt(record + START) + ProxyRecord.kept(record),
                Memory.getUnsignedShort(record + WINDOW));
    }

    private static int writeOurs(ModifiedPacket packet) {
        long record = packet.record();
        return ProxyBytes.write(
                packet.scratch(),
                Memory.getByte(record + FORM),
                packet.entry(),
                record + TLVS,
                Memory.getUnsignedByte(record + TLVS_LENGTH));
    }

    /// One that says of nobody that it is the client means the ends of the connection.
    private int writeSaid(ModifiedPacket packet) {
        if (received.addresses() == 0) {
            return writeOurs(packet);
        }
        long record = packet.record();
        return ProxyBytes.writeSaid(
                packet.scratch(),
                Memory.getByte(record + FORM),
                received.isIpv6(),
                received.addresses(),
                record + TLVS,
                Memory.getUnsignedByte(record + TLVS_LENGTH));
    }

    /// @param length of what goes in front, in scratch memory
    /// @param replaced how many bytes of the client's stream it stands for
    /// @param owed how many of these the client does not know to have arrived
    private void chosen(ModifiedPacket packet, int length, int replaced, int owed) {
        long record = packet.record();
        Memory.copy(packet.scratch(), record + HEADER, length);
        Memory.putByte(record + LENGTH, length);
        Memory.putByte(record + STATE, CHOSEN);
        int start = Memory.getInt(record + START) + replaced;
        Memory.putInt(record + START, start);
        Memory.putInt(record + END, start);
        Memory.putInt(record + REPLACED, replaced);
        Memory.putInt(record + OWED, owed);
        shifts.prefix(packet.entry(), length - replaced);
    }
}
