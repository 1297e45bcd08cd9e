// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.Addresses;

/// How many answers of one kind – ICMP errors, or TCP resets – a worker may send (RFC 1812
/// §4.3.2.8), shared so that a flood does not mute what others are due:
///
/// - Half of the rate is for anyone, but an eighth at most for one network of clients (/24, of IPv6
///   /64), and a quarter for one destination. So neither a flood from one network nor one to one
///   service uses it up.
/// - A quarter is kept for networks that came back after half a second and have had few answers
///   lately. A source that was made up does not come back; a client that heard nothing does, with
///   its next SYN or question.
/// - A quarter is kept for packets of known connections, by address, and these may use the first
///   half too: path MTU discovery works while strangers flood.
///
/// Each bucket holds 0.4 seconds of its rate. One step a question whatever the load, no memory but
/// that of the start. For one thread.
final class AnswerLimiter {
    private static final int SOURCES = 8192;
    private static final int DESTINATIONS = 256;
    private static final long NETWORK = 1L << 32;
    private static final long ADDRESS = 2L << 32;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final TokenBucket anyone;
    private final TokenBucket returning;
    private final TokenBucket peers;
    private final BucketTable sources;
    private final BucketTable destinations;

    /// A limiter with full buckets.
    ///
    /// @param perSecond answers in all; a multiple of 20 at least
    /// @param seed secret of the hashes
    AnswerLimiter(int perSecond, long seed) {
        anyone = bucket(perSecond / 2);
        returning = bucket(perSecond / 4);
        peers = bucket(perSecond / 4);
        sources = new BucketTable(SOURCES, perSecond / 8, burst(perSecond / 8), seed);
        destinations = new BucketTable(DESTINATIONS, perSecond / 4, burst(perSecond / 4), ~seed);
    }

    private static TokenBucket bucket(int perSecond) {
        return new TokenBucket(perSecond, burst(perSecond));
    }

    private static int burst(int perSecond) {
        return perSecond * 2 / 5;
    }

    /// Takes an answer to a packet without a connection.
    ///
    /// @param high first half of its source
    /// @param low last half
    /// @param destination what it was sent to: the same word for all packets of one flood; not 0
    /// @return false if there is none left for it
    boolean tryTake(long high, long low, long destination, long nowNs) {
        int network = sources.find(network(high, low), nowNs);
        if (!sources.has(network, nowNs)) {
            return false;
        }
        int target = destinations.find(destination, nowNs);
        if (destinations.has(target, nowNs) && anyone.has(nowNs)) {
            destinations.take(target, nowNs);
            anyone.take(nowNs);
        } else if (sources.isQuiet(network, nowNs) && returning.has(nowNs)) {
            returning.take(nowNs);
        } else {
            return false;
        }
        sources.take(network, nowNs);
        return true;
    }

    /// Takes an answer to a packet of a known connection.
    ///
    /// @param high first half of its source
    /// @param low last half
    /// @return false if there is none left for it
    boolean tryTakeForPeer(long high, long low, long nowNs) {
        int peer = sources.find(address(high, low), nowNs);
        if (!sources.has(peer, nowNs)) {
            return false;
        }
        TokenBucket share = peers.has(nowNs) ? peers : anyone;
        if (!share.has(nowNs)) {
            return false;
        }
        share.take(nowNs);
        sources.take(peer, nowNs);
        return true;
    }

    private static long network(long high, long low) {
        return Addresses.isIpv4(high, low) ? NETWORK | (low & 0xFFFF_FFFFL) >>> 8 : notZero(high);
    }

    private static long address(long high, long low) {
        return Addresses.isIpv4(high, low)
                ? ADDRESS | (low & 0xFFFF_FFFFL)
                : notZero(high * SPREAD ^ low);
    }

    private static long notZero(long key) {
        return key == 0 ? NETWORK : key;
    }
}
