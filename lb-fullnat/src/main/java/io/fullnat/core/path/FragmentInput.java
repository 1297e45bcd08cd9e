// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TokenBucket;
import io.fullnat.core.translate.Identifications;
import org.jspecify.annotations.Nullable;

/// Fragments of TCP and UDP to virtual and local addresses, which are sent on one by one: packets
/// are not put together. The first fragment has the ports, so it finds or opens the connection, as
/// a whole packet does; those behind it follow it by what [FragmentTable] knows of their packet,
/// and get new addresses alone. Of the packet's checksum the first fragment's correction is enough.
/// They get an identification of their own: clients choose theirs apart from each other, and become
/// one source here (RFC 6864 §4.3), as servers do on the way back. Within IPv6 it stays, as it has
/// 32 bits and is not to be guessed (RFC 7739).
///
/// Dropped are all fragments of a packet that overlap its first one, or whose first one is too
/// short for its header, comes again with other ports, or is dropped itself (RFC 1858, RFC 3128,
/// RFC 5722); and of what must be seen whole: SYNs, handshakes that the balancer makes, segments
/// whose windows are checked, and packets that a modifier may make longer.
///
/// With several workers fragments are handled where they arrive, or by the worker that owns the
/// connection: the first one goes there, the others behind it. For the worker's thread.
final class FragmentInput {
    private static final int LARGEST_PACKET = 65535;
    private static final int UNIT = 8;

    /// First fragments of a second, of this family, that go round all workers. More open where they
    /// arrived: each that goes round is work for every worker, which strangers could make.
    private static final int ROUNDS = 2000;

    private final FlowContext context;
    private final Family family;
    private final Stages.Worker worker;
    private final SessionStart sessions;
    private final NoSession noSession;
    private final SynProxyInput proxy;
    private final Forwarder forwarder;
    private final FragmentTable table;
    private final Identifications identifications;
    private final TokenBucket rounds = new TokenBucket(ROUNDS, ROUNDS);

    FragmentInput(
            Stages.Worker worker,
            Family family,
            SessionStart sessions,
            NoSession noSession,
            SynProxyInput proxy,
            Forwarder forwarder) {
        this.worker = worker;
        context = worker.context();
        this.family = family;
        this.sessions = sessions;
        this.noSession = noSession;
        this.proxy = proxy;
        this.forwarder = forwarder;
        table = worker.fragments();
        identifications = worker.identifications();
    }

    /// Receives a fragment whose IP header is right.
    ///
    /// @param frame with the fragment
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome receive(Frame frame, int hopsDone) {
        long ip = frame.l3();
        if (!isWithPorts(family.protocol(ip)) || !isOurs(ip)) {
            return Outcome.FRAGMENT;
        }
        int offset = family.fragmentOffset(ip);
        int length = family.transportLength(ip);
        boolean more = family.hasMoreFragments(ip);
        if (length == 0 || (more && length % UNIT != 0) || offset + length > LARGEST_PACKET) {
            return Outcome.MALFORMED;
        }
        return offset == 0
                ? first(frame, length, hopsDone)
                : later(frame, offset, length, more, hopsDone);
    }

    private static boolean isWithPorts(int protocol) {
        return protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP;
    }

    private boolean isOurs(long ip) {
        long high = family.destinationHigh(ip);
        long low = family.destinationLow(ip);
        return context.services().isVirtualAddress(high, low)
                || context.stack().view().isLocalAddress(high, low);
    }

    private @Nullable Outcome first(Frame frame, int length, int hopsDone) {
        long ip = frame.l3();
        Outcome bad = family.isTcp(ip) ? checkTcp(ip, length) : checkUdp(ip, length);
        int ports = family.ports(ip);
        long record = table.find(family, ip, frame.device());
        if (record != FragmentTable.NONE && isOver(record)) {
            table.remove(record);
            record = FragmentTable.NONE;
        }
        boolean repeated = false;
        if (record == FragmentTable.NONE) {
            record = table.add(FragmentRecord.REFUSED);
            begin(record, ports, length);
        } else if (FragmentRecord.state(record) == FragmentRecord.AWAITED) {
            table.set(record, FragmentRecord.REFUSED, 0, 0);
            worker.early().release(record); // they go on when this one is done with
            begin(record, ports, length);
        } else if (bad != null || !isRepeated(record, ports, length)) {
            table.set(record, FragmentRecord.REFUSED, 0, 0);
            return bad == null ? Outcome.FRAGMENT : bad;
        } else {
            repeated = true;
        }
        Outcome outcome = bad == null ? send(frame, record, hopsDone) : bad;
        if (outcome != null) {
            table.set(record, FragmentRecord.REFUSED, 0, 0);
        }
        table.count(record, 0, repeated ? 0 : length, true);
        return outcome;
    }

