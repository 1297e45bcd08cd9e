// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import java.io.IOException;

/// Something that receives and forwards packets over a device.
interface Contender {
    /// What it is.
    DeviceCase measured();

    /// Starts it, measures it for some seconds, and ends it.
    ///
    /// @throws IOException if it cannot be run
    Rate measure(int seconds) throws IOException, InterruptedException;
}
