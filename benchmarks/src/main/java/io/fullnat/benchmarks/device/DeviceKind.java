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
        List<Way> ways(Path folder, int flows, int cpu) {
            return List.of(
                    new TestpmdWay("testpmd rxonly", "net_null0", "rxonly", 0, cpu),
                    new EngineWay(
                            "fullnat, frames for others dropped", "null:", Feed.FOREIGN, 1, cpu),
                    new TestpmdWay("testpmd io", "net_null0", "io", 0, cpu),
                    new TestpmdWay("testpmd macswap", "net_null0", "macswap", 0, cpu),
                    new EngineWay("fullnat, requests, 1 flow", "null:", Feed.MADE, 1, cpu),
                    new EngineWay(
                            "fullnat, requests, " + flows + " flows",
                            "null:",
                            Feed.MADE,
                            flows,
                            cpu));
        }
    },

    /// Gives the packets of a file, which it holds in memory, without end. As it is given nowhere
    /// to send to, it drops what is sent, without a system call.
    PCAP {
        @Override
        List<Way> ways(Path folder, int flows, int cpu) throws IOException {
            String one = arguments(CaptureFile.write(folder, 1));
            String many = arguments(CaptureFile.write(folder, flows));
            return List.of(
                    new TestpmdWay("testpmd io", "net_pcap0," + many, "io", 0, cpu),
                    new TestpmdWay("testpmd macswap", "net_pcap0," + many, "macswap", 0, cpu),
                    new EngineWay(
                            "fullnat, requests, 1 flow", "net_pcap0," + one, Feed.REQUESTS, 1, cpu),
                    new EngineWay(
                            "fullnat, requests, " + flows + " flows",
                            "net_pcap0," + many,
                            Feed.REQUESTS,
                            flows,
                            cpu));
        }

        private String arguments(Path file) {
            return "rx_pcap=" + file + ",infinite_rx=1";
        }
    },

    /// Gives what was sent.
    RING {
        private static final int TESTPMD_BURST = 32;

        @Override
        List<Way> ways(Path folder, int flows, int cpu) {
            int fills = FedQueue.IN_FLIGHT / TESTPMD_BURST;
            return List.of(
                    new TestpmdWay("testpmd io", "net_ring0", "io", fills, cpu),
                    new TestpmdWay("testpmd macswap", "net_ring0", "macswap", fills, cpu),
                    new EngineWay("fullnat, both ways, 1 flow", "ring:", Feed.ROUND, 1, cpu),
                    new EngineWay(
                            "fullnat, both ways, " + flows + " flows",
                            "ring:",
                            Feed.ROUND,
                            flows,
                            cpu));
        }
    };

    /// What takes turns over the device, each time in this order.
    ///
    /// @param folder for files that are needed
    /// @param flows of the balancer's last way
    /// @param cpu of what forwards
    abstract List<Way> ways(Path folder, int flows, int cpu) throws IOException;

    /// The driver's name.
    String driver() {
        return "net_" + name().toLowerCase(Locale.ROOT);
    }
}
