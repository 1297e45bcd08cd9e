// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.packet.Ipv4;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// Flows of TCP and UDP by the tuples of both directions, with a time-out: the table of the engine,
/// for an application that wants it alone. A flow is of IPv4, of IPv6, or of one family in each
/// direction. All memory lies outside the heap and is reserved at construction, 192 bytes a flow
/// and 26 to 52 in the index; one that IPv6 takes part in needs 320 and as much in an index of its
/// own, which the system gives when there are such flows. Nothing is allocated for a packet.
///
/// Times are seconds of a clock of the caller's, which must not go back. A flow ends when no packet
/// of either direction was counted ([Flow#count]) for the idle time, seen by [#expire].
///
/// **Thread-safety:** none; a table belongs to one thread.
public final class FlowTable implements AutoCloseable {
    private static final int ADDRESSES = 12;
    private static final int IPV6 = 6;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_ADDRESSES = 8;

    private final ConnectionTable table;
    private final FlowKey key = new FlowKey();
    private final FlowKey other = new FlowKey();
    private final int idleSeconds;
    private final FlowListener listener;
    private final Flow ending = new Flow();
    private @Nullable LocalPortPool pool;
    private boolean telling;
    private @Nullable Throwable fault;

    /// An empty table.
    ///
    /// @param capacity flows at the most, 1 to 2^28
    /// @param idleSeconds after which a silent flow ends, 1 or more
    /// @param nowSeconds the present time
    /// @param listener told of flows that end
    /// @throws IllegalArgumentException if a number is out of range
    /// @throws io.fullnat.api.BalancerException if there is not enough memory
    public FlowTable(int capacity, int idleSeconds, int nowSeconds, FlowListener listener) {
        if (idleSeconds < 1) {
            throw new IllegalArgumentException("an idle time of " + idleSeconds + " s");
        }
        this.idleSeconds = idleSeconds;
        this.listener = listener;
        long seed = new SecureRandom().nextLong();
        table =
                new ConnectionTable(
                        capacity, seed, nowSeconds, (entry, evicted) -> end(entry), 1, true);
    }

    /// What a listener throws costs neither this flow's end nor that of those behind it: it is kept
    /// until all is done.
    private void end(long entry) {
        ending.set(entry);
        telling = true;
        try {
            listener.ended(ending);
        } catch (Throwable thrown) {
            keep(thrown);
        } finally {
            telling = false;
        }
        ending.set(entry);
        LocalPortPool ports = pool;
        if (ports != null) {
            ports.release(ending);
        }
    }

    @SuppressWarnings("ReferenceEquality") // one cannot suppress itself
    private void keep(Throwable thrown) {
        Throwable first = fault;
        if (first == null) {
            fault = thrown;
        } else if (first != thrown) {
            first.addSuppressed(thrown);
        }
    }

