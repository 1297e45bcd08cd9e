package io.fullnat.core.service;

import io.fullnat.core.snat.PortLane;

/// A real server as a worker sees it. Not changed after construction, but for its lanes' contents.
public final class ServerEntry {
    private final int address;
    private final int port;
    private final int weight;
    private final int slot;
    private final PortLane[] lanes;
    private final int[] laneIds;

    /// A real server for one worker.
    ///
    /// @param address as four bytes of a packet, read as one word
    /// @param port as two bytes of a packet, read as one word
    /// @param weight its weight
    /// @param slot of its counters
    /// @param lanes one for each local address of the service, in their order
    /// @param laneIds what a connection stores to find its lane again
    public ServerEntry(
            int address, int port, int weight, int slot, PortLane[] lanes, int[] laneIds) {
        this.address = address;
        this.port = port;
        this.weight = weight;
        this.slot = slot;
        this.lanes = lanes;
        this.laneIds = laneIds;
    }

    /// Its address.
    ///
    /// @return four bytes of a packet, read as one word
    public int address() {
        return address;
    }

    /// Its port.
    ///
    /// @return two bytes of a packet, read as one word
    public int port() {
        return port;
    }

    /// Its weight.
    ///
    /// @return 0 to 65535
    public int weight() {
        return weight;
    }

    /// The slot of its counters.
    ///
    /// @return the slot
    public int slot() {
        return slot;
    }

    /// The lane from a local address to this server.
    ///
    /// @param local the local address's index in the service
    /// @return the lane on this worker
    public PortLane lane(int local) {
        return lanes[local];
    }

    /// The number of that lane.
    ///
    /// @param local the local address's index in the service
    /// @return the same on all workers
    public int laneId(int local) {
        return laneIds[local];
    }
}
