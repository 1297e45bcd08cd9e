// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// The calling thread's registration with DPDK, which gives it an lcore id and so a cache in each
/// pool. A thread is registered once however many workers it drives, as in tests and in
/// applications that call the balancer from a loop of their own.
final class LcoreThread {
    private static final ThreadLocal<LcoreThread> CURRENT =
            ThreadLocal.withInitial(LcoreThread::new);

    private int users;
    private int lcore;

    private LcoreThread() {}

    /// Registers the calling thread unless it is already.
    ///
    /// @return its lcore id
    /// @throws BalancerException [ErrorCode#CAPACITY] if DPDK has none left
    static int register(Eal eal) {
        LcoreThread current = CURRENT.get();
        if (current.users == 0) {
            if (eal.functions().registerThread() < 0) {
                throw new BalancerException(
                        ErrorCode.CAPACITY,
                        "DPDK has no lcore left for thread "
                                + Thread.currentThread().getName()
                                + ": use fewer workers");
            }
            current.lcore = eal.functions().lcore();
        }
        current.users++;
        return current.lcore;
    }

    /// Ends what [#register(Eal)] began, when called as often.
    static void unregister(Eal eal) {
        LcoreThread current = CURRENT.get();
        current.users--;
        if (current.users == 0) {
            eal.functions().unregisterThread();
            CURRENT.remove();
        }
    }
}
