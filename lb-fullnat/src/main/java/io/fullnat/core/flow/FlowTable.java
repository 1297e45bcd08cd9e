// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.packet.Ipv4;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// Flows of TCP and UDP over IPv4 by the tuples of both directions, with a time-out: the table of
/// the engine, for an application that wants it alone. All memory lies outside the heap and is
/// reserved at construction, 192 bytes a flow and 26 to 52 in the index; nothing is allocated for a
/// packet.
///
/// Times are seconds of a clock of the caller's, which must not go back. A flow ends when no packet
/// of either direction was counted ([Flow#count]) for the idle time, seen by [#expire].
///
/// **Thread-safety:** none; a table belongs to one thread.
public final class FlowTable implements AutoCloseable {
    private static final int ADDRESSES = 12;

    private final ConnectionTable table;
    private final int idleSeconds;
    private final FlowListener listener;
    private final Flow ending = new Flow();
    private @Nullable LocalPortPool pool;
    private boolean telling;
    private @Nullable Throwable fault;

    /// An empty table.
    ///
    /// @param capacity flows at the most, 1 to 2^30
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
        table = new ConnectionTable(capacity, seed, nowSeconds, (entry, evicted) -> end(entry));
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
        return set(flow, table.find(addresses(tuple), ports(tuple)));
    }

    /// Finds the flow of a packet.
    ///
    /// @param ip native address of the IPv4 header of a TCP or UDP packet that passed
    ///   [Ipv4#isWellFormed]
    /// @param flow set to the packet's direction if it is found
    /// @return whether there is one
    public boolean find(long ip, Flow flow) {
        return set(flow, table.find(Memory.getLong(ip + ADDRESSES), ports(ip)));
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
    /// @throws IllegalArgumentException if a flow has one of the tuples, or the protocols differ
    public boolean open(FlowTuple tuple, FlowTuple answers, int nowSeconds, Flow flow) {
        requireNotTelling();
        if (tuple.protocol() != answers.protocol() || tuple.equals(answers)) {
            throw new IllegalArgumentException(answers + " cannot be the answers of " + tuple);
        }
        long in = addresses(tuple);
        long out = addresses(answers);
        requireNone(table.find(in, ports(tuple)), tuple);
        requireNone(table.find(out, ports(answers)), answers);
        return start(table.open(in, ports(tuple), out, ports(answers)), nowSeconds, flow);
    }

    /// Opens the flow of a packet, whose answers have its tuple reversed.
    ///
    /// @param ip as in [#find(long, Flow)]; a packet that no flow was found for
    /// @param nowSeconds the present time
    /// @param flow set to the packet's direction if it is opened
    /// @return false if the table is full
    public boolean open(long ip, int nowSeconds, Flow flow) {
        requireNotTelling();
        long addresses = Memory.getLong(ip + ADDRESSES);
        int ports = Memory.getInt(Ipv4.payload(ip));
        int protocol = Ipv4.protocol(ip);
        long entry =
                table.open(
                        addresses,
                        ConnectionKey.portsAndProtocol(ports, protocol),
                        Long.rotateLeft(addresses, 32),
                        ConnectionKey.portsAndProtocol(Integer.rotateLeft(ports, 16), protocol));
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

    private static long ports(long ip) {
        return ConnectionKey.portsAndProtocol(Memory.getInt(Ipv4.payload(ip)), Ipv4.protocol(ip));
    }

    private static long ports(FlowTuple tuple) {
        int ports = word(tuple.source()) | word(tuple.destination()) << 16;
        return ConnectionKey.portsAndProtocol(ports, tuple.protocol().number());
    }

    /// A port as two bytes of a packet, read as one word.
    static int word(Endpoint endpoint) {
        return Short.reverseBytes((short) endpoint.port()) & 0xFFFF;
    }

    private static long addresses(FlowTuple tuple) {
        return addresses(tuple.source(), tuple.destination().address());
    }

    /// The first word of a key.
    static long addresses(Endpoint source, IpAddress destination) {
        return address(source.address()) | address(destination) << 32;
    }

    private static long address(IpAddress address) {
        return switch (address) {
            case Ipv4Address v4 -> Integer.reverseBytes(v4.bits()) & 0xFFFF_FFFFL;
            case Ipv6Address v6 ->
                    throw new BalancerException(
                            ErrorCode.UNSUPPORTED, "no flows of IPv6, as of " + v6);
        };
    }

    @Override
    public void close() {
        table.close();
    }

    /// For [LocalPortPool]: the local port of a flow that it opened.
    static int localPort(Flow flow) {
        return ConnectionKey.outboundDestinationPort(flow.entry());
    }
}
