// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// What a [SimulatedHost] counted since its start. Belongs to the host's thread.
public final class HostCounters {
    long receivedFrames;
    long sentFrames;
    long ignoredFrames;
    long malformed;
    long badIpChecksums;
    long badTransportChecksums;
    long fragments;
    long noRoute;
    long unresolved;
    long sendDrops;
    long retransmissions;
    long unstamped;
    long oldSegments;
    long wrongEchoes;
    long blocks;
    long wrongBlocks;
    long cutBlocks;
    long beyondWindow;
    long mostInFlight;

    HostCounters() {}

    void noteInFlight(int bytes) {
        mostInFlight = Math.max(mostInFlight, bytes);
    }

    /// All frames that arrived.
    ///
    /// @return a count
    public long receivedFrames() {
        return receivedFrames;
    }

    /// All frames that were sent.
    ///
    /// @return a count
    public long sentFrames() {
        return sentFrames;
    }

    /// Frames for another MAC address, VLAN, IP address or protocol.
    ///
    /// @return a count
    public long ignoredFrames() {
        return ignoredFrames;
    }

    /// Packets whose lengths contradict each other.
    ///
    /// @return a count
    public long malformed() {
        return malformed;
    }

    /// Packets with a wrong checksum of any kind: IPv4 header, ICMP, UDP or TCP.
    ///
    /// @return a count
    public long badChecksums() {
        return badIpChecksums + badTransportChecksums;
    }

    /// Fragments, whether their packets became whole or not.
    ///
    /// @return a count
    public long fragments() {
        return fragments;
    }

    /// Packets not sent, since the host has no gateway.
    ///
    /// @return a count
    public long noRoute() {
        return noRoute;
    }

    /// Packets not sent, since no neighbour answered ARP.
    ///
    /// @return a count
    public long unresolved() {
        return unresolved;
    }

    /// Packets not sent, since too many waited for the wire.
    ///
    /// @return a count
    public long sendDrops() {
        return sendDrops;
    }

    /// TCP segments sent again.
    ///
    /// @return a count
    public long retransmissions() {
        return retransmissions;
    }

    /// TCP segments dropped, as they had no timestamps though both ends had agreed on them.
    ///
    /// @return a count
    public long unstamped() {
        return unstamped;
    }

    /// TCP segments dropped, as their timestamps were older than what had come (RFC 7323 §5).
    ///
    /// @return a count
    public long oldSegments() {
        return oldSegments;
    }

    /// TCP segments that echoed a timestamp that was never sent.
    ///
    /// @return a count
    public long wrongEchoes() {
        return wrongEchoes;
    }

    /// Blocks of selective acknowledgements that came.
    ///
    /// @return a count
    public long blocks() {
        return blocks;
    }

    /// Those of them that are empty, or lie elsewhere than what was sent.
    ///
    /// @return a count
    public long wrongBlocks() {
        return wrongBlocks;
    }

    /// Those of them that lie in what was sent, but do not begin and end where segments did: as if
    /// somebody had cut them on their way.
    ///
    /// @return a count
    public long cutBlocks() {
        return cutBlocks;
    }

    /// How far data of TCP segments lay behind what had been offered, but for the one byte that
    /// tries a closed window.
    ///
    /// @return bytes, of the segment that lay furthest; 0 if none did
    public long beyondWindow() {
        return beyondWindow;
    }

    /// The most bytes of one TCP connection that were under way at once.
    ///
    /// @return a number of bytes
    public long mostInFlight() {
        return mostInFlight;
    }

    @Override
    public String toString() {
        return "received "
                + receivedFrames
                + ", sent "
                + sentFrames
                + ", ignored "
                + ignoredFrames
                + ", malformed "
                + malformed
                + ", bad IP checksums "
                + badIpChecksums
                + ", bad transport checksums "
                + badTransportChecksums
                + ", fragments "
                + fragments
                + ", no route "
                + noRoute
                + ", unresolved "
                + unresolved
                + ", send drops "
                + sendDrops
                + ", retransmissions "
                + retransmissions
                + ", unstamped "
                + unstamped
                + ", old segments "
                + oldSegments
                + ", wrong echoes "
                + wrongEchoes
                + ", blocks "
                + blocks
                + ", wrong blocks "
                + wrongBlocks
                + ", cut blocks "
                + cutBlocks
                + ", beyond the window "
                + beyondWindow
                + ", most in flight "
                + mostInFlight;
    }
}
