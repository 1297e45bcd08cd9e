// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// S09: a client has one server whichever of two balancers it meets, and from whatever port it
/// comes. The balancers have secrets, numbers of workers and orders of servers of their own, and
/// know nothing of each other. The servers are ports of one host.
class SameServerTest {
    private static final int FIRST_PORT = 8_001;
    private static final int SERVERS = 12;
    private static final int CLIENTS = 48;

    /// Of whom persistence keeps templates.
    private enum Kept {
        NOBODY,
        CLIENTS,
        NETWORKS
    }

    private static Rig rig(FamilyPair families, int workers, long seed) {
        return Rig.of(families, workers, 8_192, options -> options.seed(seed))
                .configured()
                .withStaticNeighbours();
    }

    private static VirtualService service(
            FamilyPair families, String scheduler, Kept kept, List<Integer> ports) {
        VirtualService service =
                VirtualService.of(ServiceKey.tcp(families.vip(), 80))
                        .withScheduler(scheduler)
                        .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"));
        for (int port : ports) {
            service =
                    service.withRealServer(
                            RealServer.of(families.servers().getFirst(), port)
                                    .withWeight(1 + port % 3));
        }
        Persistence time = Persistence.of(Duration.ofMinutes(5));
        return switch (kept) {
            case NOBODY -> service;
            case CLIENTS -> service.withPolicy(service.policy().withPersistence(Optional.of(time)));
            case NETWORKS ->
                    service.withPolicy(
                            service.policy()
                                    .withPersistence(Optional.of(time.withLengths(24, 64))));
        };
    }

    /// The server, by its port, of a new connection.
    private static int connect(Rig rig, String client, int port) {
        List<byte[]> out = rig.clientSends(rig.requestFrom(client).tcp(port, 80).flags(Tcp.SYN));
        assertThat(out).hasSize(1);
        return IpFrame.destinationPort(out.getFirst());
    }

    @ParameterizedTest
    @EnumSource
    void aClientHasOneServerOnBothBalancers(FamilyPair families) {
        List<Integer> ports = IntStream.range(FIRST_PORT, FIRST_PORT + SERVERS).boxed().toList();
        List<Integer> others = new ArrayList<>(ports);
        Collections.reverse(others);
        Collections.swap(others, 2, 9);
        try (Rig one = rig(families, 1, 42);
                Rig other = rig(families, 4, 4_711)) {
            for (String scheduler : List.of("sh", "mh", "conhash")) {
                for (Kept kept : Kept.values()) {
                    one.apply(
                            new Change.RemoveService(one.tcp, true),
                            new Change.AddService(service(families, scheduler, kept, ports)));
                    other.apply(
                            new Change.RemoveService(other.tcp, true),
                            new Change.AddService(service(families, scheduler, kept, others)));
                    compare(one, other, kept);
                }
            }
        }
    }

    private static void compare(Rig one, Rig other, Kept kept) {
        Set<Integer> used = new HashSet<>();
        for (int client = 1; client <= CLIENTS; client++) {
            String address = one.families.clients.stranger(client << 16 | 7);
            int server = connect(one, address, 20_000 + client);
            assertThat(connect(one, address, 50_000 - client)).isEqualTo(server);
            assertThat(connect(other, address, 20_000 + client)).isEqualTo(server);
            assertThat(connect(other, address, 60_000 - client)).isEqualTo(server);
            if (kept == Kept.NETWORKS) {
                String neighbour = one.families.clients.stranger(client << 16 | 9);
                assertThat(connect(other, neighbour, 1_024)).isEqualTo(server);
                assertThat(connect(one, neighbour, 1_024)).isEqualTo(server);
            }
            used.add(server);
        }
        assertThat(used).as("clients are spread").hasSizeGreaterThan(SERVERS / 2);
    }
}
