// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The local ports of one local address towards one real server, for one protocol, on one worker:
/// how many connections use them, how far the walk through them has come, and, once they are many,
/// which are in use.
///
/// One of a whole server, of any port of it, is walked through as if the server had one port: so a
/// local port comes again as late as it would there, whatever ports clients ask for. It has no
/// bitmaps, for what is in use, and whose answers reach which worker, differs from port to port of
/// the server; instead some of its ports are left free, so that a search soon meets one.
///
/// Written by its worker only. Others may read [#used()], which may then be a moment old.
public final class PortAllocator {
    private static final VarHandle USED;

    static {
        try {
            USED = MethodHandles.lookup().findVarHandle(PortAllocator.class, "used", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final boolean whole;
    private int used;
    private int position;
    private int ahead = LocalPorts.NONE;
    private int aheadAt;
    private long aheadHash;
    private int aheadFor;
    private int pressedFrom = Integer.MAX_VALUE;
    private long addresses;
    private int serverPort;
    private int protocol;
    private long key;
    private long bitmap;
    private long settled;

    /// An allocator of one port of a server, with all ports free.
    public PortAllocator() {
        this(false);
    }

    /// An allocator with all ports free.
    ///
    /// @param whole whether it is of a whole server, of any port of it
    public PortAllocator(boolean whole) {
        this.whole = whole;
    }

    /// Whether it is of any port of a server.
    ///
    /// @return false if it is of one port
    public boolean isWhole() {
        return whole;
    }

    /// How many ports are in use.
    ///
    /// @return 0 to [PortPartition#count()]
    public int used() {
        return (int) USED.getAcquire(this);
    }

    /// The same for its worker, which alone writes it: an acquiring load would have the compiler
    /// load again all that it knows of objects.
    ///
    /// @return 0 to [PortPartition#count()]
    public int usedHere() {
        return used;
    }

    void used(int count) {
        USED.setRelease(this, count);
    }

    /// One more is in use. Others learn of it when they do: nothing is to be seen together with it,
    /// as with the last one that is given back.
    void take() {
        used++;
    }

    /// Where the walk goes on, in the pair's [PortOrder].
    int position() {
        return position;
    }

    void position(int next) {
        position = next;
    }

    /// The place of a port drawn for the next connection, [LocalPorts#NONE] if there is none. Drawn
    /// only: it may be in use by then.
    int ahead() {
        return ahead;
    }

    /// The position of that place.
    int aheadAt() {
        return aheadAt;
    }

    /// The hash of the outbound key with that port.
    long aheadHash() {
        return aheadHash;
    }

    /// The server's port for which it was drawn.
    int aheadFor() {
        return aheadFor;
    }

    void ahead(int place, int at, long hash, int ofServerPort) {
        ahead = place;
        aheadAt = at;
        aheadHash = hash;
        aheadFor = ofServerPort;
    }

    /// How many ports are in use where the allocator has hardly any left.
    int pressedFrom() {
        return pressedFrom;
    }

    void pressedFrom(int count) {
        pressedFrom = count;
    }

    /// Of the pair whose ports these are, as [PortOrder#key] has it; 0 before the first.
    long key() {
        return key;
    }

    /// Whether it has begun for a pair: cheaper to ask than the pair's key is to make.
    boolean isOf(long ofAddresses, int ofServerPort, int ofProtocol) {
        return addresses == ofAddresses && serverPort == ofServerPort && protocol == ofProtocol;
    }

    /// Begins for another pair, which takes over an allocator that is idle.
    void restart(
            long newAddresses,
            int newServerPort,
            int newProtocol,
            long newKey,
            int newPosition,
            int newPressedFrom) {
        addresses = newAddresses;
        serverPort = newServerPort;
        protocol = newProtocol;
        key = newKey;
        position = newPosition;
        pressedFrom = newPressedFrom;
        ahead = LocalPorts.NONE;
    }

    /// Address of a bitmap of positions known to be in use, 0 while there is none. A set bit says
    /// in use; a clear one says nothing: the connection table knows.
    long bitmap() {
        return bitmap;
    }

    void bitmap(long address) {
        bitmap = address;
    }

    /// Address of a bitmap of positions known not to give way, 0 while there is none. A clear bit
    /// says nothing.
    long settled() {
        return settled;
    }

    void settled(long address) {
        settled = address;
    }
}
