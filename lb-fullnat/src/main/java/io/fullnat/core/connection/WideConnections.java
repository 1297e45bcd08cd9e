// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_KEYS;

import io.fullnat.api.io.Memory;

/// The connections of a [ConnectionTable] that IPv6 takes part in: of IPv6 alone, or of both
/// families, one in front and one behind. They have wide entries ([ConnectionLayout]) and an index
/// of their own for keys of IPv6; a key of IPv4 stands in the index of IPv4, so each packet is
/// looked up in the index of its own family only.
///
/// Addresses are passed as the native address of 32 bytes, source and destination, as they follow
/// each other in an IPv6 header: nothing is copied for a look-up.
///
/// **Thread-safety:** none; the table's thread uses it.
public final class WideConnections {
    private final ConnectionTable table;
    private final ConnectionIndex index;
    private final ConnectionIndex.KeyTest keyTest = this::matches;
    private volatile boolean expected;

    WideConnections(ConnectionTable table, ConnectionIndex index) {
        this.table = table;
        this.index = index;
    }

    /// There will be such connections: from now on [TablePages] gets memory for the index and for
    /// wide entries, and packets are looked up in it. Before, it is not read: a page that is read
    /// before it is written stays a small one, and small pages cost each look-up a walk of the page
    /// table.
    public void expect() {
        expected = true;
    }

    /// Whether there may be such connections. Any thread may ask.
    ///
    /// @return false if no packet need be looked up
    public boolean isExpected() {
        return expected;
    }

    /// The hash of a key.
    ///
    /// @param addresses where its 32 bytes of addresses lie
    /// @param portsAndProtocol second word
    /// @return the hash
    public long hash(long addresses, long portsAndProtocol) {
        return index.hash(
                Memory.getLong(addresses),
                Memory.getLong(addresses + 8),
                Memory.getLong(addresses + 16),
                Memory.getLong(addresses + 24),
                portsAndProtocol);
    }

    /// As [ConnectionTable#bucket].
    ///
    /// @param hash of a key
    /// @return the address of a cache line
    public long bucket(long hash) {
        return index.bucket(hash);
    }

    /// As [ConnectionTable#likelyFlow].
    ///
    /// @param bucket of the hash
    /// @param hash of the key
    /// @return a flow, of an entry that is always free if none is likely
    public long likelyFlow(long bucket, long hash) {
        return table.flow(ConnectionIndex.inHome(bucket, hash));
    }

    /// Whether a likely flow has a key.
    ///
    /// @param flow from [#likelyFlow], or of a wide entry
    /// @param addresses where the key's 32 bytes of addresses lie
    /// @param portsAndProtocol second word
    /// @return true if it is in use by that key
    public boolean matches(long flow, long addresses, long portsAndProtocol) {
        long key = flow + WIDE_ADDRESSES;
        return (Memory.getLong(flow + PORTS) & KEY_MASK) == portsAndProtocol
                && Memory.getLong(key) == Memory.getLong(addresses)
                && Memory.getLong(key + 8) == Memory.getLong(addresses + 8)
                && Memory.getLong(key + 16) == Memory.getLong(addresses + 16)
                && Memory.getLong(key + 24) == Memory.getLong(addresses + 24);
    }

    private boolean matches(int reference, long addresses, long portsAndProtocol) {
        return matches(table.flow(reference), addresses, portsAndProtocol);
    }

    /// Finds a connection by a key of IPv6 of either direction.
    ///
    /// @param hash of the key
    /// @param addresses where its 32 bytes of addresses lie
    /// @param portsAndProtocol second word
    /// @return the flow, or 0
    public long find(long hash, long addresses, long portsAndProtocol) {
        int reference = expected ? index.find(hash, keyTest, addresses, portsAndProtocol) : 0;
        return reference == 0 ? 0 : table.flow(reference);
    }

    /// Finds a connection by a key of either family, of either direction.
    ///
    /// @param key any
    /// @return the flow, or 0
    public long find(FlowKey key) {
        return key.isWide()
                ? find(hash(key), key.addresses(), key.portsAndProtocol())
                : table.find(key.addresses(), key.portsAndProtocol());
    }

    /// Opens a connection under two keys, at least one of them of IPv6, neither of them in the
    /// table. The rest of the entry is the caller's to fill, then to be armed by
    /// [ConnectionTable#start]. What gives way in a full table does so whatever its family.
    ///
    /// In a connection of both families each packet is an event ([StateTable#ALWAYS]), see
    /// [TcpMoves#watch]: what a flow writes is of the other family than its packets, which the fast
    /// loop does not look at.
    ///
    /// @param in key of packets from the client
    /// @param out key of packets from the real server
    /// @param owner whose it is
    /// @return the entry, zeroed but for keys and directions; 0 if there is no room
    /// @throws IllegalArgumentException if both are of IPv4: that is [ConnectionTable#open]'s
    public long open(FlowKey in, FlowKey out, int owner) {
        return open(hash(in), in, hash(out), out, owner);
    }

    /// The same, with the keys' hashes known, each of the index of its family.
    ///
    /// @param inHash of the inbound key
    /// @param in key of packets from the client
    /// @param outHash of the outbound key
    /// @param out key of packets from the real server
    /// @param owner whose it is
    /// @return as above
    /// @throws IllegalArgumentException as above
    public long open(long inHash, FlowKey in, long outHash, FlowKey out, int owner) {
        int keys = (in.isWide() ? 1 << INBOUND : 0) | (out.isWide() ? 1 << OUTBOUND : 0);
        if (keys == 0) {
            throw new IllegalArgumentException("both keys are of IPv4");
        }
        if (!expected) {
            expect();
        }
        long entry = table.place(indexOf(in), inHash, indexOf(out), outHash, true, owner);
        if (entry == 0) {
            return 0;
        }
        Memory.putByte(entry + WIDE_KEYS, keys);
        write(in, entry, INBOUND);
        write(out, entry + FLOW_LENGTH, OUTBOUND);
        return entry;
    }

    private ConnectionIndex indexOf(FlowKey key) {
        return key.isWide() ? index : table.index();
    }

    /// The hash of a key of either family, in the index of its own.
    ///
    /// @param key any
    /// @return the hash
    public long hash(FlowKey key) {
        return key.isWide()
                ? hash(key.addresses(), key.portsAndProtocol())
                : table.hash(key.addresses(), key.portsAndProtocol());
    }

    private static void write(FlowKey key, long flow, int direction) {
        if (key.isWide()) {
            FlowKey.copyAddresses(key.addresses(), flow + WIDE_ADDRESSES);
            Memory.putLong(flow + PORTS, key.portsAndProtocol());
            Memory.putByte(flow + DIRECTION, direction);
        } else {
            ConnectionKey.write(flow, key.addresses(), key.portsAndProtocol(), direction);
        }
    }

    /// The hash of a flow's key that is of IPv6.
    long hashOf(long flow) {
        return hash(flow + WIDE_ADDRESSES, ConnectionKey.portsAndProtocol(flow));
    }

    ConnectionIndex index() {
        return index;
    }
}
