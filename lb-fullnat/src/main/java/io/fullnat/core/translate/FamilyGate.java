// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;

/// Packets that the other family has no words for. Stateless.
public final class FamilyGate {
    private static final int END_OF_LIST = 0;
    private static final int NO_OPERATION = 1;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;
    private static final int LEAST_POINTER = 4;

    private FamilyGate() {}

    /// Whether an IPv4 packet names routers that it has not passed yet (RFC 791 §3.1). All other
    /// options are left out where it becomes IPv6 (RFC 7915 §4.1).
    ///
    /// @param ip address of a well-formed header
    /// @return true if it must not be translated
    public static boolean isSourceRouted(long ip) {
        long end = Ipv4.payload(ip);
        long at = ip + Ipv4.MIN_HEADER_LENGTH;
        while (at + 1 < end) {
            int kind = Memory.getUnsignedByte(at);
            if (kind == END_OF_LIST) {
                return false;
            }
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            int length = Memory.getUnsignedByte(at + 1);
            if (length < 2 || at + length > end) {
                return false;
            }
            if (kind == LOOSE_SOURCE_ROUTE || kind == STRICT_SOURCE_ROUTE) {
                int pointer = length > 2 ? Memory.getUnsignedByte(at + 2) : LEAST_POINTER;
                return pointer <= length;
            }
            at += length;
        }
        return false;
    }
}
