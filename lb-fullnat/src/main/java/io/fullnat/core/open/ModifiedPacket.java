// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.stack.StackContext;

/// A packet that a [PacketModifier] looks at, and the connection to which it belongs. One object a
/// worker, filled again for each.
public final class ModifiedPacket {
    private final PacketBurst fresh = new PacketBurst(1);
    private final StackContext stack;
    private final long scratch;
    private long entry;
    private int direction;
    private long record;
    private long ip;
    private int transportOffset;
    private int mtu;
    private boolean done;
    private boolean dropped;
    private boolean refused;
    private boolean answered;
    private int answer;
    private int answerWindow;

    ModifiedPacket(StackContext stack, long scratch) {
        this.stack = stack;
        this.scratch = scratch;
    }

    void set(
            long ofEntry,
            int itsDirection,
            long itsRecord,
            long header,
            long transport,
            int itsMtu) {
        entry = ofEntry;
        direction = itsDirection;
        record = itsRecord;
        ip = header;
        transportOffset = (int) (transport - header);
        mtu = itsMtu;
        done = false;
        dropped = false;
        refused = false;
        answered = false;
        fresh.clear();
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

    /// The packet's TCP or UDP header, as far behind the IP header as in the packet that came.
    ///
    /// @return its address
    public long transport() {
        return ip + transportOffset;
    }

    /// Bytes of the packet from its TCP or UDP header on.
    ///
    /// @return 8 or more
    public int transportLength() {
        return Modifiers.totalLength(ip) - transportOffset;
    }

    /// The family of the packet.
    ///
    /// @return false for IPv4
    public boolean isIpv6() {
        return Ipv6.version(ip) == 6;
    }

    /// Room that keeps nothing when the modifier is done with the packet.
    ///
    /// @return address of [Modifiers#SCRATCH_LENGTH] bytes
    public long scratch() {
        return scratch;
    }

    /// The longest packet that can be sent on in one piece, as long as it is now: one that becomes
    /// longer by its translation has less. Of one that is longer already, no modifier is to make
    /// more.
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

    /// Takes a buffer for a packet that is sent by the same link before this one. In
    /// [PacketModifier#finish] only, once.
    ///
    /// @param length of the packet that the modifier writes, IP header included
    /// @return where its IP header is to begin; 0 if there is no buffer
    public long ahead(int length) {
        if (!stack.allocate(fresh)) {
            return 0;
        }
        fresh.set(0, fresh.data(0), length);
        return fresh.data(0);
    }

    /// The modifier has nothing more to do: after this packet the connection is plain.
    public void done() {
        done = true;
    }

    /// The packet is not to be sent on. In [PacketModifier#modify] only.
    public void drop() {
        dropped = true;
    }

    /// The packet is not to be sent on, nor any other of its connection, whose ends are reset. In
    /// [PacketModifier#modify] only, without data that the packet came with.
    public void refuse() {
        refused = true;
    }

    /// Lets the client hear at once, as if from the real server, that something has arrived. In
    /// [PacketModifier#modify] only, for a segment of the client.
    ///
    /// @param acknowledgement what, in the client's numbers
    /// @param window how much more may come, as it stands in segments of the real server
    public void answer(int acknowledgement, int window) {
        answered = true;
        answer = acknowledgement;
        answerWindow = window;
    }

    /// Whether the packet is not to be sent on.
    ///
    /// @return true after [#drop()] and [#refuse()]
    public boolean isDropped() {
        return dropped || refused;
    }

    /// Whether its connection is to be reset.
    ///
    /// @return true after [#refuse()]
    public boolean isRefused() {
        return refused;
    }

    /// Whether the client is to hear something at once.
    ///
    /// @return true after [#answer(int, int)]
    public boolean isAnswered() {
        return answered;
    }

    /// What it is to hear.
    ///
    /// @return as [#answer(int, int)] was told
    public int answer() {
        return answer;
    }

    /// How much more may come.
    ///
    /// @return as [#answer(int, int)] was told
    public int answerWindow() {
        return answerWindow;
    }

    boolean isDone() {
        return done;
    }

    /// The packet that goes ahead.
    ///
    /// @return empty if there is none
    PacketBurst fresh() {
        return fresh;
    }

    /// Gives the buffer back of a packet that is not to go ahead after all.
    void dropAhead() {
        if (fresh.size() > 0) {
            stack.pool().free(fresh.buffer(0));
            fresh.clear();
        }
    }
}
