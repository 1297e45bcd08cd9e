// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

/// What a balancer believes of its neighbours, and what it defends. Immutable and thread-safe.
///
/// @param verifyMoves whether another MAC address of a known neighbour is believed only if the old
///   one does not answer any more, which takes 0.8 s; else it is believed at once, from anybody
/// @param defendAddresses whether an own address that another station claims is announced again, at
///   most each ten seconds (RFC 5227 §2.4)
public record NeighbourSettings(boolean verifyMoves, boolean defendAddresses) {
    /// Both.
    public static final NeighbourSettings DEFAULT = new NeighbourSettings(true, true);
}
