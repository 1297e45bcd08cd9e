// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import org.jspecify.annotations.Nullable;

/// How packets go to a real server and come back: which flows a connection has, what they write,
/// which adjacency each follows, and what is given back when it ends. One class a mode; a
/// connection keeps the number of its own ([io.fullnat.core.connection.ConnectionLayout#mode]).
///
/// Packets of known connections need no mode: all that they need is written in their flow. A mode
/// is asked when a connection begins, when a route is looked up, when a state changes, and at the
/// end. For the worker's thread.
public abstract sealed class ForwardingMode permits FullNat {
    private final int number;

    /// @param number what connections keep
    ForwardingMode(int number) {
        this.number = number;
    }

    /// The number that connections keep.
    ///
    /// @return 0 to 7
    final int number() {
        return number;
    }

    /// Which state tables the mode's connections have: those for connections of which both
    /// directions pass here, or those for one.
    ///
    /// @return [StateTable#TWO_SIDED] or [StateTable#ONE_SIDED]
    abstract int tracking();

    /// Opens a connection to a real server: takes what is scarce, makes the flows and fills them,
    /// and begins the connection ([ConnectionLife#begin]).
    ///
    /// @param packet its first one
    /// @param service to which it goes
    /// @param server that was chosen
    /// @return null if [#opened()] is the connection, else why not; nothing is taken then
    abstract @Nullable Outcome open(FirstPacket packet, ServiceEntry service, ServerEntry server);

    /// The connection that [#open] has opened.
    ///
    /// @return the entry, which is its inbound flow
    abstract long opened();

    /// The first half of the address that packets of a flow are routed to.
    ///
    /// @param flow of a connection of this mode
    /// @return 0 for IPv4
    public abstract long destinationHigh(long flow);

    /// The last half.
    ///
    /// @param flow of a connection of this mode
    /// @return as in [io.fullnat.api.IpAddress#low()]
    public abstract long destinationLow(long flow);

    /// Whether a connection that is over may begin anew with what it has.
    ///
    /// @param entry of the connection
    /// @param service its service
    /// @return false if that takes no connections any more
    public boolean mayBeginAnew(long entry, ServiceEntry service) {
        return true;
    }

    /// Notes that a connection has moved to another state.
    void moved(long entry, ConnectionState state) {}

    /// Notes that a connection ends so that another one can have what it gives back.
    void gaveWay(long entry) {}

    /// Loads early what [#release] will need.
    ///
    /// @return a meaningless sum
    long prefetch(long entry) {
        return 0;
    }

    /// Gives back what a connection has taken. Its entry is still whole.
    void release(long entry) {}
}
