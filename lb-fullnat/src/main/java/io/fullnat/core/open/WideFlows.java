// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.IP_STEP;
import static io.fullnat.core.connection.ConnectionLayout.L4_DELTA;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.hasWideKey;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.TrafficTable;

/// The flows of connections that IPv6 takes part in, as [FullNat] makes them: client and real
/// server each have the family that they have, and packets of a flow become the reverse of the
/// other direction's key, in the family of that. For the worker's thread.
///
/// A flow that writes IPv6 has its 32 bytes of addresses at
/// [io.fullnat.core.connection.ConnectionLayout#NEW_WIDE_ADDRESSES], one that writes IPv4 its eight
/// at [io.fullnat.core.connection.ConnectionLayout#NEW_ADDRESSES]. The correction of the TCP or UDP
/// checksum is the whole difference of addresses and ports, whatever their families: the rest of
/// both pseudo headers, length and protocol, sums up to the same (RFC 8200 §8.1).
final class WideFlows implements AutoCloseable {
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private final ConnectionTable table;
    private final FlowKey in = new FlowKey();
    private final FlowKey out = new FlowKey();
    private final FlowKey ended = new FlowKey();

    WideFlows(ConnectionTable table) {
        this.table = table;
    }

    /// The key of answers, but for the local port. Holds until the next call.
    ///
    /// @param serverPort the port of the server, two bytes of a packet, read as one word
    FlowKey answers(ServerEntry server, int serverPort, LocalEntry local, int protocol) {
        long ports = ConnectionKey.portsAndProtocol(serverPort, protocol);
        return server.isIpv6()
                ? out.ipv6(server.high(), server.low(), local.high(), local.low(), ports)
                : out.ipv4(pair(server.address(), local.address()), ports);
    }

    /// Source and destination as they lie in a packet of IPv4.
    static long pair(int source, int destination) {
        return (source & LOW_32) | ((long) destination << 32);
    }

    /// The key of the answers of a connection that ends, maybe to make room for one that is being
    /// opened. Holds until the next call.
    FlowKey answers(long entry) {
        long flow = entry + FLOW_LENGTH;
        long ports =
                ConnectionKey.portsAndProtocol(
                        Memory.getInt(flow + PORTS), Memory.getUnsignedByte(flow + PROTOCOL));
        return hasWideKey(entry, OUTBOUND)
                ? ended.ipv6(flow + WIDE_ADDRESSES, ports)
                : ended.ipv4(Memory.getLong(flow + ADDRESSES), ports);
    }

    /// Opens a connection whose flows are to be filled by [#write].
    ///
    /// @param packet its first one
    /// @param server its real server
    /// @param local its local address
    /// @param port its local port
    /// @param hash of the key with that port
    /// @param owner slot of its service
    /// @return the entry, or 0 if there is no room
    long open(
            FirstPacket packet,
            ServerEntry server,
            LocalEntry local,
            int port,
            long hash,
            int owner) {
        int protocol = packet.protocolNumber();
        int serverPort = server.port(packet.destinationPortWord());
        int outPorts = LocalPorts.ports(serverPort, port);
        answers(server, serverPort, local, protocol)
                .ports(ConnectionKey.portsAndProtocol(outPorts, protocol));
        if (packet.isIpv6()) {
            in.ipv6(packet.wideAddresses(), packet.portsAndProtocol());
        } else {
            in.ipv4(packet.addresses(), packet.portsAndProtocol());
        }
        return table.wide().open(packet.hash(), in, hash, out, owner);
    }

    /// Fills both flows of an entry whose keys are written.
    ///
    /// @param entry the connection
    /// @param server slot of the real server's counters
    static void write(long entry, int server) {
        int in = keySum(entry, INBOUND);
        int out = keySum(entry, OUTBOUND);
        write(entry, INBOUND, server, in, out);
        write(entry, OUTBOUND, server, out, in);
    }

    /// @param before the sum of the direction's key
    /// @param after that of the other one's
    private static void write(long entry, int direction, int server, int before, int after) {
        int other = INBOUND + OUTBOUND - direction;
        long flow = entry + (long) direction * FLOW_LENGTH;
        long otherFlow = entry + (long) other * FLOW_LENGTH;
        if (hasWideKey(entry, other)) {
            long key = otherFlow + WIDE_ADDRESSES;
            long written = flow + NEW_WIDE_ADDRESSES;
            Memory.putLong(written, Memory.getLong(key + 16));
            Memory.putLong(written + 8, Memory.getLong(key + 24));
            Memory.putLong(written + 16, Memory.getLong(key));
            Memory.putLong(written + 24, Memory.getLong(key + 8));
        } else {
            long addresses = Memory.getLong(otherFlow + ADDRESSES);
            Memory.putLong(flow + NEW_ADDRESSES, Long.rotateLeft(addresses, 32));
            Memory.putInt(flow + IP_STEP, Checksum.fold(sum(addresses)) << 16);
        }
        int ports = Memory.getInt(otherFlow + PORTS);
        Memory.putInt(flow + NEW_PORTS, Integer.rotateLeft(ports, 16));
        Memory.putInt(flow + TRAFFIC, TrafficTable.offset(server, direction));
        Memory.putShort(flow + L4_DELTA, Checksum.fold(after + (before ^ 0xFFFF)));
    }

    /// What a key adds to a checksum, folded: addresses and ports.
    private static int keySum(long entry, int direction) {
        long flow = entry + (long) direction * FLOW_LENGTH;
        long ports = Memory.getInt(flow + PORTS) & LOW_32;
        if (!hasWideKey(entry, direction)) {
            return Checksum.fold(ports + sum(Memory.getLong(flow + ADDRESSES)));
        }
        long key = flow + WIDE_ADDRESSES;
        return Checksum.fold(
                ports
                        + sum(Memory.getLong(key))
                        + sum(Memory.getLong(key + 8))
                        + sum(Memory.getLong(key + 16))
                        + sum(Memory.getLong(key + 24)));
    }

    private static long sum(long word) {
        return (word & LOW_32) + (word >>> 32);
    }

    @Override
    public void close() {
        in.close();
        out.close();
        ended.close();
    }
}
