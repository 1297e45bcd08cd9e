// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.TestNetwork.ALL;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static io.fullnat.core.stack.TestNetwork.asked;
import static io.fullnat.core.stack.TestNetwork.reply;
import static io.fullnat.core.stack.TestNetwork.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is answered, heard, announced and defended by ARP: [ArpStack] with its [LinkAnswers],
/// [ArpRequests], [Announcer] and [AddressDefence].
class ArpStackTest {
    private TestNetwork network = new TestNetwork();

    @AfterEach
    void close() {
        network.close();
    }

    private static byte[] answer(String address, String receiver) {
        return PacketBuilder.ethernet(MAC, STATION)
                .arp(2, MAC, address, STATION, receiver)
                .toBytes();
    }

    @Test
    void aRequestForAnOwnAddressIsAnsweredInItsOwnBuffer() {
        network.receive(request(STATION, "10.0.1.7", "10.0.1.1"));
        network.receive(request(STATION, "10.0.1.7", "10.0.1.100"));

        assertThat(network.out())
                .containsExactly(answer("10.0.1.1", "10.0.1.7"), answer("10.0.1.100", "10.0.1.7"));
        assertThat(network.count(Outcome.ARP)).isEqualTo(2);
        assertThat(network.count(Counter.ARP_REPLIES)).isEqualTo(2);
        assertThat(network.io.buffers().inUse()).isZero();
    }

    @Test
    void anAddressOfAnotherDeviceOrOfNobodyIsNotAnswered() {
        network.receive(request(STATION, "10.0.1.7", "10.0.2.1"));
        network.receive(request(STATION, "10.0.1.7", "10.0.1.8"));
        network.receive(reply(STATION, "10.0.1.7"));

        assertThat(network.out()).isEmpty();
        assertThat(network.count(Outcome.ARP)).isEqualTo(3);
        network.receive(
                PacketBuilder.ethernet(STATION, ALL)
                        .vlan(100)
                        .arp(1, STATION, "10.0.2.7", "00:00:00:00:00:00", "10.0.2.1"));
        assertThat(network.out())
                .as("with the tag of the request")
                .hasSize(1)
                .allMatch(f -> f[12] == (byte) 0x81);
    }

    @Test
    void whatIsNoArpOfEthernetAndIpv4IsDropped() {
        network.receive(request(STATION, "10.0.1.7", "10.0.1.1").truncate(41));
        byte[] packet = request(STATION, "10.0.1.7", "10.0.1.1").toBytes();
        packet[21] = 3; // a reverse request
        network.receive(
                PacketBuilder.ethernet(STATION, ALL)
                        .type(0x0806)
                        .payload(Arrays.copyOfRange(packet, 14, packet.length)));

        assertThat(network.count(Outcome.TRUNCATED)).isOne();
        assertThat(network.count(Outcome.MALFORMED)).isOne();
        assertThat(network.out()).isEmpty();
    }

    @Test
    void whoAsksUsIsRememberedAndNobodyElse() {
        network.receive(request(STATION, "10.0.1.7", "10.0.1.1"));
        network.receive(request(STATION, "10.0.1.8", "10.0.1.9"));
        network.receive(request(STATION, "0.0.0.0", "10.0.1.1"));
        network.receive(request(STATION, "203.0.113.7", "10.0.1.1"));
        network.receive(request("03:00:00:00:00:51", "10.0.1.10", "10.0.1.1"));
        network.receive(request(MAC, "10.0.1.11", "10.0.1.1"));

        assertThat(network.find("10.0.1.7")).isNotEqualTo(AdjacencyTable.NONE);
        assertThat(network.adjacencies.size()).isOne();
        assertThat(network.macOf(network.find("10.0.1.7"))).isEqualTo(STATION);
        assertThat(network.state(network.find("10.0.1.7")))
                .as("it has not answered")
                .isEqualTo(AdjacencyTable.STALE);
    }

    @Test
    void anAnswerThatAnotherWorkerMayAwaitIsTold() {
        network.receive(reply(STATION, "10.0.1.7"));
        network.receive(request(STATION, "10.0.1.8", "10.0.1.9"));

        assertThat(network.learnt)
                .containsExactly(ArpStack.NeighbourUpdates.ANSWERED + " 10.0.1.7 " + STATION);
    }

