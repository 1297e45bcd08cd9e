// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

/// Which local ports belong to which worker, from 1025 to 65535: port *p* to worker (*p* mod
/// *modulus*) mod *workers*. So the destination port of a packet from a real server names the
/// worker that knows its connection, without any shared table.
///
/// With a modulus of *workers* all have the same share. With a power of two the low bits of the
/// port tell the worker, which is what a NIC can compare; where the number of workers is none, some
/// have two residues and twice the ports of the others.
///
/// Immutable and thread-safe.
public final class PortPartition {
    /// The lowest local port.
    public static final int FIRST = 1025;

    /// The highest local port.
    public static final int LAST = 65535;

    private static final int MAX_WORKERS = 64;

    private final int worker;
    private final int workers;
    private final int modulus;
    private final int residues;
    private final int before;
    private final int count;

    /// The ports of one worker, where all have the same share.
    ///
    /// @param worker its number, 0 to workers - 1
    /// @param workers how many workers there are, 1 to 64
    public PortPartition(int worker, int workers) {
        this(worker, workers, workers);
    }

    /// The ports of one worker.
    ///
    /// @param worker its number, 0 to workers - 1
    /// @param workers how many workers there are, 1 to 64
    /// @param modulus not less than workers
    public PortPartition(int worker, int workers, int modulus) {
        if (workers < 1 || workers > MAX_WORKERS || worker < 0 || worker >= workers) {
            throw new IllegalArgumentException("worker " + worker + " of " + workers);
        }
        if (modulus < workers) {
            throw new IllegalArgumentException("modulus " + modulus + " for " + workers);
        }
        this.worker = worker;
        this.workers = workers;
        this.modulus = modulus;
        residues = (modulus - worker - 1) / workers + 1;
        before = upTo(FIRST - 1);
        count = upTo(LAST) - before;
    }

    /// How many of all ports from 0 to the given one are the worker's.
    private int upTo(int port) {
        int rest = port % modulus - worker;
        return port / modulus * residues + (rest < 0 ? 0 : rest / workers + 1);
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
        int index = before + place;
        return residues == 1
                ? index * modulus + worker
                : index / residues * modulus + index % residues * workers + worker;
    }

    int place(int port) {
        return residues == 1
                ? (port - worker) / modulus - before
                : port / modulus * residues + (port % modulus - worker) / workers - before;
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
    /// @param modulus of the partition
    /// @return the worker's number
    public static int owner(int port, int workers, int modulus) {
        int residue = port % modulus;
        return residue < workers ? residue : residue % workers;
    }
}
