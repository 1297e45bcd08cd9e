// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.IpAddress;
import io.fullnat.api.service.RealServer;
import java.util.List;

/// Connection ids as DPVS's servers make them: behind a free byte three bits for how many bytes of
/// the server's address follow, less one, a bit for whether its port does, then the last bytes of
/// the address, the port, and at least 28 random bits.
///
/// An id that no server of the service can have made names none: one that is too short for what it
/// says, or has more bytes of an address than the server's family. If several servers match, the
/// first; one that has no port of its own has any. Immutable.
final class DpvsRouter extends QuicRouter {
    private static final int MIN_LENGTH = 7;
    private static final int COUNT_BIT = 8;
    private static final int PORT_BIT = 11;
    private static final int ADDRESS_BIT = 12;

    /// Bytes of an id beside address and port.
    private static final int REST = 5;

    private static final int PORT_BYTES = 2;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int IPV4_BITS = 32;

    private final long[] addresses;
    private final int[] addressBytes;
    private final int[] ports;

    DpvsRouter(List<RealServer> servers) {
        addresses = servers.stream().mapToLong(server -> address(server).low()).toArray();
        addressBytes =
                servers.stream()
                        .mapToInt(server ->
                                address(server).bitLength() == IPV4_BITS ? IPV4_BYTES : IPV6_BYTES)
                        .toArray();
        ports = servers.stream().mapToInt(server -> server.endpoint().port()).toArray();
    }

    private static IpAddress address(RealServer server) {
        return server.endpoint().address();
    }

    @Override
    public int find(QuicId id) {
        if (id.length() < MIN_LENGTH) {
            return NONE;
        }
        int bytes = (int) bits(id, COUNT_BIT, 3) + 1;
        boolean hasPort = bits(id, PORT_BIT, 1) == 1;
        if (id.length() < bytes + (hasPort ? PORT_BYTES : 0) + REST) {
            return NONE;
        }
        long address = bits(id, ADDRESS_BIT, bytes * 8);
        int port = hasPort ? (int) bits(id, ADDRESS_BIT + bytes * 8, PORT_BYTES * 8) : 0;
        long mask = -1L >>> (64 - bytes * 8);
        for (int server = 0; server < addresses.length; server++) {
            if ((addresses[server] & mask) == address
                    && bytes <= addressBytes[server]
                    && (port == 0 || ports[server] == 0 || port == ports[server])) {
                return server;
            }
        }
        return NONE;
    }

    /// Some bits of an id, the last one lowest.
    private static long bits(QuicId id, int offset, int count) {
        int word = offset >> 6;
        int behind = offset & 63;
        long high = id.word(word) << behind;
        long both = behind == 0 ? high : high | (id.word(word + 1) >>> (64 - behind));
        return both >>> (64 - count);
    }
}
