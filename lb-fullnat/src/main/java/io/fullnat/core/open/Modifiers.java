// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.StackContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which connections of one worker have a [PacketModifier], and what that keeps of each: a table of
/// its own, so that connections without one have no room for it. A bit of the entry says that there
/// is something here ([ConnectionLayout#isModified]).
///
/// A word for each place of the connection table names the record, so a look-up is one load; a
/// record knows its modifier. Both take memory only as they are used.
///
/// **Capacity** is fixed. A connection that finds no room begins without a modifier, and is
/// counted; one that needs it is not to begin then ([#hasRoom]).
///
/// **Thread-safety:** none; each worker has its own.
public final class Modifiers implements AutoCloseable {
    /// Bytes that a modifier has for a connection.
    public static final int RECORD_LENGTH = 4 * Region.CACHE_LINE - Long.BYTES;

    /// Bytes that a modifier has for a while.
    public static final int SCRATCH_LENGTH = 4 * 4 * Region.CACHE_LINE;

    /// By how much a packet may become longer in front: what is in a buffer's headroom beside
    /// headers of the other family and of a link.
    public static final int MAX_GROWTH = 40;

    /// The most connections of a worker that can have one.
    public static final int MAX_CAPACITY = 1 << 26;

    private static final PacketModifier REFUSAL = new Refusal();
    private static final int MAX_MODIFIERS = 255;
    private static final int NONE = 0;

    // A record: the modifier's number, or the next free record; then what the modifier keeps.
    private static final int NUMBER = 0;
    private static final int NEXT = 4;
    private static final int KEPT = Long.BYTES;
    private static final int STRIDE = RECORD_LENGTH + KEPT;

    private final Choice choice;
    private final StackContext stack;
    private final int capacity;
    private final long firstEntry;
    private final Region places;
    private final Region records;
    private final List<PacketModifier> known = new ArrayList<>();
    private final ModifiedPacket packet;
    private int free = NONE;
    private int used;
    private int size;

    /// Which connections get a modifier.
    public interface Choice {
        /// Chooses the modifier of a connection. There may be some of them in all, not one for each
        /// connection.
        ///
        /// @param entry of the connection, in its first state
        /// @param service of the connection as it is now
        /// @return null if it gets none
        @Nullable PacketModifier choose(long entry, ServiceEntry service);

        /// Whether connections of a service may get one at all.
        ///
        /// @param service of the connection
        /// @return false if [#choose] need not be asked
        default boolean mayChoose(ServiceEntry service) {
            return true;
        }

        /// Whether connections of a service that find no room are not to begin: without a modifier,
        /// the real server would believe what a client makes up.
        ///
        /// @param service that gives its connections a modifier, or not
        /// @return false if they begin without
        default boolean isNeeded(ServiceEntry service) {
            return false;
        }
    }

    /// Of a connection that is to be none any more: its ends hear so whatever they send, but for
    /// resets.
    private static final class Refusal implements PacketModifier {
        @Override
        public void modify(ModifiedPacket packet) {
            if (Memory.getByte(packet.entry() + ConnectionLayout.PROTOCOL) != Ipv4.PROTOCOL_TCP
                    || (Tcp.flags(packet.transport()) & Tcp.RST) == 0) {
                packet.refuse();
            }
        }
    }

    /// An empty table.
    ///
    /// @param table of the connections
    /// @param capacity how many connections can have a modifier at once, 1 to [#MAX_CAPACITY]
    /// @param stack of the same worker
    /// @param choice asked for each connection that begins
    public Modifiers(ConnectionTable table, int capacity, StackContext stack, Choice choice) {
        this(table.noFlow(), length(table), capacity, stack, choice);
    }

    /// @param firstEntry where entries begin
    /// @param bytes of all of them
    Modifiers(long firstEntry, long bytes, int capacity, StackContext stack, Choice choice) {
        this.firstEntry = firstEntry;
        this.capacity = capacity;
        this.stack = stack;
        this.choice = choice;
        long entries = bytes / ConnectionLayout.ENTRY_LENGTH + 1;
        places = Region.allocateSparse(entries * Integer.BYTES, "the places of packet modifiers");
        long length = (long) capacity * STRIDE;
        records = Region.reserve(length + SCRATCH_LENGTH, "packet modifiers");
        packet = new ModifiedPacket(stack, records.address() + length);
    }

