// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.translate.TcpOptions;
import io.fullnat.core.transmit.Transmitter;

/// Sends segments of the balancer's own on a connection: tells both ends of a TCP connection that
/// it has ended here, and a client what has arrived that its server does not have yet.
///
/// Of an end each gets a reset as if from the other, with the number that it expects next. That is
/// what it has acknowledged last, so the reset is exact for an end that has acknowledged all (RFC
/// 5961 §3.2); one that has not does so soon, and its acknowledgement, which finds no connection,
/// is reset with the right number.
///
/// Nobody is told of a connection whose numbers are not known: half open, closed by both, reset, or
/// seen from one side. Nor does a reset wait: where no route leads, the neighbour is not known or
/// the port takes no more, it is lost and counted. For the worker's thread.
public final class EndResets {
    /// How many connections are ended in one go when their ends are told, so that their resets fill
    /// no more than a few bursts between two of the forwarded packets.
    public static final int STEP = 32;

    /// In front of an IP header: for whatever an adjacency puts there.
    private static final int ROOM = 2 * Region.CACHE_LINE;

    private static final int VALUE = 2;
    private static final int ECHO = 6;

    private final FlowContext context;
    private final StackContext stack;
    private final Neighbours neighbours;
    private final AdjacencyTable adjacencies;
    private final PacketBurst fresh = new PacketBurst(1);
    private final Segment segment = new Segment();

    EndResets(FlowContext context, Neighbourhood neighbourhood) {
        this.context = context;
        stack = context.stack();
        neighbours = neighbourhood.arp().neighbours();
        adjacencies = neighbourhood.adjacencies();
    }

    /// How many connections to look at together that may end by themselves.
    ///
    /// @param limit if nobody is told
    /// @return the limit, or less
    public int expiryLimit(int limit) {
        return context.services().endRules().resetsAnyOnExpiry() ? Math.min(limit, STEP) : limit;
    }

    /// Tells both ends, if both numbers are known.
    ///
    /// @param entry of the connection, still whole
    void tell(long entry) {
        if (!isOpen(entry)) {
            return;
        }
        int client = acknowledged(entry, INBOUND);
        int server = acknowledged(entry, OUTBOUND);
        if (client != 0 && server != 0) { // a SYN acknowledges 0
            segment.set(server, client, Tcp.RST | Tcp.ACK, 0, 0, 0);
            count(send(entry, INBOUND));
            tellClient(entry, client, server);
        }
    }

    /// Tells a client whose connection never came to a real server. The reset goes back as the
    /// client's acknowledgement came: nothing was sent to it by a route before.
    ///
    /// @param record of the connection's handshake, still whole
    void refuse(long record) {
        int port = HandshakeRecord.port(record);
        Transmitter transmitter = stack.transmitter(port);
        fresh.clear();
        long from = HandshakeRecord.link(record);
        if (Ethernet.isGroup(from) // nobody sends from there
                || transmitter.roomForOthers() <= 0
                || !stack.allocate(fresh)) {
            count(false);
            return;
        }
        int link = HandshakeRecord.linkLength(record);
        long l2 = fresh.data(0);
        Memory.copy(from, l2, link);
        Ethernet.destination(l2, Ethernet.source(from));
        Ethernet.source(l2, Ethernet.destination(from));
        int sequence = HandshakeRecord.cookie(record) + 1;
        int acknowledgement = HandshakeRecord.clientSequence(record) + 1;
        segment.set(sequence, acknowledgement, Tcp.RST | Tcp.ACK, 0, 0, 0);
        int length = write(l2 + link, HandshakeRecord.entry(record), INBOUND);
        transmitter.add(fresh.buffer(0), l2, padded(l2, link + length), Transmitter.OWN);
        count(true);
    }

    private static int padded(long l2, int length) {
        if (length < Fragmenter.MIN_FRAME) {
            Memory.zero(l2 + length, Fragmenter.MIN_FRAME - length);
        }
        return Math.max(length, Fragmenter.MIN_FRAME);
    }

    /// What is known is in the real server's numbers; the client may have others.
    private void tellClient(long entry, int client, int server) {
        long shift = 0;
        if (ConnectionLayout.isShifted(entry)) {
            shift = context.table().shifts().of(entry + FLOW_LENGTH);
        }
        int sequence = client + (int) shift;
        int acknowledgement = server + SequenceShifts.acknowledgement(shift);
        segment.set(sequence, acknowledgement, Tcp.RST | Tcp.ACK, 0, 0, 0);
        count(send(entry, OUTBOUND));
    }

    /// Tells both ends, if both numbers are known, and closes the connection, which may begin anew.
    ///
    /// @param entry of the connection
    public void reset(long entry) {
        tell(entry);
        if (Memory.getByte(entry + ConnectionLayout.PROTOCOL) == Ipv4.PROTOCOL_TCP) {
            context.life().move(entry, ConnectionState.CLOSE);
        }
    }

    /// Lets a client hear at once that something of its stream has arrived. If that is lost, the
    /// client repeats what it has sent.
    ///
    /// @param entry of the connection
    /// @param l4 a segment of the client
    /// @param acknowledgement what has arrived, in the client's numbers
    /// @param window how much more may come, as it stands in segments of the real server
    public void acknowledge(long entry, long l4, int acknowledgement, int window) {
        int times = TcpOptions.timestamps(l4);
        int shift =
                ConnectionLayout.isShifted(entry)
                        ? context.table().shifts().window(entry + FLOW_LENGTH)
                        : 0;
        segment.set(
                Tcp.acknowledgement(l4),
                acknowledgement,
                Tcp.ACK,
                SequenceShifts.scaled(window, shift),
                times != 0 ? Memory.getInt(l4 + times + ECHO) : 0,
                times != 0 ? Memory.getInt(l4 + times + VALUE) : 0);
        boolean _ = send(entry, OUTBOUND);
    }

