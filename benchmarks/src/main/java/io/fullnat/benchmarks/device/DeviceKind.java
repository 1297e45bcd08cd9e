// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The virtual devices that are measured.
enum DeviceKind {
    /// Gives frames without end, which it does not write, and drops what is sent.
    NULL {
        @Override
        List<Contender> contenders(Path folder, int flows, int cpu) {
            return List.of(
                    testpmd("net_null0", "rxonly", 0, cpu),
                    fullnat("null:", Feed.FOREIGN, 0, cpu),
                    testpmd("net_null0", "io", 0, cpu),
                    testpmd("net_null0", "macswap", 0, cpu),
                    fullnat("null:", Feed.MADE, 1, cpu),
                    fullnat("null:", Feed.MADE, flows, cpu));
        }
    },

    /// Gives the packets of a file, which it holds in memory, without end. As it is given nowhere
    /// to send to, it drops what is sent, without a system call.
    PCAP {
        @Override
        List<Path> files(Path folder, int flows) throws IOException {
            return List.of(CaptureFile.write(folder, 1), CaptureFile.write(folder, flows));
        }

        @Override
        List<Contender> contenders(Path folder, int flows, int cpu) {
            String one = arguments(CaptureFile.path(folder, 1));
            String many = arguments(CaptureFile.path(folder, flows));
            return List.of(
                    testpmd(many, "io", 0, cpu),
                    testpmd(many, "macswap", 0, cpu),
                    fullnat(one, Feed.REQUESTS, 1, cpu),
                    fullnat(many, Feed.REQUESTS, flows, cpu));
        }

        private String arguments(Path file) {
            return "net_pcap0,rx_pcap=" + file + ",infinite_rx=1";
        }
    },

    /// Gives what was sent.
    RING {
        @Override
        List<Contender> contenders(Path folder, int flows, int cpu) {
            int fills = FedQueue.IN_FLIGHT / Testpmd.BURST;
            return List.of(
                    testpmd("net_ring0", "io", fills, cpu),
                    testpmd("net_ring0", "macswap", fills, cpu),
                    fullnat("ring:", Feed.ROUND, 1, cpu),
                    fullnat("ring:", Feed.ROUND, flows, cpu));
        }
    };

    /// Writes the files that the contenders need.
    ///
    /// @param folder in which they are made
    /// @param flows of the balancer's last contender
    List<Path> files(Path folder, int flows) throws IOException {
        return List.of();
    }

    /// What takes turns over the device, each time in this order.
    ///
    /// @param folder for files that are needed
    /// @param flows of the balancer's last contender
    /// @param cpu of what forwards
    abstract List<Contender> contenders(Path folder, int flows, int cpu);

    /// The driver's name.
    String driver() {
        return "net_" + name().toLowerCase(Locale.ROOT);
    }

    Contender testpmd(String device, String mode, int fills, int cpu) {
        return new TestpmdContender(driver(), device, mode, fills, cpu);
    }

    Contender fullnat(String device, Feed feed, int flows, int cpu) {
        DeviceCase measured = new DeviceCase(driver(), DeviceCase.FULLNAT, feed.work(), flows);
        return new EngineContender(measured, device, feed, cpu);
    }
}