    @Test
    void ourRequestsHaveAnOwnAddressOfTheNetworkAndAreLimited() {
        int index = network.add(LAN, "10.0.1.7", false);
        NeighbourRequests requests = network.requests();

        assertThat(requests.ask(index, 0xFFFF_FFFF_FFFFL)).isTrue();
        assertThat(network.out()).containsExactly(asked(ALL, "10.0.1.1", "10.0.1.7"));
        int more = 1;
        while (requests.ask(index, 0xFFFF_FFFF_FFFFL)) {
            network.out();
            more++;
        }
        network.out();
        assertThat(more).isEqualTo(RequestBudget.BURST);
        assertThat(network.count(Counter.ARP_REQUESTS_SUPPRESSED)).isOne();
        network.adjacencies.keep(index);
        assertThat(requests.ask(index, 0xFFFF_FFFF_FFFFL))
                .as("what the configuration names has a budget of its own")
                .isTrue();
    }

    @Test
    void withoutABufferNothingIsAsked() {
        int index = network.add(LAN, "10.0.1.7", false);
        NeighbourRequests requests = network.requests();
        PacketBurst all = new PacketBurst(2048);
        while (!all.isFull() && network.io.buffers().allocate(all)) {
            assertThat(all.size()).isPositive();
        }

        requests.ask(index, 0xFFFF_FFFF_FFFFL);

        assertThat(network.out()).isEmpty();
        assertThat(network.count(Counter.ARP_REQUESTS)).isZero();
        network.io.buffers().freeAll(all);
    }

    @Test
    void anAddressIsAnnouncedTwiceUnlessItHasGone() {
        network.announce("10.0.1.1/24");
        network.announce("10.0.1.55/24"); // ours no more
        network.links().poll();
        assertThat(network.out()).containsExactly(asked(ALL, "10.0.1.1", "10.0.1.1"));

        network.at(1_999);
        network.links().poll();
        assertThat(network.out()).isEmpty();
        network.at(2_000);
        network.links().poll();
        assertThat(network.out()).containsExactly(asked(ALL, "10.0.1.1", "10.0.1.1"));
        network.pass(2_000, 10_000);
        assertThat(network.out()).isEmpty();
        assertThat(network.count(Counter.ARP_ANNOUNCEMENTS)).isEqualTo(2);
    }

    @Test
    void aClaimedAddressIsDefendedAndLookedAfterWhileTheConflictLasts() {
        network.receive(request(OTHER, "10.0.1.1", "10.0.1.1"));
        List<byte[]> first = network.out();
        assertThat(first.getFirst()).isEqualTo(asked(ALL, "10.0.1.1", "10.0.1.1"));
        assertThat(network.told)
                .containsExactly(NeighbourNews.ADDRESS_CONFLICT + " 10.0.1.1 " + OTHER);
        network.receive(reply(OTHER, "10.0.1.1"));
        assertThat(network.out()).as("ten seconds are not over").isEmpty();
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isEqualTo(2);

        network.pass(0, 5_100); // looked at once a second
        assertThat(network.out())
                .as("is the other one still there?")
                .containsExactly(asked(ALL, "0.0.0.0", "10.0.1.1"));
        network.pass(5_100, 60_000);
        assertThat(network.out()).as("it was silent").hasSizeLessThan(3);
        network.receive(reply(OTHER, "10.0.1.1"));
        assertThat(network.out()).contains(asked(ALL, "10.0.1.1", "10.0.1.1"));
        assertThat(network.find("10.0.1.1")).as("no neighbour").isEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void withoutDefenceAConflictIsOnlyTold() {
        network.close();
        network = new TestNetwork(new NeighbourSettings(true, false));
        network.receive(reply(OTHER, "10.0.1.1"));

        assertThat(network.out()).isEmpty();
        assertThat(network.told).hasSize(1);
    }

    @Test
    void aClaimOfAnAddressOnAnotherDeviceIsNone() {
        network.receive(request(OTHER, "10.0.2.1", "10.0.1.7"));

        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }
}
