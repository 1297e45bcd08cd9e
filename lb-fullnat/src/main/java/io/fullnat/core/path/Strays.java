// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

/// Segments that belong to no connection and acknowledge no cookie, of clients of services with a
/// SYN proxy. They are of two kinds, which one alone does not tell apart: early ones, that have
/// overtaken what acknowledges the cookie, and ones of a connection that was lost here, or never
/// was. The first are not to be reset, the others are.
///
/// So the first of a client is dropped in silence, and one that comes again after a while is reset:
/// by then the acknowledgement has come, if there is one. What is known of a client is one word in
/// a table where newer ones displace older ones, so what is made up costs nothing but a silence
/// more. For the worker's thread.
final class Strays {
    private static final int PLACES = 8192;
    private static final long HASH = 0xFFFF_FFFF_0000_0000L;
    private static final long NS_PER_MS = 1_000_000;

    /// What acknowledges a cookie is sent again some times meanwhile, if it was lost or overtaken.
    private static final int OVERTAKEN_MS = 2000;

    private static final int FORGOTTEN_MS = 600_000;

    private final long[] seen = new long[PLACES];

    Strays() {}

    /// Whether a client was here before, some time ago.
    ///
    /// @param hash of its tuple
    /// @param nowNs the present time
    boolean isRepeated(long hash, long nowNs) {
        int place = (int) (hash & PLACES - 1);
        long now = nowNs / NS_PER_MS & ~HASH;
        long known = seen[place];
        int ago = (int) (now - known);
        if (known != 0 && (known & HASH) == (hash & HASH) && ago >= 0 && ago < FORGOTTEN_MS) {
            return ago >= OVERTAKEN_MS;
        }
        seen[place] = (hash & HASH) | now;
        return false;
    }
}