    private static long length(ConnectionTable table) {
        long longest = ConnectionLayout.ENTRY_LENGTH + ConnectionLayout.WIDE_ENTRY_LENGTH;
        return (table.capacity() + 1L) * longest;
    }

    /// How many connections have one.
    ///
    /// @return 0 to the capacity
    public int size() {
        return size;
    }

    /// How many connections can have one at once.
    ///
    /// @return 1 to [#MAX_CAPACITY]
    public int capacity() {
        return capacity;
    }

    /// Whether a connection of a service may begin as far as this table goes.
    ///
    /// @param service of the connection
    /// @return false if the service needs a modifier, and there is no room for it
    public boolean hasRoom(ServiceEntry service) {
        return free != NONE || used < capacity || !choice.isNeeded(service);
    }

    /// Whether connections of a service may get a modifier at all.
    ///
    /// @param service of the connection
    /// @return as [Choice#mayChoose] says
    public boolean concern(ServiceEntry service) {
        return choice.mayChoose(service);
    }

    /// Whether connections of a service are not to begin without a modifier.
    ///
    /// @param service of the connection
    /// @return as [Choice#isNeeded] says
    public boolean isNeeded(ServiceEntry service) {
        return choice.isNeeded(service);
    }

    /// Bytes of all packets of a family, headers included.
    static int totalLength(long ip) {
        return Ipv6.version(ip) == 6 ? Ipv6.totalLength(ip) : Ipv4.totalLength(ip);
    }

    /// Gives a connection that begins its modifier, instead of one that it has, if it is to have
    /// one.
    ///
    /// @param entry of the connection, in its first state
    /// @param service of the connection; null if it is gone, which gives none
    public void begin(long entry, @Nullable ServiceEntry service) {
        end(entry);
        PacketModifier modifier = service == null ? null : choice.choose(entry, service);
        if (modifier == null || service == null) {
            return;
        }
        int number = number(modifier);
        int place = take();
        if (place == NONE) {
            stack.counters().count(Counter.MODIFIERS_REFUSED);
            return;
        }
        long record = record(place);
        Memory.putInt(record + NUMBER, number);
        Memory.zero(record + KEPT, RECORD_LENGTH);
        Memory.putInt(placeOf(entry), place);
        mark(entry, true);
        boolean begun = false;
        try {
            modifier.begin(entry, record + KEPT, service);
            begun = true;
        } finally {
            if (!begun && modifier.afterFault() == PacketModifier.AfterFault.PLAIN) {
                remove(entry, place);
            } else if (!begun) {
                refuse(place);
            }
        }
    }

    /// What becomes of a connection whose modifier has thrown.
    private void fault(long entry, int place, PacketModifier modifier) {
        switch (modifier.afterFault()) {
            case PLAIN -> remove(entry, place);
            case RESET -> refuse(place);
            case KEPT -> {
                return;
            }
        }
    }

    private void refuse(int place) {
        Memory.putInt(record(place) + NUMBER, number(REFUSAL));
    }

    /// Lets a connection's modifier see a packet, and removes it if it is done. [#packet()] says
    /// what else it has said.
    ///
    /// @param entry of the connection, which has one
    /// @param direction of the packet
    /// @param ip its IP header
    /// @param l4 its TCP or UDP header
    /// @param mtu the longest packet that can be sent on in one piece, before translation
    /// @return where its IP header begins now
    public long modify(long entry, int direction, long ip, long l4, int mtu) {
        int place = place(entry);
        long record = record(place);
        PacketModifier modifier = modifier(record);
        packet.set(entry, direction, record + KEPT, ip, l4, mtu);
        boolean goesOn = false;
        try {
            modifier.modify(packet);
            goesOn = true;
        } finally {
            packet.dropAhead(); // nothing goes ahead of what is not translated
            if (!goesOn) {
                fault(entry, place, modifier);
            }
        }
        if (packet.isRefused()) {
            refuse(place);
        } else if (packet.isDone()) {
            remove(entry, place);
        }
        return packet.ip();
    }

