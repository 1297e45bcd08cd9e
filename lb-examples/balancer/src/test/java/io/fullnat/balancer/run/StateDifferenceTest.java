// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Walks a balancer from one random configuration to the next.
final class StateDifferenceTest {
    private static final int STEPS = 150;

    private final InMemoryIo io = open();
    private final FullNatBalancer balancer = FullNatBalancer.builder(io).connections(64).build();

    static InMemoryIo open() {
        return InMemoryIo.builder()
                .wire(
                        PortSettings.of("out", "02:00:00:00:01:01"),
                        PortSettings.of("client", "02:00:00:00:01:02"))
                .wire(
                        PortSettings.of("in", "02:00:00:00:02:01"),
                        PortSettings.of("server", "02:00:00:00:02:02"))
                .open();
    }

    @AfterEach
    void close() {
        balancer.close();
        io.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void makesOfAnyStateExactlyTheWishedOne(long seed) {
        RandomConfigurations configurations = new RandomConfigurations(seed);
        Configuration desired = configurations.next();
        int untouched = 0;
        for (int step = 0; step < STEPS; step++) {
            desired = step % 2 == 0 ? configurations.next() : configurations.near(desired);
            DesiredState before = balancer.control().desired();
            List<Change> changes = StateDifference.between(before, desired);

            apply(changes);

            DesiredState after = balancer.control().desired();
            String where = "seed " + seed + " step " + step;
            assertThat(Plain.of(after)).as(where).isEqualTo(Plain.of(desired));
            assertThat(StateDifference.between(after, desired)).as(where).isEmpty();
            Set<ServiceKey> disturbed = untouched(before, desired);
            untouched += disturbed.size();
            disturbed.retainAll(mentioned(changes));
            assertThat(disturbed).as(where).isEmpty();
            assertThat(changes)
                    .as(where)
                    .allSatisfy(change ->
                            assertThat(ChangeLine.of(change, before).toString())
                                    .matches("[-+~] [a-z ]+ \\S.*")
                                    .doesNotContain("?"));
        }
        assertThat(untouched).as("services that were left alone").isGreaterThan(STEPS);
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void exportsAnyStateAsAFileThatBringsItBack(long seed) {
        RandomConfigurations configurations = new RandomConfigurations(seed);
        for (int step = 0; step < STEPS; step++) {
            Configuration desired = configurations.next();
            apply(StateDifference.between(balancer.control().desired(), desired));
            DesiredState state = balancer.control().desired();

            String yaml = StateExport.write(state, desired);

            Configuration read = ConfigurationFile.parse("f", yaml);
            assertThat(Plain.of(read)).as("seed %d step %d", seed, step).isEqualTo(Plain.of(state));
            assertThat(StateExport.write(state, read)).isEqualTo(yaml);
        }
    }

    @Test
    void editsWhatStaysInsteadOfReplacingIt() {
        Configuration before =
                parse(
                        """
                        routed: true
                            scheduler: rr
                            deny: [192.0.2.0/24]
                            servers: [{address: "172.16.0.1:80"}, {address: "172.16.0.2:80"}]
                            locals: [{address: 10.0.0.1, device: in}]
                        """);
        Configuration after =
                parse(
                        """
                        routed: true
                            scheduler: wrr
                            timeout: 7
                            allow: [198.51.100.0/24]
                            servers: [{address: "172.16.0.2:80", weight: 3}, {address: "172.16.0.3:80"}]
                            locals: [{address: 10.0.0.2, device: in}]
                        """);
        apply(before.changes());
        DesiredState state = balancer.control().desired();

        assertThat(StateDifference.between(state, after))
                .extracting(change -> ChangeLine.of(change, state).toString())
                .containsExactly(
                        "- local address 10.0.0.1 dev in of TCP 10.9.9.9:80",
                        "~ service TCP 10.9.9.9:80 scheduler rr -> wrr, timeout default -> 7",
                        "+ access rule allow 198.51.100.0/24 of TCP 10.9.9.9:80",
                        "- access rule deny 192.0.2.0/24 of TCP 10.9.9.9:80",
                        "- real server 172.16.0.1:80 of TCP 10.9.9.9:80",
                        "~ real server 172.16.0.2:80 of TCP 10.9.9.9:80 weight 1 -> 3",
                        "+ real server 172.16.0.3:80 of TCP 10.9.9.9:80 weight 1",
                        "+ local address 10.0.0.2 dev in of TCP 10.9.9.9:80");
    }

    private static Configuration parse(String service) {
        return ConfigurationFile.parse(
                "f",
                "ports: [{name: out, device: 'null:'}, {name: in, device: 'null:'}]\n"
                        + "services:\n  - protocol: tcp\n    address: 10.9.9.9:80\n    "
                        + service);
    }

    private void apply(List<Change> changes) {
        CompletableFuture<Void> done = balancer.control().submit(changes);
        for (int turns = 0; !done.isDone(); turns++) {
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
            balancer.doWork();
        }
        done.join();
    }

    /// A state in which order means nothing where it means nothing.
    private record Plain(
            Map<VirtualService, Set<AccessRule>> services,
            Set<InterfaceAddress> addresses,
            Set<Object> routes,
            Set<Object> neighbours) {
        static Plain of(DesiredState state) {
            return new Plain(
                    plain(state.services().values()),
                    Set.copyOf(state.addresses().values()),
                    Set.copyOf(state.routes().values()),
                    Set.copyOf(state.neighbours()));
        }

        static Plain of(Configuration configuration) {
            return new Plain(
                    plain(configuration.services()),
                    Set.copyOf(configuration.addresses()),
                    Set.copyOf(configuration.routes()),
                    Set.copyOf(configuration.neighbours()));
        }

        private static Map<VirtualService, Set<AccessRule>> plain(
                Iterable<VirtualService> services) {
            Map<VirtualService, Set<AccessRule>> plain = new HashMap<>();
            for (VirtualService service : services) {
                plain.put(service.withAccessRules(List.of()), Set.copyOf(service.accessRules()));
            }
            return plain;
        }
    }

    /// Services that are the same in both and whose local addresses stay where they are.
    private static Set<ServiceKey> untouched(DesiredState before, Configuration desired) {
        Set<InterfaceAddress> stay = new HashSet<>(desired.addresses());
        return desired.services().stream()
                .filter(service -> service.equals(before.services().get(service.key())))
                .filter(service ->
                        service.localAddresses().stream()
                                .map(LocalAddress::address)
                                .map(address -> before.addresses().get(AddressKey.of(address)))
                                .allMatch(own -> own == null || stay.contains(own)))
                .map(VirtualService::key)
                .collect(Collectors.toSet());
    }

    private static Set<ServiceKey> mentioned(List<Change> changes) {
        Set<ServiceKey> keys = new HashSet<>();
        for (Change change : changes) {
            switch (change) {
                case Change.AddService c -> keys.add(c.service().key());
                case Change.ReplaceService c -> keys.add(c.service().key());
                case Change.EditService c -> keys.add(c.key());
                case Change.SetPolicy c -> keys.add(c.key());
                case Change.RemoveService c -> keys.add(c.key());
                case Change.AddRealServer c -> keys.add(c.key());
                case Change.EditRealServer c -> keys.add(c.key());
                case Change.RemoveRealServer c -> keys.add(c.key());
                case Change.AddLocalAddress c -> keys.add(c.key());
                case Change.RemoveLocalAddress c -> keys.add(c.key());
                case Change.AddAccessRule c -> keys.add(c.key());
                case Change.RemoveAccessRule c -> keys.add(c.key());
                default -> {}
            }
        }
        return keys;
    }
}
