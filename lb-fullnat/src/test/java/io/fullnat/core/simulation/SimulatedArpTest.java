// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static io.fullnat.core.simulation.OneHost.ALL;
import static io.fullnat.core.simulation.OneHost.MAC;
import static io.fullnat.core.simulation.OneHost.NONE;
import static io.fullnat.core.simulation.OneHost.OWN;
import static io.fullnat.core.simulation.OneHost.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// ARP as bytes (RFC 826, RFC 5227 §2.1.1).
class SimulatedArpTest {
    private static final int REQUEST = 1;
    private static final int REPLY = 2;
    private static final String ASKER = "10.0.0.2";

    private final OneHost one = new OneHost();
    private final NeighbourCache neighbours =
            new NeighbourCache(one.host, one.outbox, address -> {});
    private final SimulatedArp arp = new SimulatedArp(one.host, neighbours, one.outbox);
    private final Region memory = Region.allocate(256, "a frame");

    @AfterEach
    void close() {
        memory.close();
        one.close();
    }

    private static byte[] packet(
            String from, String to, int operation, String sender, String targetMac, String target) {
        return PacketBuilder.ethernet(from, to)
                .arp(operation, from, sender, targetMac, target)
                .toBytes();
    }

    private void receive(int operation, String sender, String target) {
        PacketBuilder.ethernet(PEER, ALL)
                .arp(operation, PEER, sender, NONE, target)
                .writeTo(memory.address());
        arp.receive(memory.address() + Ethernet.HEADER_LENGTH);
    }

    private boolean knows(String address) {
        return neighbours
                .find(IpAddress.parse(address))
                .filter(MacAddress.parse(PEER)::equals)
                .isPresent();
    }

    @Test
    void whoAsksForTheHostIsAnsweredAndKnown() {
        receive(REQUEST, ASKER, OWN);
        assertThat(one.out()).containsExactly(packet(MAC, PEER, REPLY, OWN, PEER, ASKER));
        assertThat(knows(ASKER)).isTrue();
    }

    @Test
    void anAnswerIsNotAnswered() {
        receive(REPLY, ASKER, OWN);
        assertThat(one.out()).isEmpty();
        assertThat(knows(ASKER)).isTrue();
    }

    @Test
    void whatIsForOthersIsLeftToThem() {
        receive(REQUEST, ASKER, "10.0.0.3");
        assertThat(one.out()).isEmpty();
        assertThat(knows(ASKER)).isFalse();
    }

    /// RFC 826: the merge flag.
    @Test
    void whoIsKnownIsKnownBetterByWhateverItSays() {
        neighbours.learn(IpAddress.parse(ASKER), MacAddress.BROADCAST);
        receive(REQUEST, ASKER, "10.0.0.3");
        assertThat(knows(ASKER)).isTrue();
        assertThat(one.out()).isEmpty();
    }

    /// A probe comes from nobody, who is not to be learnt.
    @Test
    void aProbeForTheHostsAddressIsAnswered() {
        receive(REQUEST, "0.0.0.0", OWN);
        assertThat(one.out()).containsExactly(packet(MAC, PEER, REPLY, OWN, PEER, "0.0.0.0"));
        assertThat(knows("0.0.0.0")).isFalse();
    }

    @Test
    void theHostAsksAndAnnouncesToAll() {
        arp.ask(IpAddress.parse(ASKER));
        arp.announce(IpAddress.parse(OWN));
        assertThat(one.out())
                .containsExactly(
                        packet(MAC, ALL, REQUEST, OWN, NONE, ASKER),
                        packet(MAC, ALL, REQUEST, OWN, NONE, OWN));
    }
}