    /// What the modifier has said of the packet that it has seen last.
    ///
    /// @return the same object always
    public ModifiedPacket packet() {
        return packet;
    }

    /// Whether a client's packets of a connection are to be given to [#finish].
    ///
    /// @param entry of a connection that has a modifier
    /// @return as [PacketModifier#finishes()] says
    public boolean finishes(long entry) {
        return modifier(record(place(entry))).finishes();
    }

    /// Lets a connection's modifier see a client's packet that is translated.
    ///
    /// @param entry of the connection, which has one that finishes
    /// @param ip its IP header
    /// @param l4 its TCP or UDP header
    /// @param mtu the longest packet that can be sent on in one piece
    /// @return where its IP header begins now
    public long finish(long entry, long ip, long l4, int mtu) {
        int place = place(entry);
        long record = record(place);
        PacketModifier modifier = modifier(record);
        packet.set(entry, ConnectionLayout.INBOUND, record + KEPT, ip, l4, mtu);
        boolean seen = false;
        try {
            modifier.finish(packet);
            seen = true;
        } finally {
            if (!seen) {
                packet.dropAhead();
                fault(entry, place, modifier);
            }
        }
        if (packet.isDone()) {
            remove(entry, place);
        }
        return packet.ip();
    }

    /// The packet that goes ahead of the one that was finished last. Its buffer is the caller's.
    ///
    /// @return empty if none does
    public PacketBurst ahead() {
        return packet.fresh();
    }

    /// Tells a connection's modifier of a link that takes no longer packets.
    ///
    /// @param entry of the connection, which has one
    /// @param longest bytes of the longest packet, as the client sends it
    public void tooBig(long entry, int longest) {
        long record = record(place(entry));
        modifier(record).tooBig(record + KEPT, longest);
    }

    /// Ends what a connection has here, if it has something, as the connection ends.
    ///
    /// @param entry of the connection, still whole
    public void end(long entry) {
        if (!ConnectionLayout.isModified(entry)) {
            return;
        }
        int place = place(entry);
        long record = record(place);
        PacketModifier modifier = modifier(record);
        remove(entry, place);
        modifier.ended(record + KEPT);
    }

    private int take() {
        int place = free;
        if (place != NONE) {
            free = Memory.getInt(record(place) + NEXT);
        } else if (used < capacity) {
            place = ++used;
        } else {
            return NONE;
        }
        size++;
        return place;
    }

    private void remove(long entry, int place) {
        Memory.putInt(placeOf(entry), NONE);
        long record = record(place);
        Memory.putInt(record + NUMBER, NONE);
        Memory.putInt(record + NEXT, free);
        free = place;
        size--;
        mark(entry, false);
    }

    private static void mark(long entry, boolean modified) {
        ConnectionLayout.modified(entry, modified);
        byte state = Memory.getByte(entry + ConnectionLayout.STATE);
        TcpMoves.watch(entry, ConnectionState.of(state));
    }

    /// The number of a modifier, from 1. There are few.
    @SuppressWarnings("ReferenceEquality") // one object, one number
    private int number(PacketModifier modifier) {
        for (int i = 0; i < known.size(); i++) {
            if (known.get(i) == modifier) {
                return i + 1;
            }
        }
        if (known.size() == MAX_MODIFIERS) {
            throw new IllegalStateException("more than " + MAX_MODIFIERS + " packet modifiers");
        }
        known.add(modifier);
        return known.size();
    }

    private PacketModifier modifier(long record) {
        return known.get(Memory.getInt(record + NUMBER) - 1);
    }

    /// Where the record is of a connection that is marked.
    private int place(long entry) {
        int place = Memory.getInt(placeOf(entry));
        if (place == NONE) {
            throw new IllegalStateException("a connection is marked that has no modifier");
        }
        return place;
    }

    /// Entries are of two lengths, both at least that of a narrow one: no two share a place.
    private long placeOf(long entry) {
        long place = (entry - firstEntry) / ConnectionLayout.ENTRY_LENGTH;
        return places.address() + place * Integer.BYTES;
    }

    private long record(int place) {
        return records.address() + (place - 1L) * STRIDE;
    }

    @Override
    public void close() {
        places.close();
        records.close();
    }
}
