// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.transmit.Transmitter;
import io.fullnat.core.transmit.WorkerCounters;

/// What the parts of a worker share while they handle a burst: the time, the network as it is now,
/// the way out. The worker sets time and view between bursts; the parts only read.
public final class StackContext {
    /// Packets that a worker may keep for one purpose, however few buffers there are.
    public static final int FEW_KEPT = 16;

    /// 2^32 divided by the golden ratio: its multiples lie apart as far as they can, so that
    /// [#generation(int)]s of two generations do not meet for some thousand devices and hundreds of
    /// thousands of generations.
    private static final int SPREAD = 0x9E37_79B1;

    private final BufferPool pool;
    private final Transmitter[] transmitters;
    private final WorkerCounters counters;
    private final int workers;
    private NetworkView view;
    private int generation;
    private long nowNs;
    private int nowSeconds;
    private int nowMicros;

    /// A context of one worker.
    ///
    /// @param workers how many take from the pool
    /// @param pool the worker's buffers
    /// @param transmitters one for each port
    /// @param counters the worker's
    /// @param view the first view
    public StackContext(
            int workers,
            BufferPool pool,
            Transmitter[] transmitters,
            WorkerCounters counters,
            NetworkView view) {
        this.workers = workers;
        this.pool = pool;
        this.transmitters = transmitters;
        this.counters = counters;
        this.view = view;
    }

    /// Sets the time for the next burst.
    ///
    /// @param now nanoseconds since the balancer's start
    public void time(long now) {
        nowNs = now;
        nowSeconds = (int) (now / 1_000_000_000L);
        nowMicros = (int) (now / 1_000L);
    }

    /// Sets the view for the next burst.
    ///
    /// @param newView in force from now on
    public void view(NetworkView newView) {
        if (newView.generation() != view.generation()) {
            forgetAdjacencies();
        }
        view = newView;
    }

    /// Makes all next hops that connections and real servers have kept void: each is looked up
    /// again when it is used next. Between bursts only.
    public void forgetAdjacencies() {
        generation++;
    }

    /// Tells next hops that may still be followed from those that are void.
    ///
    /// @return the same as long as all that was looked up since is right
    public int generation() {
        return generation;
    }

    /// What a connection remembers of its last packet: [#generation()] and device in one number. As
    /// long as packets come by the same device and next hops may be followed, neither needs a look.
    ///
    /// @param device the device's number
    /// @return that of device 0, with the device's number added
    public int generation(int device) {
        return generation * SPREAD + device;
    }

    /// What a flow notes instead until its first packet has come: the device by which it is due,
    /// and may come under the present routes. One that comes so has only its next hop looked up.
    ///
    /// @param device the device's number
    /// @return [#generation(int)] of no device, but for two in 2^32 generations for each pair of
    ///   devices
    public int due(int device) {
        return ~generation(device);
    }

    /// The network as it is now.
    ///
    /// @return the view in force
    public NetworkView view() {
        return view;
    }

    /// The time of this burst.
    ///
    /// @return nanoseconds since the balancer's start
    public long nowNs() {
        return nowNs;
    }

    /// The time of this burst.
    ///
    /// @return whole seconds since the balancer's start
    public int nowSeconds() {
        return nowSeconds;
    }

    /// The time of this burst.
    ///
    /// @return microseconds since the balancer's start, which wrap
    public int nowMicros() {
        return nowMicros;
    }

    /// The worker's buffers.
    ///
    /// @return the pool
    public BufferPool pool() {
        return pool;
    }

    /// Takes a buffer for a packet that the worker makes. If there is none, that is counted.
    ///
    /// @param burst not full, gets the packet
    /// @return false, with the burst unchanged, if no buffer is left
    public boolean allocate(PacketBurst burst) {
        boolean taken = pool.allocate(burst);
        if (!taken) {
            counters.count(Counter.BUFFERS_MISSED);
        }
        return taken;
    }

    /// How many packets this worker may keep for one purpose: strangers decide how many it would
    /// be, so all workers together leave buffers to those that are on their way.
    ///
    /// @param most where there are buffers enough
    /// @param part of all buffers, that all workers may keep so: 4 for a quarter
    /// @return [#FEW_KEPT] or more
    public int keeps(int most, int part) {
        return Math.clamp(pool.capacity() / ((long) part * workers), FEW_KEPT, most);
    }

    /// The way out of a port.
    ///
    /// @param port its number
    /// @return the worker's transmitter
    public Transmitter transmitter(int port) {
        return transmitters[port];
    }

    /// The transmitters of all ports.
    ///
    /// @return by port number; not to be changed
    public Transmitter[] transmitters() {
        return transmitters;
    }

    /// The worker's counters.
    ///
    /// @return the counters
    public WorkerCounters counters() {
        return counters;
    }
}
