// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Lifetimes of addresses in files: read, exported, reloaded.
final class LifetimeExportTest {
    private static final String FILE =
            """
            ports:
              - {name: out, device: "af_packet:a"}
              - {name: in, device: "af_packet:b"}
            addresses:
              - {address: 10.0.0.1/24, device: in, valid-lifetime: 60, preferred-lifetime: 30}
              - {address: 10.0.0.2/24, device: in, preferred-lifetime: 40}
              - {address: 10.0.0.3/24, device: in, valid-lifetime: forever}
            """;

    private final ManualClock clock = new ManualClock();
    private final InMemoryIo io = StateDifferenceTest.open();
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(io).connections(64).clock(clock).build();

    @AfterEach
    void close() {
        balancer.close();
        io.close();
    }

    private void apply(List<Change> changes) {
        CompletableFuture<Void> done = balancer.control().submit(changes);
        work();
        assertThat(done).isCompleted();
    }

    private void work() {
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
        }
    }

    private String export(Configuration started) {
        return StateExport.write(
                balancer.control().desired(), started, balancer.control().status().addresses());
    }

    @Test
    void exportsWhatRemainsAndReadsIt() {
        Configuration file = ConfigurationFile.parse("f", FILE);
        assertThat(file.addresses())
                .extracting(InterfaceAddress::lifetime)
                .containsExactly(
                        new AddressLifetime(60, 30),
                        new AddressLifetime(AddressLifetime.INFINITY, 40),
                        AddressLifetime.FOREVER);
        apply(StateDifference.between(balancer.control().desired(), file));
        assertThat(ConfigurationFile.parse("e", export(file)).addresses())
                .isEqualTo(file.addresses());

        clock.advance(Duration.ofSeconds(35));
        work();
        Configuration exported = ConfigurationFile.parse("e", export(file));
        assertThat(exported.addresses())
                .extracting(InterfaceAddress::lifetime)
                .containsExactly(
                        new AddressLifetime(25, 0),
                        new AddressLifetime(AddressLifetime.INFINITY, 5),
                        AddressLifetime.FOREVER);
        assertThat(StateDifference.between(balancer.control().desired(), file))
                .as("it runs on")
                .isEmpty();
        assertThat(StateDifference.between(balancer.control().desired(), exported))
                .as("in place")
                .hasSize(2)
                .allMatch(Change.AddAddress.class::isInstance);
        apply(StateDifference.between(balancer.control().desired(), exported));
        assertThat(export(file)).isEqualTo(export(exported)).contains("valid-lifetime: 25");

        clock.advance(Duration.ofSeconds(25));
        work();
        assertThat(export(file)).doesNotContain("10.0.0.1/24");
        assertThat(StateDifference.between(balancer.control().desired(), file))
                .as("added again")
                .contains(new Change.AddAddress(file.addresses().getFirst()));
    }

    @Test
    void refusesLifetimesThatCannotBe() {
        refuses("valid-lifetime: 60", "valid-lifetime: 20", "preferred lifetime 30");
        refuses("valid-lifetime: 60", "valid-lifetime: soon", "\"soon\" is no lifetime");
        refuses("valid-lifetime: 60", "valid-lifetime: -1", "\"-1\" is no lifetime");
        refuses(
                "valid-lifetime: 60, preferred-lifetime: 30",
                "valid-lifetime: 0",
                "valid lifetime of 0");
    }

    private static void refuses(String right, String wrong, String words) {
        assertThatThrownBy(() -> ConfigurationFile.parse("f", FILE.replace(right, wrong)))
                .hasMessageContaining("5: addresses[0]")
                .hasMessageContaining(words);
    }
}
