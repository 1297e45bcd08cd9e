// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A lab with two servers of QUIC, each with an id of QUIC-LB, and a balancer between whose one
/// service schedules connections in turn.
final class QuicScene implements AutoCloseable {
    static final int SERVERS = 2;
    private static final int LONGEST_MILLIS = 30_000;
    private static final int STEP_MILLIS = 10;
    private static final List<String> IDS = List.of("0a0b0c", "0a0b0d");

    final List<QuicOrigin> origins = new ArrayList<>();
    private final LabFamily family;
    private final Lab lab;
    private final Path folder;
    private final RunningBalancer balancer;

    /// Builds everything up.
    ///
    /// @param family of clients and servers
    /// @param folder for files
    /// @param key of the servers' connection ids, or `clear`
    /// @param quic what the service says of them
    QuicScene(LabFamily family, Path folder, String key, String quic) throws Exception {
        this.family = family;
        this.folder = folder;
        lab = Lab.dualStack("fullnat-quic", SERVERS);
        boolean built = false;
        try {
            start(key);
            String yaml = yaml(quic);
            balancer =
                    lab.balancer()
                            .call(() ->
                                    RunningBalancer.overDpdk(
                                            ConfigurationFile.parse("quic", yaml)));
            built = true;
        } finally {
            if (!built) { // or no other scene could be built
                closeServers();
            }
        }
    }

    private void start(String key) throws Exception {
        Path keys = QuicOrigin.keys(folder);
        for (int number = 1; number <= SERVERS; number++) {
            origins.add(
                    QuicOrigin.start(
                            lab.server(number),
                            family.server(number),
                            keys,
                            "s" + number,
                            IDS.get(number - 1),
                            key));
        }
    }

    private String yaml(String quic) {
        String servers =
                IntStream.range(0, SERVERS)
                        .mapToObj(number ->
                                "      - {address: \"%s\"%s}"
                                        .formatted(
                                                new Endpoint(
                                                        family.server(number + 1), QuicOrigin.PORT),
                                                quic.isEmpty()
                                                        ? ""
                                                        : ", quic-id: " + IDS.get(number)))
                        .collect(Collectors.joining("\n"));
        return """
        workers: {count: 1, connections: 65536}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:outside"}
          - {name: inside, device: "af_packet:inside"}
        addresses:
          - {address: "%s", device: outside}
          - {address: "%s", device: inside}
          - {address: "%s", device: outside}
        services:
          - protocol: udp
            address: "%s"
            scheduler: rr
            quic: [%s]
            servers:
        %s
            locals:
              - {address: "%s", device: inside}
        """
                .formatted(
                        family.outside(),
                        family.inside(),
                        family.virtualPrefix(),
                        new Endpoint(family.virtual(), QuicOrigin.PORT),
                        quic,
                        servers,
                        family.locals().getFirst());
    }

    /// What a client is answered that moves to another port after the handshake, and asks then.
    ///
    /// @param rebinding whether it does not know of it
    String answer(boolean rebinding) throws IOException, InterruptedException {
        return answer(
                Stream.concat(
                                Stream.of(
                                        "--timeout=4s",
                                        "--change-local-addr=500ms",
                                        "--delay-stream=1s"),
                                Stream.of("--nat-rebinding").filter(word -> rebinding))
                        .toArray(String[]::new));
    }

    /// What a client is answered.
    ///
    /// @param options of its own
    String answer(String... options) throws IOException, InterruptedException {
        try (QuicClient client = client(options)) {
            return client.answer();
        }
    }

    /// Starts a client.
    ///
    /// @param options of its own
    QuicClient client(String... options) throws IOException {
        return new QuicClient(lab.client(), family.virtual(), folder, List.of(options));
    }

    /// Leaves one port to clients that begin or move from now on.
    void onlyPort(int port) {
        lab.client().setting("ipv4/ip_local_port_range", port + " " + port);
    }

    long count(Counter counter) {
        return balancer.engine().counters().total(counter);
    }

    /// Waits until as much has been counted.
    void await(Counter counter, long wanted) throws InterruptedException {
        for (int waited = 0; count(counter) != wanted; waited += STEP_MILLIS) {
            assertThat(waited).as("ms until %s is %d", counter, wanted).isLessThan(LONGEST_MILLIS);
            Thread.sleep(STEP_MILLIS);
        }
    }

    @Override
    public void close() {
        balancer.close();
        closeServers();
        assertThat(balancer.buffersLost()).as("buffers not given back").isZero();
    }

    private void closeServers() {
        origins.forEach(QuicOrigin::close);
        lab.close();
    }
}
