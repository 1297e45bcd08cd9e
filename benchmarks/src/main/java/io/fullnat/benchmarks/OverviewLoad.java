// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.core.memoryio.InMemoryIo;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// How long those wait who look at a big configuration: answers of the overview over HTTP, each
/// after a pause of more than the half second for which one reading serves, while datagrams pass
/// through the balancer and are counted.
///
/// `java -cp benchmarks.jar io.fullnat.benchmarks.OverviewLoad [SERVICES [LOOKS]]`
public final class OverviewLoad {
    private static final PrintStream OUT = System.out;
    private static final int WARM_UP = 5;
    private static final long PAUSE_MS = 520;
    private static final List<String> LOOKS =
            List.of(
                    "overview",
                    "overview/services",
                    "overview/services?sort=bytes",
                    "overview/servers?sort=down",
                    "overview/services?search=77");

    private OverviewLoad() {}

    /// Measures and prints.
    ///
    /// @param arguments how many services (20000), of two real servers each, and looks (15)
    /// @throws IOException if a look fails
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int services = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        int looks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 15;
        InMemoryIo io = ConfigurationLoad.wires();
        EchoTraffic traffic =
                new EchoTraffic(io, Endpoint.of("198.18.0.1", 53), "203.0.113.250/24");
        ApiSettings.Tcp loopback = ConfigurationLoad.loopback();
        ApiSettings settings =
                new ApiSettings(Optional.empty(), Optional.of(loopback), Optional.empty());
        try (RunningBalancer balancer =
                        RunningBalancer.start(
                                io,
                                ConfigurationFile.parse(
                                        "big", ConfigurationLoad.yaml(services, 1)));
                ApiServer server =
                        ApiServer.start(settings, balancer, (line, input, out, err) -> 0)) {
            traffic.start();
            String address = "http://127.0.0.1:" + server.tcpPort().orElseThrow() + "/v2/";
            for (String look : LOOKS) {
                measure(address, look, looks);
            }
            OUT.println(traffic.stop());
        }
    }

    private static void measure(String address, String look, int looks)
            throws IOException, InterruptedException {
        double[] ms = new double[looks];
        for (int i = -WARM_UP; i < looks; i++) {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            long startNs = System.nanoTime();
            look(address + look);
            if (i >= 0) {
                ms[i] = (System.nanoTime() - startNs) / 1e6;
            }
        }
        Arrays.sort(ms);
        OUT.printf(
                Locale.ROOT,
                "%-30s ms: median %5.1f (%.1f-%.1f)%n",
                look,
                ms[looks / 2],
                ms[0],
                ms[looks - 1]);
    }

    private static void look(String address) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(address).toURL().openConnection();
        try (InputStream in = connection.getInputStream()) {
            in.readAllBytes();
        }
    }
}
