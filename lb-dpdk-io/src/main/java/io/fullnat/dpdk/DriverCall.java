package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls a function by its address: how a packet's way reaches the driver.
///
/// `rte_eth_rx_burst` and its like are `static inline` in C and so not in any library; what they do
/// is to call a pointer from an exported table. The handles here take that pointer as their first
/// argument. They are `static final`, so C2 inlines the call down to the transition into native
/// code. They are ordinary calls, not `critical` ones: a driver that makes a system call must not
/// hold up a safepoint.
@SuppressWarnings("restricted")
final class DriverCall {
    private static final MethodHandle BURST =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(JAVA_SHORT, JAVA_LONG, JAVA_LONG, JAVA_SHORT));
    private static final MethodHandle BULK =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle FREE =
            Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));

    private DriverCall() {}

    /// `uint16_t f(void *queue, struct rte_mbuf **packets, uint16_t n)`: receive or transmit.
    ///
    /// @return how many packets were received or taken
    static int burst(MemorySegment function, long queue, long packets, int count) {
        try {
            return (short) BURST.invokeExact(function, queue, packets, (short) count) & 0xFFFF;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `int f(struct rte_mempool *, void **objects, unsigned n)`: a pool's enqueue or dequeue.
    ///
    /// @return negative if the pool could not give or take all of them; then it did none
    static int bulk(MemorySegment function, long pool, long objects, int count) {
        try {
            return (int) BULK.invokeExact(function, pool, objects, count);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void rte_pktmbuf_free_bulk(struct rte_mbuf **, unsigned n)`.
    static void free(MemorySegment function, long packets, int count) {
        try {
            FREE.invokeExact(function, packets, count);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a native call could not be made", e);
    }
}
