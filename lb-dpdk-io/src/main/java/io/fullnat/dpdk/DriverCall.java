// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls a function by its address: how a packet's way reaches the driver.
///
/// `rte_eth_rx_burst` and its like are `static inline` in C and so not in any library; what they do
/// is to call a pointer from an exported table. The handle here takes that pointer as its first
/// argument. It is `static final`, so C2 inlines the call down to the transition into native code.
/// It makes ordinary calls, not `critical` ones: a driver that makes a system call must not hold up
/// a safepoint.
@SuppressWarnings("restricted")
final class DriverCall {
    private static final MethodHandle CALL =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private DriverCall() {}

    /// One handle for all prototypes: see [NativeFunction].
    private static long call(MemorySegment function, long first, long second, long third) {
        try {
            return (long) CALL.invokeExact(function, first, second, third);
        } catch (Throwable e) {
            throw new IllegalStateException("a native call could not be made", e);
        }
    }

    /// `uint16_t f(void *queue, struct rte_mbuf **packets, uint16_t n)`: receive or transmit.
    ///
    /// @return how many packets were received or taken
    static int burst(MemorySegment function, long queue, long packets, int count) {
        return (short) call(function, queue, packets, count) & 0xFFFF;
    }

    /// `int f(struct rte_mempool *, void **objects, unsigned n)`: a pool's enqueue or dequeue.
    ///
    /// @return negative if the pool could not give or take all of them; then it did none
    static int bulk(MemorySegment function, long pool, long objects, int count) {
        return (int) call(function, pool, objects, count);
    }

    /// `int f(void *queue)`: how many descriptors of a receive queue are in use.
    ///
    /// @return negative if the driver does not tell
    static int count(MemorySegment function, long queue) {
        return (int) call(function, queue, 0, 0);
    }

    /// `void rte_pktmbuf_free_bulk(struct rte_mbuf **, unsigned n)`.
    static void free(MemorySegment function, long packets, int count) {
        call(function, packets, count, 0);
    }
}
