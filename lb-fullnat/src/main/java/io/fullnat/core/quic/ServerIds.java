// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.service.RealServer;
import io.fullnat.core.address.AddressMap;
import java.util.HexFormat;
import java.util.List;

/// Which server has which id, of one length, which is kept as an address is. Immutable.
final class ServerIds {
    private final AddressMap servers;

    /// @param length bytes of the ids that count
    ServerIds(List<RealServer> all, int length) {
        servers = new AddressMap(all.stream().mapToInt(server -> server.quicIds().size()).sum());
        for (int server = 0; server < all.size(); server++) {
            for (String id : all.get(server).quicIds()) {
                if (id.length() == 2 * length) {
                    byte[] bytes = HexFormat.of().parseHex(id);
                    servers.put(word(bytes, 0, length), word(bytes, 8, length), server);
                }
            }
        }
    }

    /// The server with an id.
    ///
    /// @param bytes begins with the id
    /// @param length of the id, at most [QuicConfig#MAX_SERVER_ID]
    /// @return its index, or [AddressMap#NONE], which is [QuicRouter#NONE]
    int find(byte[] bytes, int length) {
        return servers.get(word(bytes, 0, length), word(bytes, 8, length));
    }

    private static long word(byte[] bytes, int begin, int end) {
        long word = 0;
        for (int i = begin; i < Math.min(begin + 8, end); i++) {
            word |= (long) (bytes[i] & 0xFF) << (56 - (i & 7) * 8);
        }
        return word;
    }
}
