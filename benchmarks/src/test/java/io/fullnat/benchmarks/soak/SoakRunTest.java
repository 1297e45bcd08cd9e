// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A soak of some seconds: what it looks for at the end, without the figures that only a long one
/// has.
class SoakRunTest {
    private static final int CONNECTIONS = 1 << 17;

    @Test
    void nothingIsLeftAfterTrafficAndChanges() throws IOException, InterruptedException {
        SoakRun run = new SoakRun(CONNECTIONS, 5_000, 7);
        List<Sample> heard = new ArrayList<>();

        run.run(Duration.ofSeconds(3), Duration.ofSeconds(1), heard::add);

        assertThat(run.failures()).isEmpty();
        assertThat(heard).isNotEmpty().isEqualTo(run.samples());
        assertThat(heard)
                .allSatisfy(sample -> {
                    assertThat(sample.packets()).isPositive();
                    assertThat(sample.nsPerPacket()).isPositive();
                    assertThat(sample.connections()).isPositive();
                    assertThat(sample.residentBytes()).isPositive();
                    assertThat(sample.commands()).isPositive();
                });
    }

    @Test
    void connectionsThatHaveNotEndedAreFoundWithTheirPorts(@TempDir Path folder) {
        Configuration configuration =
                ConfigurationFile.parse(
                        "topology", SoakTopology.yaml(folder.resolve("socket"), CONNECTIONS, 0));
        SoakIo io = new SoakIo();
        try (RunningBalancer balancer = RunningBalancer.start(io, configuration)) {
            FirstPackets packets = new FirstPackets(io.soak().arena(), SoakTopology.TCP_CHURN, 100);
            io.soak().play(packets);
            while (!packets.isDone()) {
                Thread.onSpinWait();
            }

            List<String> found = new LeakCheck(balancer, io.soak(), Duration.ofMillis(100)).find();

            assertThat(found)
                    .anySatisfy(line -> assertThat(line).isEqualTo("100 connections are left"))
                    .anySatisfy(
                            line -> assertThat(line).contains("connections of 203.0.113.30:800"))
                    .anySatisfy(line -> assertThat(line).contains("ports of 203.0.113.140"))
                    .anySatisfy(line -> assertThat(line).startsWith("addresses without a service"))
                    .anySatisfy(line -> assertThat(line).startsWith("counter slots are left"));
        }
    }
}
