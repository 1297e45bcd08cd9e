// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.benchmarks.report.Report;
import io.fullnat.benchmarks.report.Suite;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The whole loop over DPDK's virtual devices, in turns with `dpdk-testpmd` over the same device:
/// driver, mbufs and pool are DPDK's own here, in ordinary pages. Both forward on the same CPU.
///
/// @param devices which, in this order
/// @param rounds after one for warm-up
/// @param seconds of each measurement
/// @param flows beside one
/// @param cpu of what forwards
record DeviceLoop(List<DeviceKind> devices, int rounds, int seconds, int flows, int cpu)
        implements Suite {
    private static final int WARM_UP_SECONDS = 1;

    @Override
    public List<String> lines() {
        return devices.stream()
                .flatMap(device -> device.contenders(Path.of(""), flows, cpu).stream())
                .map(contender -> contender.measured().toString())
                .toList();
    }

    @Override
    public Report run(PrintWriter progress) throws IOException, InterruptedException {
        if (!Testpmd.isInstalled()) {
            throw new IOException("no dpdk-testpmd in the PATH; type: apt-get install dpdk-dev");
        }
        Path folder = Files.createTempDirectory("fullnat-bench");
        // Also when somebody loses patience; in the reverse order, the folder last.
        folder.toFile().deleteOnExit();
        List<DeviceResult> results = new ArrayList<>();
        for (DeviceKind device : devices) {
            device.files(folder, flows).forEach(file -> file.toFile().deleteOnExit());
            List<Contender> contenders = device.contenders(folder, flows, cpu);
            results.addAll(measure(device.driver(), contenders, progress));
        }
        return DeviceReport.of(results);
    }

    /// Measures contenders in turns.
    List<DeviceResult> measure(String device, List<Contender> contenders, PrintWriter progress)
            throws IOException, InterruptedException {
        progress.println(device + ": warm-up");
        for (Contender contender : contenders) {
            contender.measure(WARM_UP_SECONDS);
        }
        List<List<Rate>> rates =
                contenders.stream().<List<Rate>>map(contender -> new ArrayList<>()).toList();
        for (int round = 0; round < rounds; round++) {
            progress.println(device + ": round " + (round + 1) + " of " + rounds);
            for (int i = 0; i < contenders.size(); i++) {
                rates.get(i).add(contenders.get(i).measure(seconds));
            }
        }
        List<DeviceResult> results = new ArrayList<>();
        for (int i = 0; i < contenders.size(); i++) {
            results.add(DeviceResult.of(contenders.get(i).measured(), rates.get(i)));
        }
        return results;
    }
}
