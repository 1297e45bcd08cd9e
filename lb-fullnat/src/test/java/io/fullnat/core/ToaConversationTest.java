// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.simulation.RequestClient;
import io.fullnat.core.simulation.RequestLoad;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.core.simulation.SimulatedTcp;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Conversations of TCP whose servers are told their clients, over wires that lose, double and
/// reorder: every byte arrives, servers hear of all clients and of nobody else, and connections are
/// plain afterwards. Hosts use timestamps; in half of the cases also selective acknowledgements and
/// window scales, numbers wrap, windows are closed at times, and what is sent again is cut at other
/// places. `-Dconversations=` says how many of each case; a hundredth of 100,000 in all if not.
/// Seeded; `-Dseed=` repeats a run, `-Dconversation=` has the conversations of a seed that a
/// failure names.
@Tag("optimized")
class ToaConversationTest {
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 125);
    private static final int AT_ONCE = 32;
    private static final Duration LONG = Duration.ofHours(4);
    private static final Duration LAST_ACKNOWLEDGEMENTS = Duration.ofSeconds(60);

    private final long seed = Long.getLong("conversation", Seed.value());

    private static int modified(FullNatBalancer balancer) {
        return balancer.workersThemselves().stream()
                .mapToInt(worker -> {
                    Modifiers table = worker.flows().modifiers();
                    return table == null ? 0 : table.size();
                })
                .sum();
    }

    private static List<SimulatedHost> hosts(Topology topology) {
        return List.of(topology.client, topology.first, topology.second);
    }

    private static Set<Endpoint> told(SimulatedHost... servers) {
        Set<Endpoint> told = new HashSet<>();
        for (SimulatedHost server : servers) {
            told.addAll(server.tcp().announcedClients());
        }
        return told;
    }

    private static void behave(SimulatedTcp tcp) {
        tcp.acknowledgeSelectively();
        tcp.scaleWindows(7, 300_000);
        tcp.wrapSoon();
        tcp.closeWindows();
        tcp.cutAnew();
    }

    @ParameterizedTest(name = "{0}, {1} workers, harm {2}, bodies up to {3}, more {4}")
    @CsvSource({
        "V4_TO_V4,1,0.03,3000,true",
        "V4_TO_V4,2,0.1,200,false",
        "V6_TO_V6,1,0.03,3000,false",
        "V6_TO_V6,2,0.1,2000,true",
        "V6_TO_V4,1,0.03,3000,true",
        "V6_TO_V4,2,0.1,200,false",
        "V4_TO_V6,1,0.03,3000,false",
        "V4_TO_V6,2,0.1,2000,true"
    })
    void everyByteArrivesAndServersKnowTheirClients(
            FamilyPair families, int workers, double harm, int longest, boolean more) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            topology.apply(
                    new Change.SetPolicy(
                            topology.web,
                            ServicePolicy.DEFAULT.withDisclosure(
                                    ClientDisclosure.NONE.withToa(true))));
            RequestLoad load = new RequestLoad(CONVERSATIONS, AT_ONCE, 2, longest, seed);
            for (SimulatedHost host : hosts(topology)) {
                host.tcp().useTimestamps();
                if (more) {
                    behave(host.tcp());
                }
            }
            RequestClient client =
                    new RequestClient(topology.client, topology.web.endpoint(), load);
            client.start();
            topology.runUntil(client::isDone, LONG);

            assertThat(client.failures()).as("seed %d", seed).isEmpty();
            assertThat(client.completedRequests()).isEqualTo(2 * CONVERSATIONS);
            IpAddress address = IpAddress.parse(families.clients.client);
            Set<Endpoint> told = told(topology.first, topology.second);
            assertThat(told)
                    .as("seed %d", seed)
                    .allMatch(endpoint -> endpoint.address().equals(address));
            assertThat(told)
                    .as("but for ports used again")
                    .hasSizeBetween(CONVERSATIONS * 3 / 4, CONVERSATIONS);
            topology.runFor(LAST_ACKNOWLEDGEMENTS);
            assertThat(modified(topology.balancer)).as("seed %d", seed).isZero();
            assertThat(topology.balancer.counters().total(Counter.TOA_SENT))
                    .isGreaterThanOrEqualTo(CONVERSATIONS);
            if (!more) {
                assertThat(topology.balancer.counters().total(Counter.TOA_NO_ROOM)).isZero();
            }
            for (SimulatedHost host : hosts(topology)) {
                assertThat(host.counters().wrongEchoes()).as("seed %d", seed).isZero();
                assertThat(host.counters().unstamped()).as("seed %d", seed).isZero();
                assertThat(host.counters().wrongBlocks()).as("seed %d", seed).isZero();
                assertThat(host.counters().cutBlocks()).as("seed %d", seed).isZero();
                assertThat(host.counters().beyondWindow()).as("seed %d", seed).isZero();
            }
        }
    }
}
