// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.Lab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// SIGHUP to `fullnat run`: a changed file is taken over, one that cannot be is reported and
/// changes nothing, and a connection goes on throughout.
@NetworkTest
@Timeout(600)
class HangUpIT {
    private static final String BEFORE = Scene.yaml(1, 1);
    private static final Endpoint NEW = new Endpoint(Lab.VIRTUAL, 81);
    private static final String AFTER =
            BEFORE
                    + """
                      - protocol: tcp
                        address: %s
                        scheduler: rr
                        servers:
                          - {address: "%s:%d"}
                        locals:
                          - {address: %s, device: inside}
                    """
                            .formatted(
                                    NEW,
                                    Lab.serverAddress(1),
                                    Scene.HTTP_PORT,
                                    Lab.LOCAL.getFirst());

    /// A huge file takes seconds where nothing else is done. It is read behind all other work, with
    /// a tenth of what another thread gets of a busy processor.
    private static final int PATIENCE_TENTHS = 3_000;

    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    @TempDir private Path folder;

    private static void hangUp(BalancerProcess balancer) throws Exception {
        Process kill =
                new ProcessBuilder("kill", "-HUP", Long.toString(balancer.pid()))
                        .inheritIO()
                        .start();
        assertThat(kill.waitFor()).isZero();
    }

    private static boolean isRefusal(String line) {
        return line.matches(TIME + " ERROR reload: not reloaded: .*");
    }

    /// Sends the signal and waits for what the balancer says of it.
    private static List<String> reload(BalancerProcess balancer) throws Exception {
        int before = balancer.said().length();
        hangUp(balancer);
        Predicate<String> told = line -> line.contains(" reload: reloaded, ") || isRefusal(line);
        for (int tenth = 0; tenth < PATIENCE_TENTHS; tenth++) {
            List<String> lines = balancer.said().substring(before).lines().toList();
            if (lines.stream().anyMatch(told)) {
                return lines.stream()
                        .filter(line -> !line.isEmpty() && !line.contains(" INFO  audit: "))
                        .map(line -> line.replaceFirst("^" + TIME + " INFO  reload: ", ""))
                        .toList();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError("nothing is said of the signal: " + balancer.said());
    }

    private static HttpConnection connect(BalancerProcess balancer, Endpoint service) {
        return balancer.inClient(() -> HttpConnection.open(service, Scene.TIMEOUT));
    }

    private static void request(BalancerProcess balancer, Endpoint service) throws Exception {
        try (HttpConnection connection = connect(balancer, service)) {
            assertThat(connection.getAndClose("/").status()).isEqualTo(200);
        }
    }

    private static String list(BalancerProcess balancer, String option) throws Exception {
        BalancerProcess.Result result = balancer.run(List.of("ipvsadm", option));
        assertThat(result.errors()).isEmpty();
        assertThat(result.status()).isZero();
        return result.output();
    }

    @Test
    void takesOverAChangedFileAndNothingOfABrokenOne() throws Exception {
        try (BalancerProcess balancer = BalancerProcess.start(folder, BEFORE);
                HttpConnection old = connect(balancer, Scene.HTTP)) {
            assertThat(old.get("/").status()).isEqualTo(200);
            assertThat(list(balancer, "-Ln")).doesNotContain("TCP  " + NEW);

            balancer.write(AFTER);
            assertThat(reload(balancer))
                    .containsExactly(
                            "+ service TCP "
                                    + NEW
                                    + " scheduler rr, real servers 1, local addresses 1",
                            "reloaded, 1 change");
            assertThat(list(balancer, "-Ln"))
                    .contains("TCP  " + NEW + " rr\n  -> " + Lab.serverAddress(1) + ":8080 ");
            request(balancer, NEW);

            String saved = list(balancer, "-Sn");
            for (String broken :
                    List.of(
                            AFTER + "  - protocol: [tcp\n",
                            AFTER.replace("scheduler: wrr", "scheduler: fastest"),
                            BEFORE.replace("count: 1", "count: 2"))) {
                balancer.write(broken);
                assertThat(reload(balancer)).isNotEmpty().allMatch(HangUpIT::isRefusal);
                assertThat(list(balancer, "-Sn")).as("the state in force").isEqualTo(saved);
                request(balancer, NEW);
            }

            Files.delete(balancer.configuration);
            assertThat(reload(balancer))
                    .first()
                    .asString()
                    .contains("not reloaded", "fullnat.yaml");

            balancer.write(BEFORE);
            assertThat(reload(balancer))
                    .containsExactly("- service TCP " + NEW, "reloaded, 1 change");
            assertThat(list(balancer, "-Ln")).doesNotContain("TCP  " + NEW);
            assertThat(old.get("/").status()).as("on the connection of before").isEqualTo(200);
        }
    }

    /// The heap is that of `fullnat`; a thread that finds it full would end the balancer.
    @Test
    void aHugeFileIsRefusedAndCostsClientsNothing() throws Exception {
        try (BalancerProcess balancer =
                        BalancerProcess.start(
                                folder, BEFORE, "-Xmx1g", "-XX:+ExitOnOutOfMemoryError");
                HttpConnection old = connect(balancer, Scene.HTTP);
                HonestClients clients = new HonestClients(balancer.lab.client())) {
            clients.with("new", 5, () -> HonestClients.get(Scene.HTTP))
                    .with("old", 5, () -> assertThat(old.get("/").status()).isEqualTo(200));

            refused(balancer, clients, "may have 67108864", "x".repeat(70_000_000));
            refused(balancer, clients, "longer than", "x".repeat(60_000_000));
            refused(balancer, clients, "longer than", "'" + "x \n".repeat(20_000_000) + "'");
            refused(
                    balancer,
                    clients,
                    "keys, values and lists",
                    "1\n" + "x: 1\n".repeat(12_000_000));

            clients.assertAllAnswered();
            balancer.write(AFTER);
            assertThat(reload(balancer)).last().isEqualTo("reloaded, 1 change");
        }
    }

    private static void refused(
            BalancerProcess balancer, HonestClients clients, String reason, String value)
            throws Exception {
        int before = clients.answers();
        balancer.write(BEFORE + "unused-ports: " + value + "\n");

        assertThat(reload(balancer))
                .hasSizeBetween(1, 102)
                .allSatisfy(line ->
                        assertThat(line)
                                .matches(TIME + " ERROR reload: not reloaded: .*")
                                .hasSizeLessThan(1_000))
                .first()
                .asString()
                .contains(reason);
        assertThat(clients.answers()).as("answers").isGreaterThan(before);
    }
}
