// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What stations of one link say is of that link alone: they have no say in the addresses of
/// another, and may have link-local addresses that we have there.
class TwoLinksTest {
    private static final String OWN = "2001:db8:1::1";

    /// Of VLAN 100.
    private static final String TAGGED = "2001:db8:2::1";

    private static final String ROUTER = "fe80::1";
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final int S = 0x40;
    private static final int O = 0x20;

    private TestNetwork network = TestNetwork.dual();

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void aClaimOfAValidAddressOnAnotherDeviceIsNone() {
        network.settle();
        network.receive6(claim(TAGGED));
        network.receive6(asks(OTHER, TAGGED, OWN));

        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
        assertThat(network.told).isEmpty();
        assertThat(network.out()).isEmpty();

        network.receive6(claim(TAGGED).vlan(100));
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).as("on its own it is one").isOne();
        assertThat(network.out()).hasSize(1);
    }

    @Test
    void aClaimOfATentativeAddressOnAnotherDeviceIsNone() {
        network.links().poll();
        network.out();
        network.receive6(claim(TAGGED));
        network.receive6(asks(OTHER, TAGGED, OWN));
        network.pass(0, 1_000);

        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
        long[] halves = TestNetwork.halves(TAGGED);
        assertThat(network.states.isValid(1, halves[0], halves[1])).isTrue();
    }

    @Test
    void anAddressIsOfItsOwnDeviceAlone() {
        network.settle();
        long[] halves = TestNetwork.halves(TAGGED);

        assertThat(network.states.isValid(0, halves[0], halves[1])).isFalse();
        assertThat(network.states.isValid(1, halves[0], halves[1])).isTrue();
    }

    @Test
    void aNeighbourMayHaveTheLinkLocalAddressThatWeHaveOnAnotherLink() {
        routerTwice();
        int index = network.add(LAN, ROUTER, false);
        network.receive6(
                NdFrames.advertisement(
                        STATION, ROUTER, MAC, LINK_LOCAL, S | O, ROUTER, option(2, STATION)));

        assertThat(network.state(index)).isEqualTo(AdjacencyTable.REACHABLE);
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }

    @Test
    void whoAsksFromALinkLocalAddressThatWeHaveOnAnotherLinkIsAnswered() {
        routerTwice();
        network.receive6(asks(STATION, ROUTER, OWN));

        assertThat(network.out())
                .containsExactly(
                        NdFrames.advertisement(
                                        MAC, OWN, STATION, ROUTER, S | O, OWN, option(2, MAC))
                                .toBytes());
        assertThat(network.macOf(network.find(ROUTER))).isEqualTo(STATION);
        network.receive6(claim(ROUTER).vlan(100));
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).as("where it is ours").isOne();
        network.out();
    }

    @Test
    void aLinkLocalAddressOfTwoDevicesIsDefendedAndFollowedWhereItIsClaimed() {
        long now = network.settle();
        network.receive6(claim(LINK_LOCAL));
        assertThat(network.out()).containsExactly(announced().toBytes());
        network.pass(now, now + 5_100); // looked at once a second
        assertThat(network.out())
                .as("is the other one still there?")
                .hasSize(1)
                .allMatch(frame -> isProbe(frame, 14));

        network.receive6(claim(LINK_LOCAL).vlan(100));
        assertThat(network.out())
                .as("ten seconds are not over, but on the other link")
                .containsExactly(announced().vlan(100).toBytes());
        network.pass(now + 5_100, now + 10_200);
        assertThat(network.out())
                .satisfiesExactlyInAnyOrder(
                        frame -> assertThat(isProbe(frame, 14)).isTrue(),
                        frame -> assertThat(isProbe(frame, 18)).isTrue());
    }

    @Test
    void aConflictEndsWithTheAddressOfItsDevice() {
        network.close();
        network = new TestNetwork(NeighbourSettings.DEFAULT, withRouter(0, 1));
        long now = network.settle();
        network.receive6(claim(ROUTER));
        assertThat(network.out()).hasSize(1);
        network.context.view(withRouter(1));
        network.pass(now, now + 11_000);

        assertThat(network.out())
                .as("nobody claims that of the other device")
                .noneMatch(frame -> isProbe(frame, 18));
    }

    /// On VLAN 100 the address of the other link's router is ours.
    private void routerTwice() {
        network.close();
        network = new TestNetwork(NeighbourSettings.DEFAULT, withRouter(1));
        network.settle();
    }

    private static NetworkView withRouter(int... devices) {
        NetworkView.Own[] owned = new NetworkView.Own[devices.length + 2];
        for (int i = 0; i < devices.length; i++) {
            owned[i] = TestNetwork.own(ROUTER + "/64", devices[i], false);
        }
        owned[devices.length] = TestNetwork.own(OWN + "/64", 0, false);
        owned[devices.length + 1] = TestNetwork.own(TAGGED + "/64", 1, false);
        return TestNetwork.dualView(owned);
    }

    private static PacketBuilder claim(String address) {
        return NdFrames.advertisement(
                OTHER, address, groupMac(ALL), ALL, O, address, option(2, OTHER));
    }

    private static PacketBuilder asks(String mac, String source, String target) {
        return NdFrames.solicitation(mac, source, target, option(1, mac));
    }

    private static PacketBuilder announced() {
        return NdFrames.advertisement(
                MAC, LINK_LOCAL, groupMac(ALL), ALL, O, LINK_LOCAL, option(2, MAC));
    }

    private static boolean isProbe(byte[] frame, int link) {
        boolean tagged = frame[12] == (byte) 0x81;
        return tagged == (link == 18) && frame[link + 40] == (byte) 135;
    }
}
