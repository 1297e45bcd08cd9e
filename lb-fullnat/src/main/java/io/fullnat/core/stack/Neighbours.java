// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.ANSWERED;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.ANSWERED_MEEKLY;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.MOVED;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.SPOKE_MEEKLY;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The neighbours of one worker: who they are, what is heard of them, which packets wait for them.
/// [Reachability] says how long an answer holds, [NeighbourRoom] who goes when it gets tight.
///
/// A stranger's word changes little: an entry is added only for a station of the device's own
/// networks that asks for one of our addresses, and another MAC address of a known neighbour is
/// believed only if the old one is silent ([NeighbourMoves]), unless the settings say otherwise.
public final class Neighbours {
    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final ArpStack.NeighbourUpdates updates;
    private final NeighbourNews news;
    private final boolean verifies;

    /// Of all buffers, a quarter may be kept by packets that wait.
    private static final int PART_WAITING = 4;

    private final WaitingPackets waiting;
    private final HeldFrames.Receiver resume;
    private final Reachability reachability;
    private final NeighbourMoves moves;
    private final NeighbourRoom room;

    Neighbours(
            StackContext context,
            AdjacencyTable adjacencies,
            NeighbourRequests requests,
            ArpStack.NeighbourUpdates updates,
            NeighbourNews news,
            ArpStack.Waiters waiters,
            boolean verifies) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.updates = updates;
        this.news = news;
        this.verifies = verifies;
        waiting = new WaitingPackets(context.keeps(WaitingPackets.MOST, PART_WAITING));
        resume = waiters::resume;
        reachability = new Reachability(context, adjacencies, waiting, requests, waiters::giveUp);
        moves = new NeighbourMoves(context, adjacencies, requests, news, this::moved);
        room = new NeighbourRoom(context, adjacencies, waiting, reachability, moves);
    }

    /// Notes a neighbour's MAC address; adds an entry only for one that asked us.
    ///
    /// @param how as in [ArpStack.NeighbourUpdates#learnt]
    /// @param mac its MAC address; 0 if it did not say, which it need not as it was known
    /// @return how to tell it to the other workers; 0 if it does not matter to them
    int learn(int how, int device, long high, long low, long mac, boolean mayAdd) {
        Device where = context.view().device(device);
        boolean answered = how == ANSWERED || how == ANSWERED_MEEKLY;
        int index = adjacencies.find(device, high, low);
        if (index == AdjacencyTable.NONE) {
            if (mayAdd && mac != 0 && context.view().isNeighbour(device, high, low)) {
                add(where, high, low, mac);
            }
            return answered ? how : 0; // another worker may have asked
        }
        int state = Memory.getInt(adjacencies.entry(index) + AdjacencyTable.STATE);
        if (state == AdjacencyTable.STATIC) {
            return 0;
        }
        if (state == AdjacencyTable.INCOMPLETE) {
            if (mac == 0) {
                return 0; // RFC 4861 §7.2.5: nothing that it can be sent to
            }
            resolve(index, where, mac, answered);
            waiting.release(index, resume);
            return how;
        }
        if (mac == 0 || adjacencies.mac(index) == mac) {
            moves.clear(index);
            if (answered) {
                reachability.confirm(index);
            }
            return answered ? how : 0;
        }
        if (how == SPOKE_MEEKLY || how == ANSWERED_MEEKLY) {
            reachability.doubt(index);
            return 0;
        }
        if (verifies && how != MOVED && !reachability.isSilent(index)) {
            moves.suspect(index, mac);
            return 0;
        }
        long before = move(index, where, mac, answered);
        if (how != MOVED) {
            tellMove(index, where.index(), before, mac);
        }
        return MOVED;
    }

    private void add(Device where, long high, long low, long mac) {
        int index = adjacencies.findOrAdd(where, high, low, false);
        if (index != AdjacencyTable.NONE) {
            adjacencies.use(index, context.nowSeconds());
            resolve(index, where, mac, false);
        }
    }

    private void resolve(int index, Device where, long mac, boolean answered) {
        moves.forget(index);
        adjacencies.resolve(index, where, mac);
        if (answered) {
            reachability.confirm(index);
        } else {
            reachability.suppose(index);
        }
    }

    /// Returns the MAC address before.
    private long move(int index, Device where, long mac, boolean answered) {
        long before = adjacencies.mac(index);
        resolve(index, where, mac, answered);
        context.counters().count(Counter.NEIGHBOUR_MOVES);
        return before;
    }

    private void tellMove(int index, int device, long before, long mac) {
        news.tell(
                NeighbourNews.MOVED,
                device,
                adjacencies.high(index),
                adjacencies.low(index),
                before,
                mac);
    }

    /// The old MAC address of a neighbour was asked and is silent.
    private void moved(int index, long mac) {
        long entry = adjacencies.entry(index);
        int device = Memory.getInt(entry + AdjacencyTable.DEVICE);
        tellMove(index, device, move(index, context.view().device(device), mac, false), mac);
        updates.learnt(MOVED, device, adjacencies.high(index), adjacencies.low(index), mac);
    }

    /// Keeps a packet until a next hop is known, and asks for it.
    ///
    /// @param index of the next hop, incomplete
    /// @param frame as it was received
    /// @return null if it waits; else why not, and the packet is still the caller's
    public @Nullable Outcome await(int index, Frame frame) {
        adjacencies.use(index, context.nowSeconds());
        boolean first = waiting.isEmpty(index);
        if (first && !reachability.mayWait(index)) {
            return Outcome.NEIGHBOUR_UNREACHABLE;
        }
        if (!waiting.add(index, frame.buffer(), frame.l2(), frame.length(), frame.port())) {
            if (first) {
                reachability.askBeforeWaiting(index); // all room is taken by what waits for others
            }
            return Outcome.NEIGHBOUR_QUEUE_FULL;
        }
        if (first) {
            reachability.startWaiting(index);
        }
        return null;
    }

    /// Asks for a next hop to which a packet is to be sent later.
    ///
    /// @param index of the next hop, incomplete
    public void ask(int index) {
        adjacencies.use(index, context.nowSeconds());
        if (waiting.isEmpty(index) && reachability.mayWait(index)) {
            reachability.askBeforeWaiting(index);
        }
    }

    /// Takes note that a packet is sent to a next hop whose MAC address is known.
    ///
    /// @param index of the next hop
    public void use(int index) {
        reachability.use(index);
    }

    /// Applies the static neighbours of a new view. Between bursts.
    public void applyStatic() {
        NetworkView view = context.view();
        for (int index = 0; index < adjacencies.end(); index++) {
            if (Memory.getInt(adjacencies.entry(index) + AdjacencyTable.STATE)
                    == AdjacencyTable.STATIC) {
                reachability.startProbing(index);
                adjacencies.use(index, context.nowSeconds());
            }
        }
        for (NetworkView.StaticNeighbour neighbour : view.neighbours()) {
            Device device = view.device(neighbour.device());
            long high = neighbour.high();
            long low = neighbour.low();
            if (adjacencies.find(neighbour.device(), high, low) == AdjacencyTable.NONE) {
                room.force();
            }
            int index = adjacencies.findOrAdd(device, high, low, true);
            if (index != AdjacencyTable.NONE) {
                adjacencies.keep(index);
                moves.forget(index);
                adjacencies.resolve(index, device, neighbour.mac());
                adjacencies.state(adjacencies.entry(index), AdjacencyTable.STATIC);
                waiting.release(index, resume);
            }
        }
    }

    /// Forgets the neighbours of some devices, but for static ones and those for which packets
    /// wait. Between bursts.
    ///
    /// @param devices by number
    public void flush(Set<Integer> devices) {
        for (int index = 0; index < adjacencies.end(); index++) {
            long entry = adjacencies.entry(index);
            int state = Memory.getInt(entry + AdjacencyTable.STATE);
            boolean goes =
                    state != AdjacencyTable.FREE
                            && state != AdjacencyTable.STATIC
                            && waiting.isEmpty(index)
                            && devices.contains(Memory.getInt(entry + AdjacencyTable.DEVICE));
            if (goes) {
                room.remove(index);
            }
        }
        room.recycle();
    }

    /// Does what is due: asks again, gives up, believes, makes room. Between bursts.
    ///
    /// @return how much was done
    int poll() {
        int work = reachability.poll() + moves.poll() + room.poll();
        context.counters().set(Counter.NEIGHBOURS, adjacencies.size());
        return work;
    }

    /// How many packets wait for a neighbour.
    ///
    /// @return packets
    public int waitingPackets() {
        return waiting.size();
    }

    /// How many packets may wait for neighbours at once.
    ///
    /// @return packets
    public int waitingCapacity() {
        return waiting.capacity();
    }

    /// Ends the packets that wait: the worker ends.
    public void close() {
        for (int index = 0; index < adjacencies.end(); index++) {
            waiting.release(
                    index,
                    (buffer, data, length, port) -> {
                        context.counters().end(Outcome.SHUTDOWN, buffer);
                        context.pool().free(buffer);
                    });
        }
    }

    /// The next hop of a client's packet, on a device.
    ///
    /// @param hop where a route leads
    /// @param high first half of the destination
    /// @param low last half
    /// @return index of the next hop, added if it was not known; [AdjacencyTable#NONE] if no room,
    ///   or the destination is a group, which is not routed
    public int nextHop(RouteTable.Hop hop, long high, long low) {
        if (Addresses.isGroup(high)) {
            return AdjacencyTable.NONE;
        }
        return hop.hasGateway()
                ? nextHop(hop.device(), hop.gatewayHigh(), hop.gatewayLow(), true)
                : nextHop(hop.device(), high, low, false);
    }

    /// The next hop of a real server.
    ///
    /// @param hop where a route leads
    /// @param high first half of the destination
    /// @param low last half
    /// @return as [#nextHop]
    public int nextHopOfServer(RouteTable.Hop hop, long high, long low) {
        return hop.hasGateway()
                ? nextHop(hop.device(), hop.gatewayHigh(), hop.gatewayLow(), true)
                : nextHop(hop.device(), high, low, true);
    }

    private int nextHop(int device, long high, long low, boolean kept) {
        int again = adjacencies.findAgain(device, high, low);
        int index =
                again == AdjacencyTable.NONE
                        ? adjacencies.findOrAdd(context.view().device(device), high, low, kept)
                        : again;
        if (index != AdjacencyTable.NONE) {
            adjacencies.use(index, context.nowSeconds());
            if (kept) {
                adjacencies.keep(index);
            }
        }
        return index;
    }
}
