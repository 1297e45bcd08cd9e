// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One DPDK pool of packet buffers (`struct rte_mempool` of `struct rte_mbuf`), shared by all
/// workers and devices of a [DpdkIo].
final class PacketPool {
    /// How far apart the caches of two lcores can at most be; `sizeof(struct rte_mempool_cache)` is
    /// 8,256 in 22.11.
    private static final int MAX_CACHE_STRIDE = 64 << 10;

    private static final int LINE = 64;

    private final Eal eal;
    private final long address;
    private final MemorySegment enqueue;
    private final MemorySegment dequeue;
    private final MemorySegment freeBulk;
    private final long cacheStride;

    private PacketPool(Eal eal, long address, MemoryPlan plan) {
        this.eal = eal;
        this.address = address;
        checkParameters(plan);
        long ops = checkedOps();
        enqueue = function(ops + MempoolLayout.OPS_ENQUEUE);
        dequeue = function(ops + MempoolLayout.OPS_DEQUEUE);
        freeBulk = eal.pools().freeBulk();
        cacheStride = cacheStride();
        checkBuffer(plan);
    }

    /// Makes a pool.
    ///
    /// @param eal started
    /// @param plan how many buffers of which size
    /// @param numaNode where, or -1 for anywhere
    /// @throws BalancerException [ErrorCode#MEMORY] if there is not enough,
    ///   [ErrorCode#MISSING_LIBRARY] if the installed library is not laid out as expected
    static PacketPool create(Eal eal, MemoryPlan plan, int numaNode) {
        try (Arena arena = Arena.ofConfined()) {
            String name = "fullnat_" + eal.nextSerial();
            long address =
                    eal.pools()
                            .create(
                                    NativeFunction.string(arena, name),
                                    plan.buffers(),
                                    MemoryPlan.CACHE_SIZE,
                                    plan.room(),
                                    numaNode);
            if (address == 0) {
                throw new BalancerException(
                        ErrorCode.MEMORY,
                        plan.buffers()
                                + " packet buffers of "
                                + plan.room()
                                + " bytes do not fit ("
                                + eal.functions().describe(eal.functions().errno())
                                + "): give DPDK more memory (memoryMb, at least "
                                + plan.memoryMb()
                                + ") or ask for fewer buffers");
            }
            try {
                return new PacketPool(eal, address, plan);
            } catch (RuntimeException e) {
                eal.pools().free(address);
                throw e;
            }
        }
    }

    /// Compares fields with what was asked for.
    private void checkParameters(MemoryPlan plan) {
        expect("rte_mempool.size", MempoolLayout.SIZE, plan.buffers());
        expect("rte_mempool.cache_size", MempoolLayout.CACHE_SIZE, MemoryPlan.CACHE_SIZE);
        expect("rte_mempool.elt_size", MempoolLayout.ELEMENT_SIZE, MbufLayout.SIZE + plan.room());
        expect("rte_mempool.populated_size", MempoolLayout.POPULATED, plan.buffers());
    }

