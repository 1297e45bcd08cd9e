// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static io.fullnat.core.localport.ReturnPaths.Mode.HANDED_OVER;
import static io.fullnat.core.localport.ReturnPaths.Mode.OWN;
import static io.fullnat.core.localport.ReturnPaths.Mode.PREDICTED;
import static io.fullnat.core.localport.ReturnPaths.Mode.RULES;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is chosen from the capabilities of ports, and that rules and local ports agree.
class ReturnPathsTest {
    private static final IpAddress LOCAL = IpAddress.parse("10.0.1.100");

    private static PortSettings plain(int queues) {
        return PortSettings.of("port", "02:00:00:00:00:01").withQueues(queues);
    }

    private static PortSettings ruled(int queues) {
        return plain(queues).withFlowRules(64);
    }

    private static PortSettings hashed(PortSettings port) {
        int[] redirection = IntStream.range(0, 128).map(entry -> entry % port.queues()).toArray();
        return port.withChooser(new RssSelector(new ReceiveSideScaling(new byte[40], redirection)));
    }

    private static ReturnPaths paths(PortSettings... ports) {
        List<PacketPort> open = new ArrayList<>();
        for (PortSettings port : ports) {
            PortSettings far = PortSettings.of("far", "02:00:00:00:00:02");
            try (InMemoryIo io = InMemoryIo.builder().buffers(16).wire(port, far).open()) {
                open.addAll(io.ports()); // they tell what they can do even when they are closed
            }
        }
        return new ReturnPaths(open, ports[0].queues());
    }

    private static List<ReturnPaths.Mode> ways(ReturnPaths paths) {
        return List.of(paths.mode(0), paths.mode(1));
    }

    @Test
    void predictionComesFirstThenRulesThenHandOver() {
        PortSettings plain = plain(2);
        PortSettings ruled = ruled(2);
        PortSettings hashed = hashed(plain);
        PortSettings both = hashed(ruled);

        assertThat(ways(paths(ruled(1), plain(1)))).containsExactly(OWN, OWN);
        assertThat(ways(paths(hashed, hashed))).containsExactly(PREDICTED, PREDICTED);
        assertThat(ways(paths(both, both))).containsExactly(PREDICTED, PREDICTED);
        assertThat(ways(paths(hashed, ruled))).containsExactly(HANDED_OVER, RULES);
        assertThat(ways(paths(both, ruled))).containsExactly(RULES, RULES);
        assertThat(ways(paths(plain, plain))).containsExactly(HANDED_OVER, HANDED_OVER);
    }

    /// Workers choose from all ports then, and of those of IPv6 each takes its share.
    @Test
    void whatANicSpreadsOfIpv4AloneGoesByLocalPortOverIpv6() {
        int[] redirection = IntStream.range(0, 128).map(entry -> entry % 2).toArray();
        byte[] key = new byte[40];
        Seed.generator().nextBytes(key);
        try (FlowKey answers = new FlowKey()) {
            long addresses = answers.ipv6(1, 2, 3, 4, 0).addresses();
            for (boolean spreads : new boolean[] {true, false}) {
                ReceiveSideScaling scaling = new ReceiveSideScaling(key, redirection, spreads);
                ReturnPaths paths = paths(plain(2).withChooser(new RssSelector(scaling)));
                assertThat(paths.mode(0)).isEqualTo(PREDICTED);
                int agree = 0;
                for (int port = 2000; port < 3000; port++) {
                    int owner = paths.path(0).wideOwner(addresses, LocalPorts.ports(0x901F, port));
                    agree += owner == port % 2 ? 1 : 0;
                }
                if (spreads) {
                    assertThat(agree).isBetween(1, 999);
                } else {
                    assertThat(agree).isEqualTo(1000);
                }
            }
        }
    }

    @Test
    void withoutRulesAllWorkersHaveTheSameShare() {
        ReturnPaths paths = paths(plain(3));

        assertThat(IntStream.range(0, 3).map(worker -> paths.ports(worker).count()))
                .containsExactly(21504, 21503, 21504);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 3, 4, 5, 8, 16, 33, 64})
    void eachLocalPortIsMatchedByOneRuleOfEachProtocolWhichNamesItsWorker(int workers) {
        ReturnPaths paths = paths(plain(workers), ruled(workers));
        List<FlowRule> rules = paths.rules(LOCAL, 7);

        assertThat(rules)
                .allMatch(rule -> rule.destination().equals(LOCAL) && rule.vlan() == 7)
                .hasSizeLessThan(4 * workers);
        int seen = 0;
        for (int worker = 0; worker < workers; worker++) {
            PortPartition partition = paths.ports(worker);
            for (int place = 0; place < partition.count(); place++) {
                int port = partition.port(place);
                for (Protocol protocol : Protocol.values()) {
                    assertThat(queues(rules, protocol, port)).containsExactly(worker);
                }
                seen++;
            }
        }
        assertThat(seen).isEqualTo(64_511);
    }

    private static List<Integer> queues(List<FlowRule> rules, Protocol protocol, int port) {
        return rules.stream()
                .filter(rule -> rule.protocol() == protocol)
                .filter(rule -> (port & rule.portMask()) == rule.port())
                .map(FlowRule::queue)
                .toList();
    }
}
