// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.StrippedToa;
import io.fullnat.core.translate.TcpOptions;
import io.fullnat.core.transmit.WorkerCounters;

/// TOA: tells a real server its client's address and port in a TCP option, first of all options, in
/// each segment whose acknowledgement says that the client has got the server's SYN and no data
/// yet. Among them is the one that completes the handshake, whichever of them arrives.
///
/// - An option of that kind that a client sends is made padding as long as the server may look at
///   it: until the client acknowledges data that the server has sent, or the server acknowledges
///   more than it did by its SYN-ACK; each happens after the handshake alone.
/// - The largest segment that the server's SYN-ACK allows is lowered, so that the option fits into
///   what the client sends.
/// - For want of room among the options, padding between them gives way; nothing else does, be it
///   SACK, MPTCP or timestamps. A segment without room goes without the option, and is counted.
final class Toa implements PacketModifier {
    // The record: the option, then what is known of the server.
    private static final int OPTION = 0;
    private static final int NEXT = 20; // what acknowledges the server's SYN
    private static final int SENT = 24; // the end of what the server has sent
    private static final int LONGEST = 28; // packet of the client, as it comes
    private static final int ANSWERED = 32; // whether there was a SYN-ACK
    private static final int PATH = 36; // the longest packet that a router takes; 0 if none said
    private static final int TAKEN = 40; // what the SYN-ACK acknowledged, as the server counts

    private static final int MSS_LENGTH = 4;

    /// No router makes segments without data go without the option.
    private static final int LEAST_PATH = 576;

    /// What is less than this is no size to send segments of.
    private static final int LEAST_MSS = 64;

    /// More than a server acknowledges at once of what it gets with the end of the handshake. What
    /// is further ahead may be of the tuple's former connection.
    private static final int NEAR = 1 << 20;

    private final WorkerCounters counters;

    Toa(WorkerCounters counters) {
        this.counters = counters;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        int kind = service.service().policy().disclosure().toaKind();
        ClientOption.write(record + OPTION, kind, entry);
    }

    @Override
    public void modify(ModifiedPacket packet) {
        int flags = Tcp.flags(packet.transport());
        if (packet.direction() == INBOUND) {
            request(packet, flags);
        } else {
            answer(packet, flags);
        }
    }

    private void answer(ModifiedPacket packet, int flags) {
        long record = packet.record();
        long l4 = packet.transport();
        int end = Tcp.sequence(l4) + packet.transportLength() - Tcp.headerLength(l4);
        if ((flags & Tcp.RST) != 0) {
            return;
        }
        if ((flags & Tcp.SYN) != 0) {
            if ((flags & Tcp.ACK) != 0) {
                Memory.putInt(record + NEXT, Tcp.sequence(l4) + 1);
                Memory.putInt(record + SENT, end + 1);
                Memory.putInt(record + TAKEN, Tcp.acknowledgement(l4));
                Memory.putByte(record + ANSWERED, 1);
                lowerMss(packet, l4);
            }
        } else if (Memory.getByte(record + ANSWERED) != 0) {
            int behind = (flags & Tcp.FIN) != 0 ? end + 1 : end;
            if (behind - Memory.getInt(record + SENT) > 0) {
                Memory.putInt(record + SENT, behind);
            }
            int taken = Tcp.acknowledgement(l4) - Memory.getInt(record + TAKEN);
            if ((flags & Tcp.ACK) != 0 && taken > 0 && taken <= NEAR) {
                packet.done();
            }
        }
    }

    /// Makes room for the option in what the client sends. An absent size is the smallest that each
    /// host takes (RFC 9293 §3.7.1), and stays.
    private static void lowerMss(ModifiedPacket packet, long l4) {
        int at = TcpOptions.find(l4, Tcp.OPTION_MAXIMUM_SEGMENT_SIZE);
        if (at == 0 || TcpOptions.length(l4, at) != MSS_LENGTH) {
            return;
        }
        int mss = Memory.getNetworkShort(l4 + at + 2);
        int option = ClientOption.length(packet.record() + OPTION);
        boolean ipv6 = ConnectionLayout.hasWideKey(packet.entry(), INBOUND);
        int headers = Tcp.MIN_HEADER_LENGTH + (ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH);
        int most = Math.min(mss, Memory.getInt(packet.record() + LONGEST) - headers) - option;
        int lowered = Math.max(most, Math.min(mss, LEAST_MSS));
        if (lowered != mss) {
            TcpOptions.write(l4, at + 2, lowered);
        }
    }

    private void request(ModifiedPacket packet, int flags) {
        long record = packet.record();
        long l4 = packet.transport();
        if (StrippedToa.strip(l4, Memory.getUnsignedByte(record + OPTION))) {
            counters.count(Counter.TOA_STRIPPED);
        }
        if ((flags & Tcp.SYN) != 0) {
            Memory.putInt(record + LONGEST, packet.mtu());
        }
        if ((flags & (Tcp.SYN | Tcp.RST | Tcp.ACK)) != Tcp.ACK
                || Memory.getByte(record + ANSWERED) == 0) {
            return;
        }
        int acknowledged = Tcp.acknowledgement(l4) - Memory.getInt(record + NEXT);
        if (acknowledged == 0) {
            insert(packet);
        } else if (acknowledged > 0
                && Tcp.acknowledgement(l4) - Memory.getInt(record + SENT) <= 0) {
            packet.done();
        }
    }

    private void insert(ModifiedPacket packet) {
        long option = packet.record() + OPTION;
        int length = ClientOption.length(option);
        if (!fits(packet, length)) {
            packet.ip(TcpOptions.pack(packet.ip(), packet.transport()));
            if (!fits(packet, length)) {
                counters.count(Counter.TOA_NO_ROOM);
                return;
            }
        }
        packet.ip(TcpOptions.insert(packet.ip(), packet.transport(), option, length));
        counters.count(Counter.TOA_SENT);
    }

    /// Else a path that is narrower than the link would take no segment of full size, however often
    /// the client heard of it.
    @Override
    public void tooBig(long record, int longest) {
        Memory.putInt(record + PATH, Math.max(LEAST_PATH, longest));
    }

    private static boolean fits(ModifiedPacket packet, int length) {
        long l4 = packet.transport();
        int total = (int) (l4 - packet.ip()) + packet.transportLength();
        int path = Memory.getInt(packet.record() + PATH);
        int longest = path == 0 ? packet.mtu() : Math.min(path, packet.mtu());
        return TcpOptions.room(l4) >= length && total + length <= longest;
    }
}
