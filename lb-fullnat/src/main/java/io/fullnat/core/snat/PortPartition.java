package io.fullnat.core.snat;

/// Which local ports belong to which worker: port *p* to worker *p* mod *workers*, from 1025 to
/// 65535. So the destination port of a packet from a real server names the worker that knows its
/// connection, without any shared table.
///
/// Immutable and thread-safe.
public final class PortPartition {
    /// The lowest local port.
    public static final int FIRST = 1025;

    /// The highest local port.
    public static final int LAST = 65535;

    private final int workers;
    private final int first;
    private final int count;

    /// The ports of one worker.
    ///
    /// @param worker its number, 0 to workers - 1
    /// @param workers how many workers there are, 1 to 64
    public PortPartition(int worker, int workers) {
        if (workers < 1 || workers > 64 || worker < 0 || worker >= workers) {
            throw new IllegalArgumentException("worker " + worker + " of " + workers);
        }
        this.workers = workers;
        this.first = FIRST + Math.floorMod(worker - FIRST, workers);
        this.count = (LAST - first) / workers + 1;
    }

    /// How many ports the worker has, towards each real server.
    ///
    /// @return 64,511 for a single worker
    public int count() {
        return count;
    }

    /// A port by its place among the worker's ports.
    ///
    /// @param place 0 to count - 1
    /// @return the port
    public int port(int place) {
        return first + place * workers;
    }

    int place(int port) {
        return (port - first) / workers;
    }

    /// Whether a port may be a local port at all.
    ///
    /// @param port 0 to 65535
    /// @return false for the ports below 1025
    public static boolean isLocalPort(int port) {
        return port >= FIRST;
    }

    /// The worker to whom a local port belongs.
    ///
    /// @param port 1025 to 65535
    /// @param workers how many workers there are
    /// @return the worker's number
    public static int owner(int port, int workers) {
        return port % workers;
    }
}