    private void rethrow() {
        Throwable first = fault;
        fault = null;
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException exception) {
            throw exception;
        }
        if (first != null) { // thrown past the compiler
            throw new IllegalStateException("the listener has thrown", first);
        }
    }

    private void requireNotTelling() {
        if (telling) {
            throw new IllegalStateException("a listener cannot change the table that tells it");
        }
    }

    /// Finds the flow of a tuple.
    ///
    /// @param tuple of a packet
    /// @param flow set to that direction if it is found
    /// @return whether there is one
    public boolean find(FlowTuple tuple, Flow flow) {
        return set(flow, find(fill(key, tuple)));
    }

    /// Finds the flow of a packet.
    ///
    /// @param ip native address of the IP header of a TCP or UDP packet: of IPv4 one that passed
    ///   [Ipv4#isWellFormed], of IPv6 one whose TCP or UDP header follows at once; the ports must
    ///   be there
    /// @param flow set to the packet's direction if it is found
    /// @return whether there is one
    public boolean find(long ip, Flow flow) {
        return set(flow, find(fill(key, ip)));
    }

    /// Finds the flow of a packet whose transport header is known: of IPv6 there may be extension
    /// headers before it.
    ///
    /// @param ip native address of the IP header
    /// @param transport that of its TCP or UDP header, whose ports must be there
    /// @param protocol which of them it is
    /// @param flow set to the packet's direction if it is found
    /// @return whether there is one
    public boolean find(long ip, long transport, Protocol protocol, Flow flow) {
        return set(flow, find(fill(key, ip, transport, protocol.number())));
    }

    private long find(FlowKey wanted) {
        return table.wide().find(wanted);
    }

    private static boolean set(Flow flow, long found) {
        if (found == 0) {
            return false;
        }
        flow.set(found);
        return true;
    }

    /// Opens a flow.
    ///
    /// @param tuple of packets one way
    /// @param answers of packets the other way: the tuple reversed, or that of translated packets
    /// @param nowSeconds the present time
    /// @param flow set to the first direction if it is opened
    /// @return false if the table is full
    /// @throws IllegalArgumentException if a flow has one of the tuples, the protocols differ, or
    ///   the addresses of a tuple are of different families
    public boolean open(FlowTuple tuple, FlowTuple answers, int nowSeconds, Flow flow) {
        requireNotTelling();
        if (tuple.protocol() != answers.protocol() || tuple.equals(answers)) {
            throw new IllegalArgumentException(answers + " cannot be the answers of " + tuple);
        }
        requireNone(find(fill(key, tuple)), tuple);
        requireNone(find(fill(other, answers)), answers);
        return open(nowSeconds, flow);
    }

    /// Opens the flow of a packet, whose answers have its tuple reversed.
    ///
    /// @param ip as in [#find(long, Flow)]; a packet that no flow was found for
    /// @param nowSeconds the present time
    /// @param flow set to the packet's direction if it is opened
    /// @return false if the table is full
    public boolean open(long ip, int nowSeconds, Flow flow) {
        requireNotTelling();
        fill(key, ip).reverse(other);
        return open(nowSeconds, flow);
    }

    /// Opens the flow of a packet whose transport header is known, and whose answers have its tuple
    /// reversed.
    ///
    /// @param ip as in [#find(long, long, Protocol, Flow)]; a packet that no flow was found for
    /// @param transport likewise
    /// @param protocol likewise
    /// @param nowSeconds the present time
    /// @param flow set to the packet's direction if it is opened
    /// @return false if the table is full
    public boolean open(long ip, long transport, Protocol protocol, int nowSeconds, Flow flow) {
        requireNotTelling();
        fill(key, ip, transport, protocol.number()).reverse(other);
        return open(nowSeconds, flow);
    }

    private boolean open(int nowSeconds, Flow flow) {
        long entry =
                key.isWide() || other.isWide()
                        ? table.wide().open(key, other, 0)
                        : table.open(
                                key.addresses(),
                                key.portsAndProtocol(),
                                other.addresses(),
                                other.portsAndProtocol());
        return start(entry, nowSeconds, flow);
    }

    private boolean start(long entry, int nowSeconds, Flow flow) {
        if (entry == 0) {
            return false;
        }
        table.start(entry, ConnectionState.UDP_STREAM, idleSeconds, nowSeconds);
        flow.set(entry);
        return true;
    }

    private static void requireNone(long flow, FlowTuple tuple) {
        if (flow != 0) {
            throw new IllegalArgumentException("there is a flow " + tuple + " already");
        }
    }

    /// Ends a flow; the listener is told. What that throws is thrown on when the flow has ended.
    ///
    /// @param flow of this table
    public void remove(Flow flow) {
        requireNotTelling();
        long entry = flow.entry();
        end(entry);
        table.remove(entry);
        rethrow();
    }

    /// Ends flows that have been idle too long. To be called often, with a limit that bounds how
    /// long it takes. What the listener throws is thrown on when all of this call have ended.
    ///
    /// @param nowSeconds the present time
    /// @param limit how many flows to look at, at most
    /// @return how many were looked at; as many as the limit means that more may be due
    public int expire(int nowSeconds, int limit) {
        requireNotTelling();
        int seen = table.expire(nowSeconds, limit);
        rethrow();
        return seen;
    }

    /// How many flows there are.
    ///
    /// @return 0 to the capacity
    public int size() {
        return table.size();
    }

    /// How many flows there can be.
    ///
    /// @return what the constructor was given
    public int capacity() {
        return table.capacity();
    }

    ConnectionTable connections() {
        return table;
    }

    void pool(LocalPortPool newPool) {
        if (pool != null) {
            throw new IllegalStateException("the table has a pool of local ports already");
        }
        pool = newPool;
    }

    /// The key of a packet that has no extension headers.
    private static FlowKey fill(FlowKey filled, long ip) {
        return isIpv6(ip)
                ? fill(filled, ip, ip + IPV6_HEADER, Memory.getUnsignedByte(ip + IPV6_NEXT_HEADER))
                : fill(filled, ip, Ipv4.payload(ip), Ipv4.protocol(ip));
    }

    private static FlowKey fill(FlowKey filled, long ip, long transport, int protocol) {
        long ports = ConnectionKey.portsAndProtocol(Memory.getInt(transport), protocol);
        return isIpv6(ip)
                ? filled.ipv6(ip + IPV6_ADDRESSES, ports)
                : filled.ipv4(Memory.getLong(ip + ADDRESSES), ports);
    }

    private static boolean isIpv6(long ip) {
        return Memory.getUnsignedByte(ip) >>> 4 == IPV6;
    }

    private static FlowKey fill(FlowKey filled, FlowTuple tuple) {
        return fill(filled, tuple.protocol(), tuple.source(), tuple.destination());
    }

    /// The key of a tuple.
    ///
    /// @throws IllegalArgumentException if its addresses are of different families
    static FlowKey fill(FlowKey filled, Protocol protocol, Endpoint source, Endpoint destination) {
        IpAddress from = source.address();
        IpAddress to = destination.address();
        if (from.bitLength() != to.bitLength()) {
            throw new IllegalArgumentException(
                    from + " and " + to + " are of different families: no packet has both");
        }
        int ports = word(source.port()) | word(destination.port()) << 16;
        long second = ConnectionKey.portsAndProtocol(ports, protocol.number());
        if (Addresses.isIpv4(from.high(), from.low())) {
            long first = Addresses.word(from.high(), from.low()) & 0xFFFF_FFFFL;
            return filled.ipv4(first | (long) Addresses.word(to.high(), to.low()) << 32, second);
        }
        return filled.ipv6(from.high(), from.low(), to.high(), to.low(), second);
    }

    /// A port as two bytes of a packet, read as one word.
    private static int word(int port) {
        return Short.reverseBytes((short) port) & 0xFFFF;
    }

    @Override
    public void close() {
        table.close();
        key.close();
        other.close();
    }

    /// For [LocalPortPool]: the local port of a flow that it opened.
    static int localPort(Flow flow) {
        return ConnectionKey.outboundDestinationPort(flow.entry());
    }
}
