// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static io.fullnat.core.stack.TestNetwork.TAGGED;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Solicitations, advertisements and questions for duplicates as bytes (RFC 4861 §4.3, §4.4).
class NdRequestsTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String PEER = "2001:db8:1::7";
    private static final String FAR = "2001:db8:f::7";
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final long KNOWN = MacAddress.parse(STATION).bits();
    private static final long UNKNOWN = Ethernet.BROADCAST;
    private static final int OVERRIDE = 0x20;

    private final TestNetwork network = TestNetwork.dual();
    private final NdRequests requests = new NdRequests(network.context, network.states);

    @BeforeEach
    void settle() {
        network.settle();
    }

    @AfterEach
    void close() {
        network.close();
    }

    private boolean ask(Device device, long mac, String address) {
        long[] halves = TestNetwork.halves(address);
        return requests.ask(device, mac, halves[0], halves[1]);
    }

    private void sent(PacketBuilder expected) {
        assertThat(network.out()).containsExactly(expected.toBytes());
    }

    private void forget(String... valid) {
        network.states.replace(List.of());
        for (String address : valid) {
            network.states
                    .replace(List.of(TestNetwork.own(address, 0, false)))
                    .forEach(AddressStates.State::accept);
        }
    }

    @Test
    void whoseMacAddressIsUnknownIsAskedInItsGroupFromItsNetwork() {
        long before = network.count(Counter.NEIGHBOUR_SOLICITATIONS);
        assertThat(ask(LAN, UNKNOWN, PEER)).isTrue();
        sent(NdFrames.solicitation(MAC, OWN, PEER, option(1, MAC)));
        assertThat(network.count(Counter.NEIGHBOUR_SOLICITATIONS)).isEqualTo(before + 1);
    }

    @Test
    void whoseMacAddressIsKnownIsAskedItself() {
        assertThat(ask(TAGGED, KNOWN, "2001:db8:2::7")).isTrue();
        sent(
                NdFrames.solicitation(
                                MAC,
                                "2001:db8:2::1",
                                STATION,
                                "2001:db8:2::7",
                                "2001:db8:2::7",
                                option(1, MAC))
                        .vlan(100));
    }

    @Test
    void whoIsOfNoNetworkIsAskedFromTheLinkLocalAddress() {
        assertThat(ask(LAN, UNKNOWN, FAR)).isTrue();
        sent(NdFrames.solicitation(MAC, LINK_LOCAL, FAR, option(1, MAC)));
        assertThat(ask(LAN, UNKNOWN, "fe80::7")).isTrue();
        sent(NdFrames.solicitation(MAC, LINK_LOCAL, "fe80::7", option(1, MAC)));
    }

    @Test
    void oneDoesNotAskFromAnAddressThatMayBeAnothers() {
        forget(LINK_LOCAL + "/64");
        assertThat(ask(LAN, UNKNOWN, PEER)).isTrue();
        sent(NdFrames.solicitation(MAC, LINK_LOCAL, PEER, option(1, MAC)));
        forget(OWN + "/64");
        assertThat(ask(LAN, UNKNOWN, FAR)).as("any that is valid").isTrue();
        sent(NdFrames.solicitation(MAC, OWN, FAR, option(1, MAC)));
        forget();
        assertThat(ask(LAN, UNKNOWN, PEER)).isFalse();
        assertThat(network.out()).isEmpty();
    }

    @Test
    void groupsAreNobodysNeighbours() {
        assertThat(ask(LAN, UNKNOWN, "ff02::7")).isFalse();
        assertThat(ask(LAN, UNKNOWN, "ff0e::7")).isFalse();
        assertThat(network.out()).isEmpty();
    }

    private boolean announce(Device device, String address) {
        long[] halves = TestNetwork.halves(address);
        return requests.announce(device, halves[0], halves[1]);
    }

    @Test
    void anOwnAddressIsAnnouncedToAll() {
        long before = network.count(Counter.UNSOLICITED_ADVERTISEMENTS);
        assertThat(announce(LAN, OWN)).isTrue();
        sent(NdFrames.advertisement(MAC, OWN, groupMac(ALL), ALL, OVERRIDE, OWN, option(2, MAC)));
        assertThat(network.count(Counter.UNSOLICITED_ADVERTISEMENTS)).isEqualTo(before + 1);
    }

    @Test
    void whatMayBeAnothersIsNotAnnounced() {
        assertThat(announce(LAN, PEER)).isFalse();
        assertThat(announce(TAGGED, OWN)).as("another link's").isFalse();
        forget();
        assertThat(announce(LAN, OWN)).isFalse();
        assertThat(network.out()).isEmpty();
    }

    /// RFC 4862 §5.4.2, RFC 7527 §4.1.
    @Test
    void whoHasAnOwnAddressIsAskedFromNoneWithANonce() {
        long[] own = TestNetwork.halves(OWN);
        assertThat(requests.probeOwn(LAN, own[0], own[1], 0x0102_0304_0506L)).isTrue();
        sent(NdFrames.solicitation(MAC, "::", OWN, option(14, "01:02:03:04:05:06")));
    }

    @Test
    void nobodyHearsAQuestionWhileTheLinkIsDown() {
        long[] own = TestNetwork.halves(OWN);
        network.link.down(true);
        assertThat(requests.probeOwn(LAN, own[0], own[1], 7)).isFalse();
        network.link.down(false);
        assertThat(network.out()).isEmpty();
        assertThat(requests.probeOwn(LAN, own[0], own[1], 7)).isTrue();
        network.out();
    }

    @Test
    void withoutABufferNothingIsSent() {
        PacketBurst all = new PacketBurst(4096);
        while (network.io.buffers().allocate(all)) {
            // until there is none
        }
        long[] own = TestNetwork.halves(OWN);
        assertThat(ask(LAN, UNKNOWN, PEER)).isFalse();
        assertThat(requests.probeOwn(LAN, own[0], own[1], 7)).isFalse();
        assertThat(announce(LAN, OWN)).as("it is ours nevertheless").isTrue();
        network.io.buffers().freeAll(all);
        assertThat(network.out()).isEmpty();
    }
}
