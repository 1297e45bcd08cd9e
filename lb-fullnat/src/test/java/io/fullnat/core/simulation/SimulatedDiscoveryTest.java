// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.packet.NdFrames.solicitedNode;
import static io.fullnat.core.simulation.OneHost.MAC;
import static io.fullnat.core.simulation.OneHost.OWN_6;
import static io.fullnat.core.simulation.OneHost.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Neighbour discovery of a host as bytes (RFC 4861 §7.2).
class SimulatedDiscoveryTest {
    private static final String OTHER = "2001:db8::2";
    private static final String ALL = "ff02::1";
    private static final int SOLICITED = 0x40;
    private static final int OVERRIDE = 0x20;

    private final OneHost one = new OneHost();
    private final NeighbourCache neighbours =
            new NeighbourCache(one.host, one.outbox, address -> {});
    private final SimulatedDiscovery discovery =
            new SimulatedDiscovery(one.host, neighbours, one.outbox);
    private final Region memory = Region.allocate(2048, "a frame");

    @AfterEach
    void close() {
        memory.close();
        one.close();
    }

    private void receive(PacketBuilder packet) {
        int length = packet.writeTo(memory.address());
        long ip = memory.address() + Ethernet.HEADER_LENGTH;
        Ipv6Chain chain = new Ipv6Chain();
        assertThat(chain.walk(ip, length - Ethernet.HEADER_LENGTH)).isEqualTo(Ipv6Chain.RIGHT);
        discovery.receive(IpPacket.ofIpv6(ip, chain));
    }

    private boolean knows(String address) {
        return neighbours
                .find(IpAddress.parse(address))
                .filter(MacAddress.parse(PEER)::equals)
                .isPresent();
    }

    private static PacketBuilder asks(String from) {
        return NdFrames.solicitation(PEER, from, OWN_6, option(1, PEER));
    }

    private static PacketBuilder says(int flags, String target, byte[]... options) {
        return NdFrames.advertisement(PEER, OTHER, MAC, OWN_6, flags, target, options);
    }

    /// The host's own neighbours are asked for the way back, so the answer waits for them.
    @Test
    void whoAsksIsKnownAndAnswered() {
        receive(asks(OTHER));
        assertThat(knows(OTHER)).isTrue();
        assertThat(one.out())
                .containsExactly(
                        NdFrames.solicitation(MAC, OWN_6, OTHER, option(1, MAC)).toBytes());
        assertThat(one.host.counters().malformed()).isZero();
    }

    /// Somebody looks for a duplicate (RFC 4862 §5.4.3): all are told.
    @Test
    void whoAsksFromNoAddressIsToldByAnAnnouncement() {
        receive(NdFrames.solicitation(PEER, "::", OWN_6));
        assertThat(one.out())
                .containsExactly(
                        NdFrames.advertisement(
                                        MAC,
                                        OWN_6,
                                        groupMac(ALL),
                                        ALL,
                                        OVERRIDE,
                                        OWN_6,
                                        option(2, MAC))
                                .toBytes());
        assertThat(knows("::")).isFalse();
    }

    @Test
    void questionsForOthersAreLeftToThem() {
        receive(NdFrames.solicitation(PEER, OTHER, "2001:db8::3", option(1, PEER)));
        assertThat(one.out()).isEmpty();
        assertThat(knows(OTHER)).isFalse();
    }

    @Test
    void aQuestionWithoutALinkAddressTeachesNothing() {
        receive(NdFrames.solicitation(PEER, OTHER, OWN_6));
        assertThat(knows(OTHER)).isFalse();
    }

    @Test
    void onlyAnswersOfUseAreLearnt() {
        receive(says(SOLICITED | OVERRIDE, OTHER, option(2, PEER)));
        assertThat(knows(OTHER)).as("nobody has asked").isFalse();
        neighbours.send(new byte[60], IpAddress.parse(OTHER));
        receive(says(SOLICITED, OTHER));
        assertThat(knows(OTHER)).as("without an address").isFalse();
        receive(says(SOLICITED, "2001:db8::3", option(2, PEER)));
        assertThat(knows(OTHER)).as("of another").isFalse();
        receive(says(SOLICITED, OTHER, option(2, PEER)));
        assertThat(knows(OTHER)).isTrue();
    }

    /// RFC 4861 §7.2.5: who is known stays known but for the flag "override".
    @Test
    void whoIsKnownIsReplacedOnlyByTheFlagOverride() {
        neighbours.learn(IpAddress.parse(OTHER), MacAddress.BROADCAST);
        receive(says(SOLICITED, OTHER, option(2, PEER)));
        assertThat(knows(OTHER)).isFalse();
        receive(says(OVERRIDE, OTHER, option(2, PEER)));
        assertThat(knows(OTHER)).isTrue();
    }

    /// RFC 4861 §7.1.
    @Test
    void aMessageThatMayBeFromAfarOrIsCutIsMalformed() {
        receive(asks(OTHER).timeToLive(254));
        receive(NdFrames.message(PEER, OTHER, MAC, OWN_6, 135, 0).payload(new byte[15]));
        receive(NdFrames.solicitation(PEER, OTHER, OWN_6, new byte[] {1, 0, 2, 0, 0, 0, 0, 2}));
        receive(
                PacketBuilder.ethernet(PEER, MAC)
                        .ipv6(OTHER, OWN_6)
                        .timeToLive(255)
                        .icmp(135, 1, 0)
                        .payload(new byte[16]));
        assertThat(one.host.counters().malformed()).isEqualTo(4);
        assertThat(one.out()).isEmpty();
        assertThat(knows(OTHER)).isFalse();
    }

    @Test
    void theHostAsksInTheSolicitedNodeGroup() {
        discovery.ask(IpAddress.parse("2001:db8::ff:1234"));
        assertThat(solicitedNode("2001:db8::ff:1234")).isEqualTo("ff02::1:ffff:1234");
        assertThat(one.out())
                .containsExactly(
                        NdFrames.solicitation(MAC, OWN_6, "2001:db8::ff:1234", option(1, MAC))
                                .toBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "ff02::1, true",
        "ff02::1:ff00:1, true",
        "ff02::1:ff00:2, false",
        "ff02::2, false",
        "2001:db8::1, false"
    })
    void theHostListensToAllStationsAndWhereItIsAskedFor(String group, boolean joined) {
        assertThat(discovery.isJoined(IpAddress.parse(group))).isEqualTo(joined);
    }

    @ParameterizedTest
    @CsvSource({"133, false", "134, false", "135, true", "136, true", "137, false", "128, false"})
    void solicitationsAndAdvertisementsAreTaken(int type, boolean taken) {
        assertThat(SimulatedDiscovery.takes(type)).isEqualTo(taken);
    }
}