    private void begin(long record, int ports, int length) {
        FragmentRecord.begin(record, ports, length, identifications.nextNumber());
    }

    /// Whether all of a packet has come, so that another one with its identification is a new one.
    private boolean isOver(long record) {
        return FragmentRecord.isComplete(record)
                && FragmentRecord.state(record) != FragmentRecord.AWAITED;
    }

    /// Whether a first fragment is the same as the one before.
    private boolean isRepeated(long record, int ports, int length) {
        return FragmentRecord.state(record) != FragmentRecord.REFUSED
                && FragmentRecord.ports(record) == ports
                && FragmentRecord.firstLength(record) == length;
    }

    private @Nullable Outcome checkUdp(long ip, int length) {
        long l4 = family.transport(ip);
        if (!family.isBare(ip) || length < Udp.HEADER_LENGTH) {
            return Outcome.FRAGMENT;
        }
        if (Udp.length(l4) < Udp.HEADER_LENGTH) {
            return Outcome.MALFORMED;
        }
        boolean unsummed = Udp.checksum(l4) == Udp.NO_CHECKSUM && family.needsUdpChecksum();
        return unsummed ? Outcome.NO_UDP_CHECKSUM : null;
    }

    private @Nullable Outcome checkTcp(long ip, int length) {
        long l4 = family.transport(ip);
        boolean right =
                family.isBare(ip)
                        && length >= Tcp.MIN_HEADER_LENGTH
                        && Tcp.isWellFormed(l4, length)
                        && (Tcp.flags(l4) & Tcp.SYN) == 0;
        return right ? null : Outcome.FRAGMENT;
    }

    /// Sends a first fragment on, and notes where those behind it go.
    private @Nullable Outcome send(Frame frame, long record, int hopsDone) {
        long ip = frame.l3();
        long hash = family.hash(ip);
        long flow = family.find(ip, hash);
        if (flow != 0) {
            return isToBeWhole(flow, ip) ? Outcome.FRAGMENT : forward(frame, record, flow);
        }
        ServiceEntry service =
                context.services()
                        .find(
                                family.destinationHigh(ip),
                                family.destinationLow(ip),
                                family.destinationPort(ip),
                                family.protocol(ip));
        if (service == null) {
            return answer(frame, record, hopsDone);
        }
        if (!service.isOnePacket() && isElsewhere(frame, record, hopsDone)) {
            return null;
        }
        if (family.isTcp(ip)) {
            return proxy.mayAcknowledge(service, ip)
                    ? Outcome.FRAGMENT
                    : noSession.end(frame, service, hopsDone);
        }
        Modifiers modifiers = context.modifiers();
        if (modifiers != null && modifiers.concern(service)) {
            return Outcome.FRAGMENT;
        }
        flow = sessions.open(frame, hash, hopsDone);
        if (flow == 0) {
            return sessions.ended();
        }
        Outcome refusal = forward(frame, record, flow);
        if (refusal != null) {
            sessions.giveUp(flow);
        }
        return refusal;
    }

    private @Nullable Outcome forward(Frame frame, long record, long flow) {
        boolean single =
                Memory.getByte(flow + DIRECTION) == INBOUND
                        && ConnectionLayout.isUnindexed(ConnectionLayout.entryOf(flow, INBOUND));
        int identification = FragmentRecord.identification(record);
        Outcome refusal = forwarder.forwardFirst(frame, flow, identification);
        if (refusal == null) {
            table.set(record, FragmentRecord.HERE, 0, single ? flow : 0);
        }
        return refusal;
    }

    /// Whether what a packet does to its connection, or the connection to it, takes the whole one.
    private boolean isToBeWhole(long flow, long ip) {
        return isNeverInParts(flow, ip) || (family.isTcp(ip) && proxy.takes(flow, ip));
    }

