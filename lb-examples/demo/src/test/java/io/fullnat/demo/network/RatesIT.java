// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.demo.lab.HttpConnection;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `ipvsadm --list --rate` under steady traffic, asked again and again: each answer has the rates
/// of its time, however short ago the one before was, and they are those of the traffic.
@NetworkTest
@Timeout(120)
class RatesIT {
    /// New connections a second; a busy machine makes fewer.
    private static final int PACE = 50;

    @TempDir private Path folder;

    private static boolean keepConnecting(AtomicBoolean over) throws Exception {
        long next = System.nanoTime();
        while (!over.get()) {
            try (HttpConnection http = HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                assertThat(http.getAndClose("/bytes/100").status()).isEqualTo(200);
            }
            next += TimeUnit.SECONDS.toNanos(1) / PACE;
            LockSupport.parkNanos(next - System.nanoTime());
        }
        return true;
    }

    /// Connections, packets in and out, bytes in and out a second, of the lines that begin so.
    private static List<long[]> rates(String listing, String begin) {
        return listing.lines()
                .map(String::strip)
                .filter(line -> line.matches(begin + ".*( +\\d+){5}"))
                .map(line -> line.split(" +", -1))
                .map(words -> Arrays.copyOfRange(words, words.length - 5, words.length))
                .map(words -> Arrays.stream(words).mapToLong(Long::parseLong).toArray())
                .toList();
    }

    @Test
    void eachListingHasTheRatesOfItsTime() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        try (BalancerProcess balancer = BalancerProcess.start(folder, Scene.yaml(1, 1))) {
            Thread client =
                    Thread.ofPlatform().start(() -> balancer.inClient(() -> keepConnecting(over)));
            TimeUnit.SECONDS.sleep(3); // until a whole second of traffic has been measured
            try {
                for (int i = 0; i < 8; i++) {
                    BalancerProcess.Result listing =
                            balancer.ask(List.of("ipvsadm", "-Ln", "--rate"));
                    assertThat(listing.status()).isZero();
                    requireRates(listing.output());
                    TimeUnit.MILLISECONDS.sleep(i < 4 ? 1 : 700);
                }
            } finally {
                over.set(true);
                client.join();
            }
            TimeUnit.MILLISECONDS.sleep(2500);
            String quiet = balancer.ask(List.of("ipvsadm", "-Ln", "--rate")).output();
            assertThat(rates(quiet, "TCP").getFirst()).as(quiet).containsOnly(0);
        }
    }

    private static void requireRates(String listing) {
        long[] service = rates(listing, "TCP").getFirst();
        List<long[]> servers = rates(listing, "-> .*:" + Scene.HTTP_PORT);

        assertThat(service[0]).as(listing).isBetween(3L, PACE * 3L / 2);
        assertThat(service[1]).as(listing).isBetween(4 * service[0], 12 * service[0] + PACE);
        assertThat(service[3]).as(listing).isGreaterThan(40 * service[1]);
        assertThat(servers).as(listing).hasSize(2);
        for (int column = 0; column < service.length; column++) {
            long sum = servers.getFirst()[column] + servers.getLast()[column];
            assertThat(sum).as(listing).isBetween(service[column] - 2, service[column] + 2);
        }
    }
}
