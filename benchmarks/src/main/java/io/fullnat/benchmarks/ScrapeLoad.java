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
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// How long a scrape of a big configuration's metrics takes, over HTTP and a loopback socket until
/// the last byte is there, while datagrams pass through the balancer and are counted.
///
/// `java -cp benchmarks.jar io.fullnat.benchmarks.ScrapeLoad [SERVICES [SCRAPES [SERVERS]]]`
public final class ScrapeLoad {
    private static final PrintStream OUT = System.out;
    private static final int WARM_UP = 5;
    private static final int PIECE = 1 << 16;

    private ScrapeLoad() {}

    /// Measures and prints.
    ///
    /// @param arguments how many services (20000), scrapes (20), and real servers of each service
    ///   (2)
    /// @throws IOException if a scrape fails
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int services = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        int scrapes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
        int servers = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
        InMemoryIo io = ConfigurationLoad.wires();
        EchoTraffic traffic =
                new EchoTraffic(io, Endpoint.of("198.18.0.1", 53), "203.0.113.250/24");
        ApiSettings.Tcp loopback = ConfigurationLoad.loopback();
        ApiSettings settings =
                new ApiSettings(Optional.empty(), Optional.empty(), Optional.of(loopback));
        try (RunningBalancer balancer =
                        RunningBalancer.start(
                                io,
                                ConfigurationFile.parse(
                                        "big", ConfigurationLoad.yaml(services, servers, 1)));
                ApiServer server =
                        ApiServer.start(settings, balancer, (line, input, out, err) -> 0)) {
            traffic.start();
            int port = server.metricsPort().orElseThrow();
            OUT.printf(
                    Locale.ROOT,
                    "%d services of %d servers, %d scrapes of each kind%n",
                    services,
                    servers,
                    scrapes);
            measure("OpenMetrics, gzip", port, "", "gzip", scrapes);
            measure("OpenMetrics", port, "", "identity", scrapes);
            measure(
                    "connections of services",
                    port,
                    "?name%5B%5D=fullnat_service_connections_total",
                    "gzip",
                    scrapes);
            OUT.println(traffic.stop());
        }
    }

    private static void measure(String what, int port, String query, String encoding, int scrapes)
            throws IOException {
        long bytes = 0;
        for (int i = 0; i < WARM_UP; i++) {
            bytes = scrape(port, query, encoding);
        }
        double[] ms = new double[scrapes];
        long garbageBefore = garbageMs();
        for (int i = 0; i < scrapes; i++) {
            long startNs = System.nanoTime();
            scrape(port, query, encoding);
            ms[i] = (System.nanoTime() - startNs) / 1e6;
        }
        Arrays.sort(ms);
        OUT.printf(
                Locale.ROOT,
                "%-24s %8.1f MB, ms: median %4.0f (%.0f-%.0f); pauses for garbage %d ms in all%n",
                what,
                bytes / 1e6,
                ms[scrapes / 2],
                ms[0],
                ms[scrapes - 1],
                garbageMs() - garbageBefore);
    }

    private static long garbageMs() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(bean -> bean.getName().contains("Pauses"))
                .mapToLong(bean -> bean.getCollectionTime())
                .sum();
    }

    private static long scrape(int port, String query, String encoding) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + port + "/metrics" + query)
                                .toURL()
                                .openConnection();
        connection.setRequestProperty("Accept", "application/openmetrics-text;version=1.0.0");
        connection.setRequestProperty("Accept-Encoding", encoding);
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        try (InputStream in = connection.getInputStream()) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                bytes += read;
            }
        }
        return bytes;
    }
}
