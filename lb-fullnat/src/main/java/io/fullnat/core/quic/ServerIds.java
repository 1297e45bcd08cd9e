// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.service.RealServer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Which server has which id, of one length: an open table. Immutable.
final class ServerIds {
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final long[] high;
    private final long[] low;
    private final int[] servers;
    private final int shift;

    /// @param length bytes of the ids that count
    ServerIds(List<RealServer> all, int length) {
        long count =
                all.stream()
                        .flatMap(server -> server.quicIds().stream())
                        .filter(id -> id.length() == 2 * length)
                        .count();
        int bits = 64 - Long.numberOfLeadingZeros(2 * count + 1);
        shift = 64 - bits;
        high = new long[1 << bits];
        low = new long[1 << bits];
        servers = new int[1 << bits];
        Arrays.fill(servers, QuicRouter.NONE);
        for (int server = 0; server < all.size(); server++) {
            for (String id : all.get(server).quicIds()) {
                if (id.length() == 2 * length) {
                    put(HexFormat.of().parseHex(id), server);
                }
            }
        }
    }

    private void put(byte[] id, int server) {
        long idHigh = word(id, 0, id.length);
        long idLow = word(id, 8, id.length);
        int at = slot(idHigh, idLow);
        while (servers[at] != QuicRouter.NONE) {
            at = (at + 1) & (servers.length - 1);
        }
        high[at] = idHigh;
        low[at] = idLow;
        servers[at] = server;
    }

    private int slot(long idHigh, long idLow) {
        return (int) ((((idHigh * MULTIPLIER) ^ idLow) * MULTIPLIER) >>> shift);
    }

    /// The server with an id.
    ///
    /// @param bytes begins with the id
    /// @param length of the id, at most [QuicConfig#MAX_SERVER_ID]
    int find(byte[] bytes, int length) {
        long idHigh = word(bytes, 0, length);
        long idLow = word(bytes, 8, length);
        int at = slot(idHigh, idLow);
        while (servers[at] != QuicRouter.NONE) {
            if (high[at] == idHigh && low[at] == idLow) {
                return servers[at];
            }
            at = (at + 1) & (servers.length - 1);
        }
        return QuicRouter.NONE;
    }

    private static long word(byte[] bytes, int begin, int end) {
        long word = 0;
        for (int i = begin; i < Math.min(begin + 8, end); i++) {
            word |= (long) (bytes[i] & 0xFF) << (56 - (i & 7) * 8);
        }
        return word;
    }
}
