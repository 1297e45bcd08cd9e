// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import static io.fullnat.core.connection.ConnectionLayout.ALLOCATOR;
import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.CREATED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.PacketCounts;

/// A cursor over the flows of a [FlowTable]: one object, set again and again, so that nothing is
/// allocated for a packet. It stands on one direction of a flow until it is set anew; when the flow
/// has ended what it tells is meaningless.
///
/// **Thread-safety:** none; for the table's thread.
public final class Flow {
    private long flow;
    private int direction;

    /// A cursor on no flow yet.
    public Flow() {}

    void set(long newFlow) {
        flow = newFlow;
        direction = Memory.getByte(newFlow + DIRECTION);
    }

    long entry() {
        return ConnectionLayout.entryOf(flow, direction);
    }

    /// The tuple of packets of this direction. Allocates.
    ///
    /// @return protocol, source and destination
    public FlowTuple tuple() {
        return tuple(direction);
    }

    /// The tuple of packets of the other direction. Allocates. Where addresses or ports are
    /// translated it is not this one's reversed.
    ///
    /// @return protocol, source and destination
    public FlowTuple opposite() {
        return tuple(INBOUND + OUTBOUND - direction);
    }

    private FlowTuple tuple(int of) {
        long entry = entry();
        return new FlowTuple(
                Protocol.of(Memory.getUnsignedByte(flow + PROTOCOL)),
                new Endpoint(
                        IpAddress.of(
                                ConnectionKey.sourceHigh(entry, of),
                                ConnectionKey.sourceLow(entry, of)),
                        ConnectionKey.sourcePort(entry, of)),
                new Endpoint(
                        IpAddress.of(
                                ConnectionKey.destinationHigh(entry, of),
                                ConnectionKey.destinationLow(entry, of)),
                        ConnectionKey.destinationPort(entry, of)));
    }

    /// Whether this is the direction of the answers.
    ///
    /// @return false for the direction by which the flow was opened
    public boolean isAnswer() {
        return direction == OUTBOUND;
    }

    /// Counts a packet of this direction and keeps the flow alive.
    ///
    /// @param bytes of the packet, 0 or more
    /// @param nowSeconds the present time
    public void count(int bytes, int nowSeconds) {
        Memory.putInt(flow + PACKETS, Memory.getInt(flow + PACKETS) + 1);
        Memory.addLong(flow + BYTES, bytes);
        Memory.putInt(flow + LAST_SEEN, nowSeconds);
    }

    /// Packets counted in this direction.
    ///
    /// @return how many
    public long packets() {
        return PacketCounts.of(entry(), direction);
    }

    /// Their bytes.
    ///
    /// @return how many
    public long bytes() {
        return Memory.getLong(flow + BYTES);
    }

    /// When a packet of this direction was counted last, or the flow was opened.
    ///
    /// @return seconds of the caller's clock
    public int lastSeenSeconds() {
        return Memory.getInt(flow + LAST_SEEN);
    }

    /// When the flow was opened.
    ///
    /// @return seconds of the caller's clock
    public int openedSeconds() {
        return Memory.getInt(entry() + CREATED);
    }

    /// What the application keeps with the flow, of both directions.
    ///
    /// @return 0 in a new flow
    public int attachment() {
        return Memory.getInt(entry() + LOCAL);
    }

    /// Keeps something with the flow.
    ///
    /// @param value anything, such as an index into the application's own table
    public void attachment(int value) {
        Memory.putInt(entry() + LOCAL, value);
    }

    int allocator() {
        return Memory.getInt(entry() + ALLOCATOR);
    }

    void allocator(int number) {
        Memory.putInt(entry() + ALLOCATOR, number);
    }
}