    private boolean isNeverInParts(long flow, long ip) {
        int direction = Memory.getByte(flow + DIRECTION);
        long entry = ConnectionLayout.entryOf(flow, direction);
        boolean tcp = family.isTcp(ip);
        if (ConnectionLayout.isModified(entry) && (tcp || direction == INBOUND)) {
            return true;
        }
        return tcp && (ConnectionLayout.isWindowed(entry) || TransportInput.isPending(flow));
    }

    /// Ends what is no client's, or gives it to the worker that knows the connection.
    private @Nullable Outcome answer(Frame frame, long record, int hopsDone) {
        Outcome outcome = noSession.end(frame, null, hopsDone);
        if (outcome == null) {
            table.set(record, FragmentRecord.OWNED, noSession.handedTo(), 0);
        }
        return outcome;
    }

    /// Gives a client's first fragment to another worker, if that may have its connection: the one
    /// at which the client's whole packets arrive; where that is not known, one after the other
    /// until it is back here, but not of more than [#ROUNDS] in a second.
    private boolean isElsewhere(Frame frame, long record, int hopsDone) {
        int count = worker.peers().count();
        if (hopsDone >= count || count == 1) {
            return false;
        }
        int self = worker.peers().self();
        ReturnPath path = context.arrivalPath(frame.port(), family.isWide());
        if (path == null) {
            if (hopsDone == 0 && !mayGoRound()) {
                return false;
            }
            int next = (self + 1) % count;
            table.set(record, FragmentRecord.ASKED, next, 0);
            worker.peers().handOver(next, frame, hopsDone + 1);
            return true;
        }
        int owner = family.owner(path, frame.l3());
        if (owner == self || hopsDone > 0) {
            return false;
        }
        table.set(record, FragmentRecord.OWNED, owner, 0);
        worker.peers().handOver(owner, frame, 0);
        return true;
    }

    private boolean mayGoRound() {
        long now = context.stack().nowNs();
        boolean may = rounds.has(now);
        if (may) {
            rounds.take(now);
        }
        return may;
    }

    private @Nullable Outcome later(
            Frame frame, int offset, int length, boolean more, int hopsDone) {
        long record = table.find(family, frame.l3(), frame.device());
        if (record == FragmentTable.NONE
                || FragmentRecord.state(record) == FragmentRecord.AWAITED) {
            return worker.early().hold(record, frame, hopsDone) ? null : Outcome.FRAGMENT;
        }
        if (offset < FragmentRecord.firstLength(record)) {
            table.set(record, FragmentRecord.REFUSED, 0, 0);
        }
        Outcome outcome = follow(frame, record, hopsDone);
        if (outcome == null) {
            table.count(record, offset, length, more);
        }
        return outcome;
    }

    /// Sends a fragment where the first one went.
    private @Nullable Outcome follow(Frame frame, long record, int hopsDone) {
        return switch (FragmentRecord.state(record)) {
            case FragmentRecord.HERE -> {
                long ip = frame.l3();
                long flow = flow(ip, record);
                yield flow == 0 || isNeverInParts(flow, ip)
                        ? Outcome.FRAGMENT
                        : forwarder.forwardLater(
                                frame, flow, FragmentRecord.identification(record));
            }
            case FragmentRecord.OWNED -> handOver(frame, record, hopsDone, 0, 1);
            case FragmentRecord.ASKED ->
                    handOver(frame, record, hopsDone, hopsDone + 1, worker.peers().count());
            default -> Outcome.FRAGMENT;
        };
    }

    private @Nullable Outcome handOver(
            Frame frame, long record, int hopsDone, int hops, int mostDone) {
        if (hopsDone >= mostDone) {
            return Outcome.FRAGMENT;
        }
        worker.peers().handOver(FragmentRecord.worker(record), frame, hops);
        return null;
    }

    private long flow(long ip, long record) {
        long key =
                ConnectionKey.portsAndProtocol(FragmentRecord.ports(record), family.protocol(ip));
        long single = FragmentRecord.flow(record);
        if (single != 0) {
            return family.isOf(single, ip, key) ? single : 0;
        }
        return family.findBy(ip, key);
    }
}
