// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.packet.NdFrames.solicitedNode;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [DuplicateDetection], RFC 4862 §5.4: an address is nobody's before it is known to be ours.
class DuplicateDetectionTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String PEER = "2001:db8:1::7";
    private static final int O = 0x20;

    private final TestNetwork network = TestNetwork.dual();
    private List<byte[]> sent = List.of();

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void eachAddressIsAskedForAndAfterASecondIsOurs() {
        network.links().poll();
        List<byte[]> probes = probes();
        sent = probes;
        assertThat(probes).hasSize(5); // two link-local ones
        assertThat(withoutNonce(probe(OWN))).isEqualTo(withoutNonce(asked(MAC, OWN)));
        for (byte[] probe : probes) {
            assertThat(NdFrames.isRight(probe)).isTrue();
        }
        assertThat(probes.stream().map(Arrays::toString).distinct()).hasSize(5);

        network.pass(0, 900);
        assertThat(isValid(OWN)).as("tentative").isFalse();
        network.out();
        network.pass(900, 1_000);
        assertThat(isValid(OWN)).isTrue();
        assertThat(isValid("2001:db8:1::100")).as("local addresses, too").isTrue();
        network.links().poll();
        assertThat(network.out())
                .as("and announced")
                .contains(
                        NdFrames.advertisement(MAC, OWN, groupMac(ALL), ALL, O, OWN, option(2, MAC))
                                .toBytes());
    }

    @Test
    void forATentativeAddressNobodyAnswers() {
        network.links().poll();
        network.out();
        Outcome outcome =
                network.receive6(NdFrames.solicitation(STATION, PEER, OWN, option(1, STATION)));

        assertThat(outcome).isEqualTo(Outcome.DISCOVERY);
        assertThat(network.out()).isEmpty();
        assertThat(network.find(PEER)).isEqualTo(AdjacencyTable.NONE);
        network.announce(OWN + "/64");
        network.links().poll();
        assertThat(network.out()).as("nor is it announced").isEmpty();
    }

    // N10: our own question that comes back.

    @Test
    void n10OurOwnProbeThatComesBackIsNoDuplicate() {
        network.links().poll();
        byte[] probe = probe(OWN);
        HostileWire wire = new HostileWire(network);
        wire.receive(probe, probe.length);
        assertThat(wire.handled()).isOne();

        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
        network.pass(0, 1_000);
        assertThat(isValid(OWN)).as("more is to be asked").isFalse();
        assertThat(isValid("2001:db8:1::100")).as("another address").isTrue();
    }

    /// RFC 7527 §4.1: MAX_MULTICAST_SOLICIT more, each with a nonce of its own.
    @Test
    void n10ALoopIsFollowedByThreeProbes() {
        network.links().poll();
        byte[] first = probe(OWN);
        HostileWire wire = new HostileWire(network);
        wire.receive(first, first.length);
        List<byte[]> all = new ArrayList<>(List.of(first));
        for (long second = 0; second < 3; second++) {
            network.pass(second * 1_000, second * 1_000 + 1_000);
            List<byte[]> more = probes();
            assertThat(more).hasSize(1);
            all.addAll(more);
            wire.receive(more.getFirst(), more.getFirst().length);
            wire.receive(first, first.length); // it comes late once more
        }
        assertThat(all.stream().map(Arrays::toString).distinct()).hasSize(4);
        network.pass(3_000, 3_900);
        assertThat(isValid(OWN)).isFalse();
        network.pass(3_900, 4_000);
        assertThat(isValid(OWN)).as("a link that sends all back keeps nobody waiting").isTrue();
        network.pass(4_000, 8_000);
        assertThat(probes()).isEmpty();
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
    }

    @Test
    void n10ADuplicateBehindALoopIsFound() {
        network.links().poll();
        byte[] first = probe(OWN);
        new HostileWire(network).receive(first, first.length);
        network.pass(0, 1_000);
        assertThat(probes()).hasSize(1);
        network.receive6(
                NdFrames.advertisement(OTHER, OWN, groupMac(ALL), ALL, O, OWN, option(2, OTHER)));
        assertRefused();
    }

    // What nobody can have heard counts as not asked.

    @Test
    void whileTheLinkIsDownNothingIsAskedAndWhenItIsUpAllIs() {
        network.link.down(true);
        network.pass(0, 5_000);
        assertThat(isValid(OWN)).isFalse();
        assertThat(probes()).isEmpty();
        assertThat(network.count(Counter.NEIGHBOUR_SOLICITATIONS)).isZero();

        network.link.down(false);
        network.pass(5_000, 5_300);
        assertThat(probes()).hasSize(5);
        network.pass(5_300, 5_900);
        assertThat(isValid(OWN)).isFalse();
        network.pass(5_900, 6_300);
        assertThat(isValid(OWN)).isTrue();
        assertThat(probes()).as("asked once").isEmpty();
    }

    @Test
    void whatWasAskedWhileTheLinkWentAwayIsAskedAgain() {
        network.links().poll();
        assertThat(probes()).hasSize(5);
        network.pass(0, 300);
        network.link.down(true);
        network.pass(300, 600);
        network.link.down(false);
        network.pass(600, 1_900);
        assertThat(isValid(OWN)).isFalse();
        assertThat(probes()).hasSize(5);
        network.pass(1_900, 2_200);
        assertThat(isValid(OWN)).isTrue();
    }

    @Test
    void withoutABufferNothingIsAskedUntilThereIsOne() {
        PacketBurst all = new PacketBurst(2_048);
        while (network.io.buffers().allocate(all)) {
            // until none is left
        }
        network.pass(0, 3_000);
        assertThat(isValid(OWN)).isFalse();
        for (int i = 0; i < all.size(); i++) {
            network.io.buffers().free(all.buffer(i));
        }
        network.pass(3_000, 3_300);
        assertThat(probes()).hasSize(5);
        network.pass(3_300, 4_300);
        assertThat(isValid(OWN)).isTrue();
    }

    @Test
    void aDuplicateStaysOneWhileItCannotBeAskedFor() {
        network.links().poll();
        network.receive6(asked(OTHER, OWN));
        network.pass(0, 5_000);
        network.out();
        network.link.down(true);
        network.pass(5_000, 25_000);
        int told = network.told.size();
        assertThat(told).as("each second").isBetween(20, 25);
        network.link.down(false);
        network.pass(25_000, 35_000);
        assertThat(probes()).hasSize(1);
        network.pass(35_000, 36_100);
        assertThat(isValid(OWN)).isTrue();
    }

    @Test
    void n10AForeignNonceIsADuplicate() {
        network.links().poll();
        byte[] probe = probe(OWN);
        probe[probe.length - 1] ^= 2;
        new HostileWire(network).receive(probe, probe.length);
        assertRefused();
    }

    @Test
    void aProbeOfAnotherStationIsADuplicate() {
        network.links().poll();
        probe(OWN);
        network.receive6(asked(OTHER, OWN));
        assertRefused();
    }

    @Test
    void anAdvertisementOfAnotherStationIsADuplicate() {
        network.links().poll();
        probe(OWN);
        network.receive6(
                NdFrames.advertisement(OTHER, OWN, groupMac(ALL), ALL, O, OWN, option(2, OTHER)));
        assertRefused();
        assertThat(network.told).contains("3 " + OWN + " " + OTHER);
        network.receive6(NdFrames.solicitation(STATION, PEER, OWN, option(1, STATION)));
        assertThat(network.out()).as("it is not ours").isEmpty();
    }

    @Test
    void aDuplicateIsOursWhenTheOtherOneHasGone() {
        network.links().poll();
        network.receive6(asked(OTHER, OWN));
        network.pass(0, 11_000);
        assertThat(isValid(OWN)).as("asked again").isFalse();
        network.receive6(
                NdFrames.advertisement(OTHER, OWN, groupMac(ALL), ALL, O, OWN, option(2, OTHER)));
        network.pass(11_000, 21_000);
        assertThat(isValid(OWN)).as("it was still there").isFalse();
        int told = network.told.size();
        assertThat(told).as("each second").isBetween(15, 25);
        network.pass(21_000, 23_000);
        assertThat(isValid(OWN)).isTrue();
        network.pass(23_000, 30_000);
        assertThat(network.told).hasSizeLessThan(told + 3);
        network.receive6(NdFrames.solicitation(STATION, PEER, OWN, option(1, STATION)));
        assertThat(network.count(Counter.NEIGHBOUR_ADVERTISEMENTS)).isOne();
        network.out();
    }

    @Test
    void anAddressThatStaysIsNotAskedForAgainAndANewOneIs() {
        long now = network.settle();
        network.context.view(
                TestNetwork.dualView(
                        TestNetwork.own("2001:db8:1::1/64", 0, false),
                        TestNetwork.own("2001:db8:1::2/64", 0, false)));
        network.links().poll();

        assertThat(probes()).hasSize(1);
        assertThat(isValid(OWN)).isTrue();
        assertThat(isValid("2001:db8:1::2")).isFalse();
        assertThat(network.states.find(0, 0x2001_0DB8_0001_0000L, 0x100)).as("gone").isNull();
        network.pass(now, now + 1_000);
        assertThat(isValid("2001:db8:1::2")).isTrue();
    }

    @Test
    void theSameLinkLocalAddressOfTwoDevicesIsEachOnesMatter() {
        network.links().poll();
        network.out();
        network.receive6(asked(OTHER, "fe80::ff:fe00:2").vlan(100));
        network.pass(0, 1_000);

        long high = 0xFE80L << 48;
        assertThat(network.states.isValid(0, high, 0xFF_FE00_0002L)).isTrue();
        assertThat(network.states.isValid(1, high, 0xFF_FE00_0002L)).isFalse();
    }

    private void assertRefused() {
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isOne();
        network.pass(0, 2_000);
        assertThat(isValid(OWN)).isFalse();
        assertThat(network.told).isNotEmpty();
        network.out();
    }

    private boolean isValid(String address) {
        long[] halves = TestNetwork.halves(address);
        return network.states.isValid(LAN.index(), halves[0], halves[1]);
    }

    /// The probes that have left since.
    private List<byte[]> probes() {
        return network.out().stream()
                .filter(frame -> frame[((frame[12] & 0xFF) == 0x81 ? 18 : 14) + 40] == (byte) 135)
                .toList();
    }

    private byte[] probe(String address) {
        byte[] group = asked(MAC, address).toBytes();
        if (sent.isEmpty()) {
            sent = probes();
        }
        return sent.stream()
                .filter(each -> Arrays.equals(withoutNonce(each), withoutNonce(group)))
                .findFirst()
                .orElseThrow()
                .clone();
    }

    private static PacketBuilder asked(String mac, String address) {
        String group = solicitedNode(address);
        return NdFrames.solicitation(
                mac, "::", groupMac(group), group, address, option(14, STATION));
    }

    private static byte[] withoutNonce(PacketBuilder packet) {
        return withoutNonce(packet.toBytes());
    }

    /// Without checksum, too.
    private static byte[] withoutNonce(byte[] frame) {
        byte[] bytes = Arrays.copyOf(frame, frame.length - 6);
        bytes[56] = 0;
        bytes[57] = 0;
        return bytes;
    }
}
