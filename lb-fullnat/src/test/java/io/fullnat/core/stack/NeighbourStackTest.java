// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.NdFrames;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What one worker alone does for all, and what each does.
class NeighbourStackTest {
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int REPORT = 143;

    private final TestNetwork network = TestNetwork.dual();
    private final List<String> passedOn = new ArrayList<>();
    private final NeighbourStack follower =
            new NeighbourStack(
                    network.context,
                    network.adjacencies,
                    network.states,
                    network.versions,
                    (how, device, high, low, mac) -> passedOn.add("news"),
                    (what, device, high, low, before, now) -> passedOn.add("told"),
                    new ArpStack.Waiters() {
                        @Override
                        public void resume(long buffer, long data, int length, int port) {}

                        @Override
                        public void giveUp(long buffer, long data, int length, int port) {}
                    },
                    NeighbourSettings.DEFAULT,
                    false);

    @AfterEach
    void close() {
        follower.neighbours().close();
        network.close();
    }

    private List<Integer> types() {
        return network.out().stream().map(NeighbourStackTest::type).toList();
    }

    /// The type of ICMPv6, behind the headers that there are.
    private static int type(byte[] frame) {
        int ip = frame[12] == (byte) 0x81 ? 18 : 14;
        assertThat(NdFrames.isRight(frame)).isTrue();
        int icmp = frame[ip + 6] == 0 ? ip + 48 : ip + 40;
        return frame[icmp] & 0xFF;
    }

    private List<NetworkView.Own> addresses() {
        return network.context.view().ipv6();
    }

    /// Groups are joined before one asks in them (RFC 4862 §5.4.2).
    @Test
    void theOneThatSpeaksForAllJoinsGroupsAndThenAsksForDuplicates() {
        assertThat(network.links().poll())
                .as("a new view, two reports, five questions")
                .isEqualTo(8);
        assertThat(types())
                .containsExactly(
                        REPORT,
                        REPORT,
                        SOLICITATION,
                        SOLICITATION,
                        SOLICITATION,
                        SOLICITATION,
                        SOLICITATION);
    }

    @Test
    void anotherWorkerIsSilent() {
        assertThat(follower.poll()).isZero();
        network.at(5_000);
        assertThat(follower.poll()).isZero();
        assertThat(network.out()).isEmpty();
    }

    @Test
    void addressesAreAnnouncedOnceTheyAreSureToBeOurs() {
        follower.announce(addresses());
        follower.poll();
        assertThat(types()).as("not yet").isEmpty();
        long now = network.settle();
        follower.announce(addresses());
        network.at(now + 1);
        assertThat(follower.poll()).isEqualTo(5);
        assertThat(types()).containsOnly(ADVERTISEMENT).hasSize(5);
    }

    @Test
    void aLinkThatHasComeBackHearsOfAddressesAndGroupsAgain() {
        long now = network.settle();
        network.links().returned(List.of());
        network.pass(now, now + 3_000);
        assertThat(types()).as("none has").isEmpty();
        network.links().returned(addresses());
        network.pass(now + 3_000, now + 3_100);
        assertThat(types()).contains(ADVERTISEMENT, REPORT).doesNotContain(SOLICITATION);
    }

    /// What others have heard is not passed on once more, or it would go round for ever.
    @Test
    void whatAnotherWorkerHeardIsLearntAndNotPassedOn() {
        long[] peer = TestNetwork.halves("10.0.1.7");
        int index = network.add(TestNetwork.LAN, "10.0.1.7", true);
        follower.heardElsewhere(
                ArpStack.NeighbourUpdates.ANSWERED,
                0,
                peer[0],
                peer[1],
                MacAddress.parse(STATION).bits());
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(passedOn).isEmpty();
    }

    @Test
    void eachWorkerAnswersForOwnAddresses() {
        follower.arp().receive(network.frame(TestNetwork.request(STATION, "10.0.1.7", "10.0.1.1")));
        assertThat(network.out()).hasSize(1);
        network.settle();
        Ipv6Chain chain = new Ipv6Chain();
        Frame frame =
                network.frame(NdFrames.solicitation(STATION, "2001:db8:1::7", "2001:db8:1::1"));
        assertThat(chain.walk(frame.l3(), frame.l3Length())).isEqualTo(Ipv6Chain.RIGHT);
        assertThat(follower.discovery().receive(frame, chain)).isEqualTo(Outcome.DISCOVERY);
        network.context.pool().free(frame.buffer());
    }
}
