// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.util.Map;

/// How full a pool is, as DPVS calls it.
final class PoolNumbers {
    private PoolNumbers() {}

    static void put(PacketPool pool, Map<String, Long> numbers) {
        long inUse = pool.inUse();
        numbers.put("mbuf-avail", pool.size() - inUse);
        numbers.put("mbuf-inuse", inUse);
    }
}
