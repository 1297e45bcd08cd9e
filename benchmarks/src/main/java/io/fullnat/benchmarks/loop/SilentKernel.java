// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import java.util.Set;

/// A kernel's interface with nobody behind it. Thread-safe.
final class SilentKernel implements PuntPort {
    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public boolean toKernel(long data, int length) {
        return true;
    }

    @Override
    public int fromKernel(long data, int capacity) {
        return 0;
    }

    @Override
    public void mirror(MacAddress mac, int mtu, boolean up) {}

    @Override
    public Set<MacAddress> listened() {
        return Set.of();
    }

    @Override
    public PortStatistics statistics() {
        return new PortStatistics(0, 0, 0, 0, 0, 0, 0, 0);
    }
}
