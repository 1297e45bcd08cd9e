// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.ReceiveSideScaling;
import java.lang.foreign.Arena;
import java.util.Optional;

/// Asks a started device by which rule it spreads packets over its queues. Only a rule that is
/// known whole counts: the Toeplitz hash over addresses and ports of TCP and of UDP, its key and a
/// redirection table. Whether it is for IPv6, too, is told besides.
final class ScalingQuery {
    // struct rte_eth_rss_conf; the algorithm came with 23.11
    static final int KEY = 0;
    static final int KEY_LENGTH = 8;
    static final int FLOW_TYPES = 16;
    static final int ALGORITHM = 24;

    /// More than `struct rte_eth_rss_conf` needs.
    static final int ROOM = 64;

    // struct rte_eth_rss_reta_entry64
    static final int MASK = 0;
    static final int QUEUES = 8;
    static final int GROUP = 64;
    static final int GROUP_LENGTH = 136;

    /// `RTE_ETH_HASH_FUNCTION_DEFAULT` and `RTE_ETH_HASH_FUNCTION_TOEPLITZ`.
    private static final int TOEPLITZ = 1;

    private static final int MAX_KEY = 255;
    private static final int MIN_KEY = 16;

    /// The shortest for addresses and ports over IPv6.
    private static final int MIN_IPV6_KEY = 40;

    private static final int USUAL_KEY = 40;

    private final EthdevFunctions ethdev;
    private final int port;
    private final DeviceInfo info;

    ScalingQuery(EthdevFunctions ethdev, int port, DeviceInfo info) {
        this.ethdev = ethdev;
        this.port = port;
        this.info = info;
    }

    /// The rule.
    ///
    /// @return empty if the device does not tell all of it
    Optional<ReceiveSideScaling> ask() {
        int tableSize = info.redirectionEntries();
        if (Integer.bitCount(tableSize) != 1) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            long conf = NativeFunction.zeroed(arena, ROOM);
            byte[] key = key(arena, conf);
            int[] table = table(arena, tableSize);
            boolean ipv6 = hashes(conf, PortConfLayout.RSS_IPV6_PORTS);
            return key.length < MIN_KEY || table.length == 0
                    ? Optional.empty()
                    : Optional.of(
                            new ReceiveSideScaling(key, table, ipv6 && key.length >= MIN_IPV6_KEY));
        }
    }

    private static boolean hashes(long conf, long types) {
        return (Memory.getLong(conf + FLOW_TYPES) & types) == types;
    }

    private byte[] key(Arena arena, long conf) {
        long bytes = NativeFunction.zeroed(arena, MAX_KEY);
        Memory.putLong(conf + KEY, bytes);
        Memory.putByte(conf + KEY_LENGTH, MAX_KEY);
        boolean known =
                ethdev.scalingHash(port, conf) == 0
                        && hashes(conf, PortConfLayout.RSS_IPV4_PORTS)
                        && Memory.getInt(conf + ALGORITHM) <= TOEPLITZ;
        int length = Memory.getUnsignedByte(conf + KEY_LENGTH);
        if (length == MAX_KEY) { // the driver left it as it was given
            length = info.keyLength() == 0 ? USUAL_KEY : info.keyLength();
        }
        return known ? Memory.toBytes(bytes, length) : new byte[0];
    }

    private int[] table(Arena arena, int size) {
        int groups = (size + GROUP - 1) / GROUP;
        long entries = NativeFunction.zeroed(arena, (long) groups * GROUP_LENGTH);
        for (int group = 0; group < groups; group++) {
            Memory.putLong(entries + (long) group * GROUP_LENGTH + MASK, -1);
        }
        if (ethdev.redirectionTable(port, entries, size) != 0) {
            return new int[0];
        }
        int[] table = new int[size];
        for (int i = 0; i < size; i++) {
            long group = entries + (long) (i / GROUP) * GROUP_LENGTH;
            table[i] = Memory.getUnsignedShort(group + QUEUES + (long) (i % GROUP) * Short.BYTES);
        }
        return table;
    }
}