    /// Finds the pool's operations and checks their name and that they are code.
    private long checkedOps() {
        int index = Memory.getInt(address + MempoolLayout.OPS_INDEX);
        if (index < 0 || index >= MempoolLayout.OPS_COUNT) {
            throw unexpected("rte_mempool.ops_index", index);
        }
        long ops =
                eal.pools().opsTable()
                        + MempoolLayout.OPS_TABLE_START
                        + (long) index * MempoolLayout.OPS_SIZE;
        String name = NativeFunction.stringAt(ops);
        if (!name.equals(eal.pools().bestOps())) {
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    "rte_mempool_ops_table is not laid out as in "
                            + Abi.supported()
                            + ": found \""
                            + name
                            + "\"");
        }
        return ops;
    }

    private static MemorySegment function(long pointer) {
        long function = Memory.getLong(pointer);
        if (!ExecutableMappings.read().contains(function)) {
            throw unexpected("rte_mempool_ops function", function);
        }
        return MemorySegment.ofAddress(function);
    }

    /// Measures the distance of two lcores' caches: all of them begin with their size, and are
    /// otherwise empty in a new pool.
    private long cacheStride() {
        long caches = Memory.getLong(address + MempoolLayout.LOCAL_CACHE);
        for (long stride = LINE; stride <= MAX_CACHE_STRIDE; stride += LINE) {
            if (Memory.getInt(caches + stride) == MemoryPlan.CACHE_SIZE
                    && Memory.getInt(caches + 2 * stride) == MemoryPlan.CACHE_SIZE
                    && Memory.getInt(caches + 3 * stride) == MemoryPlan.CACHE_SIZE) {
                return stride;
            }
        }
        throw unexpected("rte_mempool.local_cache", caches);
    }

    /// Takes one buffer and compares its fields with what they must be.
    private void checkBuffer(MemoryPlan plan) {
        try (Arena arena = Arena.ofConfined()) {
            long slot = NativeFunction.zeroed(arena, Long.BYTES);
            if (DriverCall.bulk(dequeue, address, slot, 1) < 0) {
                throw unexpected("an empty new pool, size", plan.buffers());
            }
            long buffer = Memory.getLong(slot);
            boolean right =
                    Memory.getLong(buffer + MbufLayout.POOL) == address
                            && Memory.getLong(buffer + MbufLayout.BUFFER_ADDRESS)
                                    == buffer + MbufLayout.SIZE
                            && Memory.getUnsignedShort(buffer + MbufLayout.BUFFER_LENGTH)
                                    == plan.room()
                            && (Memory.getLong(buffer + MbufLayout.REARM) & MbufLayout.SHARE_MASK)
                                    == MbufLayout.UNSHARED
                            && Memory.getLong(buffer + MbufLayout.FLAGS) == 0;
            enqueue(slot, 1);
            if (!right) {
                throw unexpected("struct rte_mbuf at", buffer);
            }
        }
    }

    private void expect(String field, int offset, int value) {
        int found = Memory.getInt(address + offset);
        if (found != value) {
            throw unexpected(field + ", expected " + value + ", found", found);
        }
    }

    private static BalancerException unexpected(String what, long value) {
        return new BalancerException(
                ErrorCode.MISSING_LIBRARY,
                "the installed DPDK is not laid out as "
                        + Abi.supported()
                        + ": "
                        + what
                        + " "
                        + value
                        + " (0x"
                        + Long.toHexString(value)
                        + "); use a build with DPDK's default options");
    }

    long address() {
        return address;
    }

    /// The cache of a registered thread.
    long cache(int lcore) {
        return Memory.getLong(address + MempoolLayout.LOCAL_CACHE) + lcore * cacheStride;
    }

    long cacheStrideBytes() {
        return cacheStride;
    }

    /// Takes buffers from the pool itself.
    ///
    /// @param objects where to write their addresses
    /// @return false, with nothing taken, if it has not that many
    boolean dequeue(long objects, int count) {
        return DriverCall.bulk(dequeue, address, objects, count) >= 0;
    }

    /// Gives buffers back to the pool itself, which has room for all there are.
    ///
    /// @param objects where their addresses stand
    void enqueue(long objects, int count) {
        if (DriverCall.bulk(enqueue, address, objects, count) < 0) {
            throw new IllegalStateException("a packet buffer was given back twice");
        }
    }

    /// Gives any kind of buffers back, of whatever pool.
    ///
    /// @param packets where their addresses stand
    void freeUnusual(long packets, int count) {
        DriverCall.free(freeBulk, packets, count);
    }

    /// Buffers that are neither in the pool nor in a cache. How many buffers it has, in use or not.
    long size() {
        return Memory.getInt(address + MempoolLayout.SIZE) & 0xFFFF_FFFFL;
    }

    long inUse() {
        return eal.pools().inUse(address);
    }

    /// Frees the memory; no device or worker may use it any more.
    void close() {
        eal.pools().free(address);
    }
}