    /// What is sent: its timestamps as they lie in a segment, both 0 for none.
    private static final class Segment {
        private int sequence;
        private int acknowledgement;
        private int flags;
        private int window;
        private int time;
        private int echo;

        void set(
                int itsSequence,
                int acknowledges,
                int itsFlags,
                int itsWindow,
                int itsTime,
                int itsEcho) {
            sequence = itsSequence;
            acknowledgement = acknowledges;
            flags = itsFlags;
            window = itsWindow;
            time = itsTime;
            echo = itsEcho;
        }

        /// Writes the header but for the checksum; returns its length.
        int write(long l4, int from, int to) {
            Tcp.writeHeader(l4, from, to, sequence, acknowledgement, flags, window);
            if (time == 0 && echo == 0) {
                return Tcp.MIN_HEADER_LENGTH;
            }
            long at = l4 + Tcp.MIN_HEADER_LENGTH;
            Memory.putByte(at, Tcp.OPTION_NO_OPERATION);
            Memory.putByte(at + 1, Tcp.OPTION_NO_OPERATION);
            Memory.putByte(at + 2, Tcp.OPTION_TIMESTAMPS);
            Memory.putByte(at + 3, Tcp.TIMESTAMPS_LENGTH);
            Memory.putInt(at + 2 + VALUE, time);
            Memory.putInt(at + 2 + ECHO, echo);
            int length = Tcp.MIN_HEADER_LENGTH + 2 + Tcp.TIMESTAMPS_LENGTH;
            Tcp.headerLength(l4, length);
            return length;
        }
    }

    private static boolean isOpen(long entry) {
        if (Memory.getByte(entry + ConnectionLayout.PROTOCOL) != Ipv4.PROTOCOL_TCP
                || ConnectionLayout.tracking(entry) != StateTable.TWO_SIDED) {
            return false;
        }
        return switch (ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE))) {
            case ESTABLISHED, FIN_WAIT, CLOSE_WAIT -> true;
            default -> false;
        };
    }

    private static int acknowledged(long entry, int direction) {
        return Memory.getNetworkInt(entry + (long) direction * FLOW_LENGTH + ACKNOWLEDGED);
    }

    private void count(boolean sent) {
        stack.counters().count(sent ? Counter.END_RESETS : Counter.END_RESETS_LOST);
    }

    /// Sends a segment as a packet of a direction leaves: from and to the reverse of the other's
    /// key.
    private boolean send(long entry, int direction) {
        int reverse = INBOUND + OUTBOUND - direction;
        long high = ConnectionKey.sourceHigh(entry, reverse);
        long low = ConnectionKey.sourceLow(entry, reverse);
        RouteTable.Hop route = stack.view().routes().find(high, low);
        int next = route == null ? AdjacencyTable.NONE : neighbours.nextHop(route, high, low);
        if (next == AdjacencyTable.NONE) {
            return false;
        }
        long hop = adjacencies.entry(next);
        if (!AdjacencyTable.isUsable(hop)) {
            return false;
        }
        int port = Transmitter.port(Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG));
        Transmitter transmitter = stack.transmitter(port);
        fresh.clear();
        if (transmitter.roomForOthers() <= 0 || !stack.allocate(fresh)) {
            return false;
        }
        long ip = fresh.data(0) + ROOM;
        int length = write(ip, entry, reverse);
        long l2 = AdjacencyTable.putHeader(hop, ip);
        int frame = padded(l2, (int) (ip - l2) + length);
        transmitter.add(fresh.buffer(0), l2, frame, Transmitter.OWN);
        return true;
    }

    /// @param reverse the direction whose key, turned round, the packet has
    /// @return the packet's length
    private int write(long ip, long entry, int reverse) {
        long high = ConnectionKey.sourceHigh(entry, reverse);
        long low = ConnectionKey.sourceLow(entry, reverse);
        long ownHigh = ConnectionKey.destinationHigh(entry, reverse);
        long ownLow = ConnectionKey.destinationLow(entry, reverse);
        boolean ipv4 = Addresses.isIpv4(high, low);
        int header = ipv4 ? Ipv4.MIN_HEADER_LENGTH : Ipv6.HEADER_LENGTH;
        long l4 = ip + header;
        int from = ConnectionKey.destinationPort(entry, reverse);
        int to = ConnectionKey.sourcePort(entry, reverse);
        int length = segment.write(l4, from, to);
        if (ipv4) {
            Ipv4.writeHeader(
                    ip,
                    header + length,
                    Ipv4.DEFAULT_TIME_TO_LIVE,
                    Ipv4.PROTOCOL_TCP,
                    (int) ownLow,
                    (int) low);
            Tcp.checksum(l4, Checksum.transport(ip));
        } else {
            Ipv6.writeHeader(
                    ip,
                    length,
                    Ipv6.DEFAULT_HOP_LIMIT,
                    Ipv4.PROTOCOL_TCP,
                    ownHigh,
                    ownLow,
                    high,
                    low);
            Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, length));
        }
        return header + length;
    }
}
