// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

/// Cookies whose handshake with a real server is over, however it ended: an acknowledgement that
/// comes again asks no server again, for as long as its cookie is good.
///
/// What is known of one is a word in a table where newer ones displace older ones: who has so many
/// good cookies that they displace each other has shaken hands for each. For the worker's thread.
final class SpentCookies {
    private static final int PLACES = 8192;
    private static final int UPPER = 17;
    private static final long NS_PER_MS = 1_000_000;

    /// Longer than a cookie is good.
    private static final int GOOD_FOR_MS = 130_000;

    private final long[] spent = new long[PLACES];

    /// Notes that a cookie is spent.
    ///
    /// @param cookie the number of its SYN-ACK
    /// @param client the number of the client's SYN
    /// @param nowNs the present time
    void add(int cookie, int client, long nowNs) {
        spent[place(cookie)] = (long) tag(cookie, client) << 32 | milliseconds(nowNs);
    }

    /// Whether a cookie has been spent, as far as is known.
    ///
    /// @param cookie the number of its SYN-ACK
    /// @param client the number of the client's SYN
    /// @param nowNs the present time
    boolean has(int cookie, int client, long nowNs) {
        long known = spent[place(cookie)];
        int ago = (int) (milliseconds(nowNs) - known);
        return known != 0
                && (int) (known >>> 32) == tag(cookie, client)
                && ago >= 0
                && ago < GOOD_FOR_MS;
    }

    private static int place(int cookie) {
        return cookie & PLACES - 1;
    }

    /// Cookies are hashes, so their upper bits tell those of a place apart; the client's number
    /// does so, too.
    private static int tag(int cookie, int client) {
        return client ^ Integer.rotateLeft(cookie, UPPER);
    }

    private static long milliseconds(long nowNs) {
        return nowNs / NS_PER_MS & 0xFFFF_FFFFL;
    }
}
