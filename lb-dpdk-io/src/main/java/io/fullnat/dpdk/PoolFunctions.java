// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/// The functions of `librte_mempool` and `librte_mbuf` that we call.
final class PoolFunctions {
    private final SymbolLookup mempool;
    private final SymbolLookup mbuf;
    private final NativeFunction create;
    private final NativeFunction free;
    private final NativeFunction inUse;
    private final NativeFunction bestOps;

    PoolFunctions(SymbolLookup mempool, SymbolLookup mbuf) {
        this.mempool = mempool;
        this.mbuf = mbuf;
        create =
                NativeFunction.of(
                        mbuf,
                        "rte_pktmbuf_pool_create",
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        JAVA_INT,
                        JAVA_SHORT,
                        JAVA_SHORT,
                        JAVA_INT);
        free = NativeFunction.of(mempool, "rte_mempool_free", null, JAVA_LONG);
        inUse = NativeFunction.of(mempool, "rte_mempool_in_use_count", JAVA_INT, JAVA_LONG);
        bestOps = NativeFunction.of(mbuf, "rte_mbuf_best_mempool_ops", JAVA_LONG);
    }

    /// Makes a pool without private data.
    ///
    /// @return its address, or 0; then the thread's error number says why
    long create(long name, int buffers, int cacheSize, int room, int numaNode) {
        return create.call(name, buffers, cacheSize, 0, room, numaNode);
    }

    void free(long pool) {
        free.call(pool);
    }

    long inUse(long pool) {
        return inUse.call(pool) & 0xFFFF_FFFFL;
    }

    /// The name of the pool operations that new pools get.
    String bestOps() {
        return NativeFunction.stringAt(bestOps.call());
    }

    /// The address of `rte_mempool_ops_table`.
    long opsTable() {
        return symbol(mempool, "rte_mempool_ops_table").address();
    }

    /// The function that gives back any kind of buffers, `rte_pktmbuf_free_bulk`.
    MemorySegment freeBulk() {
        return symbol(mbuf, "rte_pktmbuf_free_bulk");
    }

    private static MemorySegment symbol(SymbolLookup library, String name) {
        return library.find(name)
                .orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.MISSING_LIBRARY, "the library does not export " + name));
    }
}
