// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// `dpdk-testpmd` over the device.
///
/// @param driver the device's
/// @param device as `--vdev` takes it
/// @param mode of forwarding: `io`, `macswap`, `rxonly`
/// @param fills how many bursts of [Testpmd#BURST] it sends before it forwards
/// @param cpu of the forwarding thread
record TestpmdContender(String driver, String device, String mode, int fills, int cpu)
        implements Contender {
    private static final int SETTLE_MS = 1000;

    @Override
    public DeviceCase measured() {
        return new DeviceCase(driver, "dpdk-testpmd", mode, 0);
    }

    @Override
    public Rate measure(int seconds) throws IOException, InterruptedException {
        try (Testpmd testpmd = Testpmd.start(device, mode, cpu)) {
            testpmd.forward(fills);
            TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
            Testpmd.Sample before = testpmd.sample();
            TimeUnit.SECONDS.sleep(seconds);
            Testpmd.Sample after = testpmd.sample();
            long packets = after.packets() - before.packets();
            if (packets == 0) {
                throw new IOException(measured() + " received no packet on " + device);
            }
            return new Rate(
                    after.packetsPerSecond(), (double) after.forwardingNs(before) / packets);
        }
    }
}
