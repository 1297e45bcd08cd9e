// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// How far the ports of a local address are used up, over all workers or by one.
///
/// A port is taken for one real server and protocol, so a local address has as many as there are
/// local ports for each *pair* of itself and a real server.
///
/// @param inUse ports in use: live connections
/// @param capacity ports towards all present real servers
/// @param highWater the most in use at once since the address was added; with several workers the
///   sum of what each had at once
/// @param fullestPercent how full the fullest pair has been on any worker, 0-100: at 100 new
///   connections to that real server were refused or took another local address
/// @param misses times that a connection found no port here
/// @param nearExhaustion whether a pair is nearly full now, as of the last second: since it was to
///   [#WARNING_PERCENT], until it is to less than 70 % again. It is time to add local addresses
public record PortUsage(
        long inUse,
        long capacity,
        long highWater,
        int fullestPercent,
        long misses,
        boolean nearExhaustion) {
    /// From this fill of the fullest pair on, the address is near exhaustion.
    public static final int WARNING_PERCENT = 80;

    /// An address that nothing uses.
    public static final PortUsage NONE = new PortUsage(0, 0, 0, 0, 0, false);

    /// Ports that can still be taken.
    ///
    /// @return 0 or more
    public long free() {
        return Math.max(0, capacity - inUse);
    }

    /// The usage of two lists of pairs together.
    ///
    /// @param other of other pairs
    /// @return a new value
    public PortUsage plus(PortUsage other) {
        return new PortUsage(
                inUse + other.inUse,
                capacity + other.capacity,
                highWater + other.highWater,
                Math.max(fullestPercent, other.fullestPercent),
                misses + other.misses,
                nearExhaustion || other.nearExhaustion);
    }
}
