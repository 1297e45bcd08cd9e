// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;

/// The local address, real server and protocol for which a worker looks for a port at present: what
/// the connection table knows of their tuples, by places of ports.
final class PortPair {
    private final PortPartition partition;
    private final PortOrder order;
    private final ConnectionTable table;
    private final int self;
    private final boolean shared;
    private long key;
    private boolean wide;
    private long addresses;
    private int serverPort;
    private int protocol;
    private ReturnPath path = LocalPorts.ALL_OURS;
    private int place;
    private long hash;

    /// No pair as yet.
    ///
    /// @param partition the worker's ports
    /// @param order in which they are given out
    /// @param table the worker's connections
    /// @param self the worker's number
    /// @param shared whether other workers choose from the same ports
    PortPair(
            PortPartition partition,
            PortOrder order,
            ConnectionTable table,
            int self,
            boolean shared) {
        this.partition = partition;
        this.order = order;
        this.table = table;
        this.self = self;
        this.shared = shared;
    }

    /// Makes another pair the present one.
    ///
    /// @param pairKey of its order
    /// @param isWide whether its addresses are of IPv6
    /// @param pairAddresses real server and local address as they lie in a packet; of IPv6 where
    ///   these 32 bytes lie, which are to stay there as long as the pair is asked for
    void set(
            long pairKey,
            boolean isWide,
            long pairAddresses,
            int pairServerPort,
            int pairProtocol,
            ReturnPath returnPath) {
        key = pairKey;
        wide = isWide;
        addresses = pairAddresses;
        serverPort = pairServerPort;
        protocol = pairProtocol;
        if (shared) {
            path = returnPath;
        }
    }

    /// Whether a position's port is ours and no connection has its tuple; [#place()] and [#hash()]
    /// are of that port then.
    boolean isFree(int position) {
        return isFreePlace(order.place(key, position));
    }

    private boolean isFreePlace(int ofPort) {
        place = ofPort;
        return isOurs(ofPort) && isFreePlace(ofPort, hashOf(ofPort));
    }

    /// Whether no connection has the tuple of a place that is ours, whose hash is known.
    boolean isFreePlace(int ofPort, long ofHash) {
        place = ofPort;
        hash = ofHash;
        return (!wide && table.isNowhere(ofHash)) || find(ofHash, ports(ofPort)) == 0;
    }

    private long find(long ofHash, long ports) {
        return wide
                ? table.wide().find(ofHash, addresses, ports)
                : table.find(ofHash, addresses, ports);
    }

    /// The hash of a place's outbound key.
    long hashOf(int ofPort) {
        return wide
                ? table.wide().hash(addresses, ports(ofPort))
                : table.hash(addresses, ports(ofPort));
    }

    /// The port of the server, as two bytes of a packet, read as one word.
    int serverPort() {
        return serverPort;
    }

    /// The place that was asked for last.
    int place() {
        return place;
    }

    /// The hash of the outbound key with that port.
    long hash() {
        return hash;
    }

    /// The place at a position.
    int placeAt(int position) {
        return order.place(key, position);
    }

    /// Whether answers to a port come back to this worker.
    boolean isOurs(int ofPort) {
        return !shared || owner(LocalPorts.ports(serverPort, partition.port(ofPort))) == self;
    }

    private int owner(int ports) {
        return wide ? path.wideOwner(addresses, ports) : path.owner(addresses, ports);
    }

    /// The bucket of the index that knows of a hash.
    long bucket(long ofHash) {
        return wide ? table.wide().bucket(ofHash) : table.bucket(ofHash);
    }

    /// The connection that uses a port of ours, or 0.
    long connection(int ofPort) {
        long flow = find(hashOf(ofPort), ports(ofPort));
        boolean outbound =
                flow != 0
                        && Memory.getByte(flow + ConnectionLayout.DIRECTION)
                                == ConnectionLayout.OUTBOUND;
        return outbound ? ConnectionLayout.entryOf(flow, ConnectionLayout.OUTBOUND) : 0;
    }

    /// The state of a connection that [#connection(int)] found.
    static ConnectionState state(long entry) {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
    }

    /// Second word of the outbound key.
    private long ports(int ofPort) {
        return ConnectionKey.portsAndProtocol(
                LocalPorts.ports(serverPort, partition.port(ofPort)), protocol);
    }
}
