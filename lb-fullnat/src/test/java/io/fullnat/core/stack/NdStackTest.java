// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.isRight;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.packet.NdFrames.solicitedNode;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Neighbour discovery over a wire ([NdStack]): what others have got wrong (names N01 and so on),
/// and the rules of RFC 4861 besides.
class NdStackTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String LOCAL = "2001:db8:1::100";
    private static final String PEER = "2001:db8:1::7";
    private static final String GATEWAY = "2001:db8:1::fe";
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String ROUTER = "fe80::1";
    private static final int S = 0x40;
    private static final int O = 0x20;
    private static final int R = 0x80;

    private TestNetwork network = TestNetwork.dual();
    private long now;

    @BeforeEach
    void settle() {
        now = network.settle();
    }

    @AfterEach
    void close() {
        network.close();
    }

    // N01: only what was asked for confirms, and our flags are where they belong.

    @Test
    void n01OurAnswerHasFlags60AndOnlyAnAnswerConfirms() {
        Outcome outcome = network.receive6(asks(PEER, OWN));

        assertThat(outcome).isEqualTo(Outcome.DISCOVERY);
        byte[] answer = network.out().getFirst();
        assertThat(answer).isEqualTo(answered(STATION, OWN, PEER, S | O));
        assertThat(answer[14 + 40 + 4] & 0xFF).as("the flags' octet").isEqualTo(0x60);

        int index = network.find(PEER);
        assertThat(network.state(index)).as("asking is no proof").isEqualTo(AdjacencyTable.STALE);
        network.receive6(says(PEER, O, PEER, STATION));
        assertThat(network.state(index)).as("S=0").isEqualTo(AdjacencyTable.STALE);
        network.receive6(says(PEER, S | O, PEER, STATION));
        assertThat(network.state(index)).as("S=1").isEqualTo(AdjacencyTable.REACHABLE);
    }

    @Test
    void n01TrafficOf20SecondsKeepsAnAnsweringPeer() {
        int index = network.add(LAN, PEER, true);
        network.adjacencies.keep(index);
        network.learn(ArpStack.NeighbourUpdates.ANSWERED, PEER, STATION);
        int asked = 0;
        for (int ms = 0; ms < 20_000; ms += 100) {
            network.pass(now, now + 100);
            now += 100;
            network.neighbours().use(index);
            for (byte[] frame : network.out()) {
                assertThat(frame)
                        .isEqualTo(
                                NdFrames.solicitation(MAC, OWN, STATION, PEER, PEER, option(1, MAC))
                                        .toBytes());
                asked++;
                network.receive6(says(PEER, S, PEER, STATION));
            }
            assertThat(network.state(index)).isNotEqualTo(AdjacencyTable.INCOMPLETE);
        }
        assertThat(asked).isBetween(3, 5);
        assertThat(network.count(Counter.NEIGHBOUR_SOLICITATIONS)).isGreaterThanOrEqualTo(asked);
    }

    // N02: the key is the target, no matter who says it and which worker hears it.

    @Test
    void n02TheTargetIsTheKeyAndTheOptionHasTheMac() {
        int index = network.nextHop("2001:db8:f::9");
        assertThat(network.find(GATEWAY)).isEqualTo(index);
        Frame waiting = network.frame(NdFrames.solicitation(STATION, PEER, OWN));
        assertThat(network.neighbours().await(index, waiting)).isNull();

        network.receive6(
                NdFrames.advertisement(
                        OTHER, ROUTER, MAC, OWN, R | S | O, GATEWAY, option(2, STATION)));

        assertThat(network.resumed).hasSize(1);
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(network.state(index)).isEqualTo(AdjacencyTable.REACHABLE);
        assertThat(network.find(ROUTER)).as("the source").isEqualTo(AdjacencyTable.NONE);
        assertThat(network.learnt).containsExactly("2 " + GATEWAY + " " + STATION);
        network.out();
    }

    @Test
    void n02AnAnswerForAnotherWorkerIsPassedOn() {
        network.receive6(
                NdFrames.advertisement(
                        STATION, ROUTER, MAC, OWN, S | O, GATEWAY, option(2, STATION)));
        assertThat(network.learnt).containsExactly("2 " + GATEWAY + " " + STATION);

        network.receive6(NdFrames.advertisement(STATION, GATEWAY, MAC, OWN, S, GATEWAY));
        assertThat(network.learnt)
                .as("without a MAC address it confirms the one that is known")
                .hasSize(2)
                .contains("2 " + GATEWAY + " 00:00:00:00:00:00");
    }

    // N03: option 2 and O=1; silence about what is not ours.

    @ParameterizedTest
    @ValueSource(strings = {OWN, LOCAL, LINK_LOCAL})
    void n03AnAnswerToTheGroupHasTheOptionAndTheFlag(String ours) {
        network.receive6(asks(PEER, ours));

        List<byte[]> out = network.out();
        assertThat(out).containsExactly(answered(STATION, ours, PEER, S | O));
        assertThat(isRight(out.getFirst())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2001:db8:1::2", "2001:db8:2::1", "2001:db8:9::1", "fe80::1234"})
    void n03SilenceAboutWhatIsNotOurs(String target) {
        network.receive6(
                NdFrames.solicitation(STATION, PEER, MAC, OWN, target, option(1, STATION)));
        network.receive6(
                NdFrames.solicitation(
                        STATION,
                        PEER,
                        groupMac(solicitedNode(OWN)),
                        solicitedNode(OWN),
                        target,
                        option(1, STATION)));

        assertThat(network.out()).isEmpty();
        assertThat(network.find(PEER)).as("nor is the asker noted").isEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void n03AQuestionToAGroupThatIsNotOursIsAnotherHosts() {
        assertThat(network.receive6(asks(PEER, "2001:db8:1::3"))).isEqualTo(Outcome.OTHER_HOST);
        assertThat(
                        network.receive6(
                                NdFrames.solicitation(
                                        STATION, PEER, groupMac(solicitedNode(OWN)), OWN, OWN)))
                .as("one address in a frame for a group")
                .isEqualTo(Outcome.OTHER_HOST);
    }

    // N04: announcements.

    @Test
    void n04AnAddressIsAnnouncedToAllTwiceWithOverrideAndOption2() {
        network.announce(LOCAL + "/128");
        network.links().poll();
        byte[] announced =
                NdFrames.advertisement(MAC, LOCAL, groupMac(ALL), ALL, O, LOCAL, option(2, MAC))
                        .toBytes();
        assertThat(network.out()).containsExactly(announced);
        network.pass(now, now + 1_900);
        assertThat(network.out()).isEmpty();
        network.pass(now + 1_900, now + 2_000);
        assertThat(network.out()).containsExactly(announced);
        network.pass(now + 2_000, now + 9_000);
        assertThat(network.out()).isEmpty();
        assertThat(network.count(Counter.UNSOLICITED_ADVERTISEMENTS))
                .as("with those of the five addresses at the start")
                .isEqualTo(12);
    }

    @Test
    void n04ANeighbourThatMovedIsFollowedOnceItsOldMacIsSilent() {
        int index = resolved(PEER);
        network.receive6(
                NdFrames.advertisement(OTHER, PEER, groupMac(ALL), ALL, O, PEER, option(2, OTHER)));
        assertThat(network.macOf(index)).as("the old one is asked first").isEqualTo(STATION);
        network.pass(now, now + NeighbourMoves.DECISION_MS + 100);
        assertThat(network.macOf(index)).isEqualTo(OTHER);
        assertThat(network.out()).isNotEmpty();
    }

    @Test
    void n04WhereMovesAreNotVerifiedOverrideDecides() {
        network.close();
        network = new TestNetwork(new NeighbourSettings(false, true), TestNetwork.dualView());
        now = network.settle();
        int index = resolved(PEER);
        network.receive6(says(PEER, S, PEER, OTHER));
        assertThat(network.macOf(index)).as("O=0").isEqualTo(STATION);
        assertThat(network.state(index)).as("but in doubt").isEqualTo(AdjacencyTable.STALE);
        network.receive6(says(PEER, O, PEER, OTHER));
        assertThat(network.macOf(index)).as("O=1").isEqualTo(OTHER);
        assertThat(network.state(index)).isEqualTo(AdjacencyTable.STALE);
    }

    // N05: a unicast probe without an option.

    @Test
    void n05AUnicastProbeWithoutOptionIsAnswered() {
        network.receive6(NdFrames.solicitation(STATION, PEER, MAC, LOCAL, LOCAL));

        assertThat(network.out()).containsExactly(answered(STATION, LOCAL, PEER, S | O));
        assertThat(network.find(PEER)).isEqualTo(AdjacencyTable.NONE);
    }

    // N08: groups have no neighbours.

    @Test
    void n08AGroupIsNeverResolved() {
        assertThat(network.nextHop(ALL)).isEqualTo(AdjacencyTable.NONE);
        network.pass(now, now + 3_000);
        assertThat(network.adjacencies.size()).isZero();
        assertThat(network.out()).isEmpty();
        assertThat(groupMac(ALL)).isEqualTo("33:33:00:00:00:01");
        network.receive6(says(PEER, S | O, "ff02::7", STATION));
        assertThat(network.find("ff02::7")).isEqualTo(AdjacencyTable.NONE);
    }

    // N09: questions for duplicates.

    @Test
    void n09AProbeForOursIsAnsweredToAll() {
        network.receive6(NdFrames.solicitation(STATION, "::", LOCAL));

        assertThat(network.out())
                .containsExactly(
                        NdFrames.advertisement(
                                        MAC, LOCAL, groupMac(ALL), ALL, O, LOCAL, option(2, MAC))
                                .toBytes());
    }

    @Test
    void n09AProbeWithALinkAddressOrToOneAddressIsNone() {
        assertThat(network.receive6(NdFrames.solicitation(STATION, "::", OWN, option(1, STATION))))
                .isEqualTo(Outcome.BAD_DISCOVERY);
        assertThat(network.receive6(NdFrames.solicitation(STATION, "::", MAC, OWN, OWN)))
                .isEqualTo(Outcome.BAD_DISCOVERY);
        assertThat(network.receive6(NdFrames.solicitation(STATION, "::", groupMac(ALL), ALL, OWN)))
                .isEqualTo(Outcome.BAD_DISCOVERY);
        assertThat(network.out()).isEmpty();
    }

    // N11: from which address one asks.

    @Test
    void n11OnlySingleAddressesTheGatewayIsAskedFromTheLinkLocalOne() {
        network.close();
        network =
                new TestNetwork(
                        NeighbourSettings.DEFAULT,
                        TestNetwork.dualView(TestNetwork.own("2001:db8:99::80/128", 0, false)));
        now = network.settle();
        int index = network.nextHop("2001:db8:f::9");
        network.requests().ask(index, 0xFFFF_FFFF_FFFFL);

        assertThat(network.out())
                .containsExactly(
                        NdFrames.solicitation(MAC, LINK_LOCAL, GATEWAY, option(1, MAC)).toBytes());
    }

    @Test
    void n11OfTheNetworkWhereThereIsOne() {
        network.requests().ask(network.add(LAN, PEER, false), 0xFFFF_FFFF_FFFFL);
        assertThat(network.out())
                .containsExactly(NdFrames.solicitation(MAC, OWN, PEER, option(1, MAC)).toBytes());
        network.requests().ask(network.add(LAN, ROUTER, false), 0xFFFF_FFFF_FFFFL);
        assertThat(network.out())
                .containsExactly(
                        NdFrames.solicitation(MAC, LINK_LOCAL, ROUTER, option(1, MAC)).toBytes());
    }

    @Test
    void n11NothingIsAskedFromAnAddressThatMayBeAnothers() {
        network.close();
        network = TestNetwork.dual(); // nothing is sure yet
        boolean asked = network.requests().ask(network.add(LAN, PEER, false), 0xFFFF_FFFF_FFFFL);

        assertThat(asked).isFalse();
        assertThat(network.out()).isEmpty();
    }

    // N12: a scan of unused addresses.

    @Test
    void n12AScanOfUnusedAddressesCostsNoServer() {
        int server = resolved(GATEWAY);
        network.adjacencies.keep(server);
        int client = resolved(PEER);
        network.adjacencies.refer(client);
        for (int i = 0; i < 5_000; i++) {
            int index = network.nextHop("2001:db8:1::2:%x".formatted(i));
            assertThat(index).as("%d", i).isNotEqualTo(AdjacencyTable.NONE);
            if (i % 8 == 0) {
                Frame frame = network.frame(NdFrames.solicitation(STATION, PEER, OWN));
                assertThat(network.neighbours().await(index, frame)).isNull();
            }
            if (i % 64 == 63) {
                now += 1;
                network.at(now);
                network.links().poll();
                network.out();
                assertThat(network.adjacencies.unresolved())
                        .isLessThanOrEqualTo(AdjacencyTable.MAX_UNRESOLVED);
            }
        }
        assertThat(network.find(GATEWAY)).isEqualTo(server);
        assertThat(network.find(PEER)).isEqualTo(client);
        assertThat(network.macOf(client)).isEqualTo(STATION);
        assertThat(network.adjacencies.size()).isLessThan(AdjacencyTable.MAX_UNRESOLVED + 3);
        assertThat(network.count(Counter.NEIGHBOURS_EVICTED)).isGreaterThan(2_000);
    }

    // What RFC 4861 asks for besides.

    @Test
    void anAnswerToAllIsNoneIfItSaysSo() {
        assertThat(
                        network.receive6(
                                NdFrames.advertisement(
                                        STATION,
                                        PEER,
                                        groupMac(ALL),
                                        ALL,
                                        S | O,
                                        PEER,
                                        option(2, STATION))))
                .isEqualTo(Outcome.BAD_DISCOVERY);
    }

    @Test
    void anAdvertisementAddsNobody() {
        network.receive6(says(PEER, S | O, PEER, STATION));
        network.receive6(says(PEER, O, PEER, STATION));

        assertThat(network.adjacencies.size()).isZero();
    }

    @Test
    void aWaitEndsByWhatHasAMacAddressAlone() {
        int index = network.add(LAN, PEER, false);
        network.receive6(NdFrames.advertisement(STATION, PEER, MAC, OWN, S | O, PEER));
        assertThat(network.state(index)).isEqualTo(AdjacencyTable.INCOMPLETE);
        network.receive6(says(PEER, 0, PEER, STATION));
        assertThat(network.state(index)).as("S=0").isEqualTo(AdjacencyTable.STALE);
        assertThat(network.macOf(index)).isEqualTo(STATION);
    }

    @Test
    void aClaimOfAnOwnAddressIsToldAndAnsweredByAnAnnouncement() {
        network.receive6(
                NdFrames.advertisement(OTHER, OWN, groupMac(ALL), ALL, O, OWN, option(2, OTHER)));

        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isOne();
        assertThat(network.told).containsExactly("3 " + OWN + " " + OTHER);
        assertThat(network.out())
                .containsExactly(
                        NdFrames.advertisement(MAC, OWN, groupMac(ALL), ALL, O, OWN, option(2, MAC))
                                .toBytes());
        network.receive6(NdFrames.solicitation(OTHER, OWN, LOCAL, option(1, OTHER)));
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isEqualTo(2);
        assertThat(network.out()).as("nor is it answered").isEmpty();
        assertThat(network.find(OWN)).isEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void whatComesBackOfOursIsNothing() {
        PacketBuilder announced =
                NdFrames.advertisement(MAC, OWN, groupMac(ALL), ALL, O, OWN, option(2, MAC));
        assertThat(network.receive6(announced)).isEqualTo(Outcome.DISCOVERY_IGNORED);
        PacketBuilder asked = NdFrames.solicitation(MAC, OWN, LOCAL, option(1, MAC));
        assertThat(network.receive6(asked)).isEqualTo(Outcome.DISCOVERY_IGNORED);
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }

    @Test
    void onAVlanItsOwnAddressesAreAnsweredInItsTag() {
        PacketBuilder asked =
                NdFrames.solicitation(STATION, "2001:db8:2::7", "2001:db8:2::1", option(1, STATION))
                        .vlan(100);
        network.receive6(asked);
        assertThat(network.out())
                .containsExactly(
                        NdFrames.advertisement(
                                        MAC,
                                        "2001:db8:2::1",
                                        STATION,
                                        "2001:db8:2::7",
                                        S | O,
                                        "2001:db8:2::1",
                                        option(2, MAC))
                                .vlan(100)
                                .toBytes());
        network.receive6(asks("2001:db8:1::7", "2001:db8:2::1"));
        assertThat(network.out()).as("on the port it is not").isEmpty();
    }

    private int resolved(String address) {
        int index = network.add(LAN, address, false);
        network.learn(ArpStack.NeighbourUpdates.ANSWERED, address, STATION);
        return index;
    }

    private static PacketBuilder asks(String source, String target) {
        return NdFrames.solicitation(STATION, source, target, option(1, STATION));
    }

    private static PacketBuilder says(String source, int flags, String target, String mac) {
        return NdFrames.advertisement(STATION, source, MAC, OWN, flags, target, option(2, mac));
    }

    private static byte[] answered(String toMac, String ours, String peer, int flags) {
        return NdFrames.advertisement(MAC, ours, toMac, peer, flags, ours, option(2, MAC))
                .toBytes();
    }
}
