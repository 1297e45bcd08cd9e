// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

/// A packet that a [PacketModifier] looks at, and the connection to which it belongs. One object a
/// worker, filled again for each.
public final class ModifiedPacket {
    private long entry;
    private int direction;
    private long record;
    private long ip;
    private int mtu;
    private boolean done;

    ModifiedPacket() {}

    void set(long ofEntry, int itsDirection, long itsRecord, long header, int itsMtu) {
        entry = ofEntry;
        direction = itsDirection;
        record = itsRecord;
        ip = header;
        mtu = itsMtu;
        done = false;
    }

    /// The connection.
    ///
    /// @return its entry
    public long entry() {
        return entry;
    }

    /// The direction of the packet.
    ///
    /// @return [io.fullnat.core.connection.ConnectionLayout#INBOUND] or
    ///   [io.fullnat.core.connection.ConnectionLayout#OUTBOUND]
    public int direction() {
        return direction;
    }

    /// What the modifier keeps of this connection.
    ///
    /// @return address of [Modifiers#RECORD_LENGTH] bytes
    public long record() {
        return record;
    }

    /// The packet's IP header, as it came but for what the modifier has done.
    ///
    /// @return its address
    public long ip() {
        return ip;
    }

    /// The longest packet that goes by the next link in one piece. Of one that is longer already,
    /// no modifier is to make more.
    ///
    /// @return bytes, IP header included
    public int mtu() {
        return mtu;
    }

    /// Says where the IP header begins after a change.
    ///
    /// @param header its address; [Modifiers#MAX_GROWTH] bytes before the first one at most
    public void ip(long header) {
        ip = header;
    }

    /// The modifier has nothing more to do: after this packet the connection is plain.
    public void done() {
        done = true;
    }

    boolean isDone() {
        return done;
    }
}
