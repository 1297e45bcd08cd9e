// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.benchmarks.report.Spread;
import java.util.List;

/// What a program came to over a device.
///
/// @param measured which, and what it did
/// @param ns processor time of a packet
/// @param mpps millions of packets received a second, by the clock
record DeviceResult(DeviceCase measured, Spread ns, Spread mpps) {
    private static final double MILLION = 1e6;

    /// Of several rounds.
    static DeviceResult of(DeviceCase measured, List<Rate> rates) {
        return new DeviceResult(
                measured,
                Spread.of(rates.stream().map(Rate::cpuNs).toList()),
                Spread.of(rates.stream().map(rate -> rate.packetsPerSecond() / MILLION).toList()));
    }
}
