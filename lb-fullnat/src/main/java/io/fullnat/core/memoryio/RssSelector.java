// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.packet.Ipv6;

/// Spreads flows by a NIC's own rule, and says so: a balancer can predict on which queue an answer
/// arrives. What has no ports arrives on queue 0, and IPv6 if the rule is not for it. Immutable, so
/// thread-safe.
///
/// @param scaling key and redirection table; no queue beyond those of the port
public record RssSelector(ReceiveSideScaling scaling) implements QueueChooser {
    private static final int ADDRESSES_OFFSET = 12;

    @Override
    public int choose(long l2, int length, int queueCount) {
        long ip = HashedHeaders.ip(l2, length);
        if (ip == 0) {
            return 0;
        }
        int ports = Memory.getInt(HashedHeaders.transport(ip));
        if (!HashedHeaders.isIpv6(ip)) {
            return scaling.queue(Memory.getLong(ip + ADDRESSES_OFFSET), ports);
        }
        long addresses = ip + Ipv6.ADDRESSES_OFFSET;
        return scaling.spreadsIpv6()
                ? scaling.queue(
                        Memory.getLong(addresses),
                        Memory.getLong(addresses + 8),
                        Memory.getLong(addresses + 16),
                        Memory.getLong(addresses + 24),
                        ports)
                : 0;
    }
}
