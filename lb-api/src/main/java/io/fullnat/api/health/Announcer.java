// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.IpAddress;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/// Tells the network which virtual addresses are served here: by routes that a routing daemon
/// redistributes, for example.
///
/// Called by one thread at a time, which may wait. Asked again for the same addresses at times, so
/// that what has been lost is put back; and once with none when the balancer is closed.
@FunctionalInterface
public interface Announcer {
    /// Has these addresses announced, and no other that was announced by it before, in an earlier
    /// run of the program too.
    ///
    /// @param addresses all that are served here, unmodifiable
    /// @return why it failed for some addresses, asked for or to be withdrawn; all others are as
    ///   they should be
    /// @throws IOException if it failed for all
    /// @throws InterruptedException if the balancer is closed and cannot wait longer
    Map<IpAddress, String> announce(Set<IpAddress> addresses)
            throws IOException, InterruptedException;
}
