package io.fullnat.core.snat;

/// The local ports of one local address towards one real server, for one protocol, on one worker:
/// how many connections use them, and, once they are many, which.
///
/// Written by its worker only. Others may read [#used()], which may then be a moment old.
public final class PortLane {
    private int used;
    private int ahead = LocalPorts.NONE;
    private long bitmap;

    /// A lane with all ports free.
    public PortLane() {}

    /// How many ports are in use.
    ///
    /// @return 0 to [PortPartition#count()]
    public int used() {
        return used;
    }

    void used(int count) {
        used = count;
    }

    /// Address of a bitmap of ports known to be in use, 0 while there is none. A set bit says in
    /// use; a clear one says nothing: the connection table knows.
    long bitmap() {
        return bitmap;
    }

    void bitmap(long address) {
        bitmap = address;
    }

    /// The place of a port drawn for the next connection, [LocalPorts#NONE] if there is none. Drawn
    /// only: it may be in use by then, or the lane be another one.
    int ahead() {
        return ahead;
    }

    void ahead(int place) {
        ahead = place;
    }
}
