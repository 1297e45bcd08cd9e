// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// What a port has changed of an interface of the kernel, and gives back when it is closed: unless
/// somebody has changed it again meanwhile, or the interface is another. One thread at a time.
final class Loan {
    private final KernelInterface kernel;
    private int index;
    private int mtuBefore;
    private int mtuNow;
    private long macBefore;
    private long macNow;

    Loan(KernelInterface kernel) {
        this.kernel = kernel;
    }

    /// Sets the MTU.
    ///
    /// @return 0 or a negative error number
    long mtu(int bytes) {
        look();
        int before = kernel.mtu();
        long result = kernel.mtu(bytes);
        if (result >= 0) {
            mtuBefore = mtuNow == 0 ? before : mtuBefore;
            mtuNow = bytes;
        }
        return result;
    }

    /// Sets the hardware address.
    ///
    /// @return 0 or a negative error number
    long mac(long bits) {
        look();
        long before = kernel.mac();
        long result = kernel.mac(bits);
        if (result >= 0) {
            macBefore = macNow == 0 ? before : macBefore;
            macNow = bits;
        }
        return result;
    }

    /// Nothing is owed to an interface that is gone.
    private void look() {
        int now = kernel.index();
        if (now != index) {
            index = now;
            mtuNow = 0;
            macNow = 0;
        }
    }

    void giveBack() {
        look();
        if (mtuNow != 0 && kernel.mtu() == mtuNow) {
            kernel.mtu(mtuBefore);
        }
        if (macNow != 0 && kernel.mac() == macNow) {
            kernel.mac(macBefore);
        }
        mtuNow = 0;
        macNow = 0;
    }
}
