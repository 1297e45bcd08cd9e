// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// `struct rte_mempool`, the cache that it has for each lcore, and the table of pool operations;
/// the same in all supported versions.
///
/// ```
///  rte_mempool         64 size | 68 cache_size | 72 elt_size | 88 ops_index | 96 local_cache
///                      104 populated_size
///  rte_mempool_cache   0 size | 8 len | 64 objs[]
///  rte_mempool_ops     0 name[32] | 48 enqueue | 56 dequeue      (128 bytes)
///  rte_mempool_ops_table               64 ops[16]
/// ```
///
/// A cache is a stack: `objs[len - 1]` goes out next. `size` is how many it holds before the pool's
/// ring must take some.
final class MempoolLayout {
    static final int SIZE = 64;
    static final int CACHE_SIZE = 68;
    static final int ELEMENT_SIZE = 72;
    static final int OPS_INDEX = 88;
    static final int LOCAL_CACHE = 96;
    static final int POPULATED = 104;

    static final int CACHE_LIMIT = 0;
    static final int CACHE_LENGTH = 8;
    static final int CACHE_OBJECTS = 64;

    static final int OPS_TABLE_START = 64;
    static final int OPS_SIZE = 128;
    static final int OPS_COUNT = 16;
    static final int OPS_ENQUEUE = 48;
    static final int OPS_DEQUEUE = 56;

    private MempoolLayout() {}
}
