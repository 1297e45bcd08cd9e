// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.WAN_MAC;
import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.memoryio.QueueChooser;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A whole balancer on links of IPv6: from addresses that were configured to frames, whichever
/// worker they come to.
class DiscoveryTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String VIP = "2001:db8:1::80";
    private static final String PEER = "2001:db8:1::7";
    private static final String LINK_LOCAL = "fe80::ff:fe00:1";
    private static final int RANDOM_FRAMES = 300_000;

    /// One frame to each worker in turn.
    private static QueueChooser inTurn() {
        int[] next = {0};
        return (l2, length, queues) -> next[0]++ % queues;
    }

    private static Rig rig(int workers) {
        Rig rig = new Rig(workers, 1024, inTurn());
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of(OWN + "/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/128", "wan")));
        return rig;
    }

    private static Rig settled(int workers) {
        Rig rig = rig(workers);
        pass(rig, 5);
        rig.out();
        return rig;
    }

    private static void pass(Rig rig, int seconds) {
        for (int tenth = 0; tenth < 10 * seconds; tenth++) {
            rig.pass(Duration.ofMillis(100));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void addressesAreCheckedThenAnsweredByEachWorker(int workers) {
        try (Rig rig = rig(workers)) {
            PacketBuilder question = NdFrames.solicitation(CLIENT_MAC, PEER, VIP);
            rig.out();
            for (int worker = 0; worker < workers; worker++) {
                assertThat(rig.clientSends(question)).as("tentative").isEmpty();
            }
            pass(rig, 5);
            rig.out();
            for (String address : List.of(OWN, VIP, LINK_LOCAL)) {
                for (int worker = 0; worker < workers; worker++) {
                    assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, address)))
                            .containsExactly(
                                    NdFrames.advertisement(
                                                    WAN_MAC,
                                                    address,
                                                    CLIENT_MAC,
                                                    PEER,
                                                    0x60,
                                                    address,
                                                    option(2, WAN_MAC))
                                            .toBytes());
                    assertThat(rig.clientSends(ping(PEER, address)))
                            .containsExactly(
                                    PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                                            .ipv6(address, PEER)
                                            .echoReply(7, 9)
                                            .payload("ping")
                                            .toBytes());
                }
            }
            assertThat(rig.count(Counter.UNSOLICITED_ADVERTISEMENTS))
                    .as("two for each address, by one worker")
                    .isEqualTo(6);
            assertThat(rig.count(Outcome.ECHO_ANSWERED)).isEqualTo(3L * workers);
        }
    }

    @Test
    void aDuplicateIsAConditionUntilItIsGone() {
        try (Rig rig = rig(2)) {
            rig.out();
            PacketBuilder claim =
                    NdFrames.advertisement(
                            CLIENT_MAC, VIP, groupMac(ALL), ALL, 0x20, VIP, option(2, CLIENT_MAC));
            rig.clientSends(claim); // to worker 0
            rig.clientSends(claim); // to worker 1
            pass(rig, 3);
            List<ActiveCondition> conditions = rig.balancer.control().health().conditions();
            assertThat(conditions)
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.condition()).isEqualTo(Condition.ADDRESS_CONFLICT);
                        assertThat(each.toString()).contains(VIP, CLIENT_MAC);
                    });
            rig.out();
            assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, VIP)))
                    .as("it is the other one's")
                    .isEmpty();
            pass(rig, 40);
            assertThat(rig.balancer.control().health().conditions()).isEmpty();
            rig.out();
            assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, VIP))).hasSize(1);
        }
    }

    // N02 of a whole balancer: who answers, and which worker hears it, does not matter.

    @Test
    void n02AnAnswerReleasesThePacketsOfAnotherWorker() {
        int[] worker = {0};
        try (Rig rig = new Rig(2, 1024, (l2, length, queues) -> worker[0])) {
            Rig6.configure(rig, "wan", false);
            List<byte[]> asked =
                    rig.clientSends(Rig6.fromClient().udp(40000, 53).payload("question"));
            assertThat(asked)
                    .as("the server is asked for")
                    .containsExactly(
                            NdFrames.solicitation(
                                            Rig.LAN_MAC,
                                            Rig6.LAN,
                                            Rig6.SERVER,
                                            option(1, Rig.LAN_MAC))
                                    .toBytes());
            assertThat(rig.count(Counter.WAITING)).isOne();

            worker[0] = 1;
            List<byte[]> out =
                    rig.serverSends(
                            NdFrames.advertisement(
                                    "02:00:00:00:00:99",
                                    "fe80::1",
                                    Rig.LAN_MAC,
                                    Rig6.LAN,
                                    0xE0,
                                    Rig6.SERVER,
                                    option(2, Rig.SERVER_MAC)));
            assertThat(out)
                    .singleElement()
                    .satisfies(frame -> {
                        assertThat(frame)
                                .startsWith(2, 0, 0, 0, 0, 0x51)
                                .endsWith("question".getBytes(US_ASCII));
                        assertThat(NdFrames.isRight(frame)).isTrue();
                    });
            assertThat(rig.count(Outcome.FORWARDED_IN)).isOne();
            assertThat(rig.count(Counter.WAITING)).isZero();
        }
    }

    @Test
    void aServerThatIsSilentIsToldToTheClient() {
        try (Rig rig = new Rig()) {
            Rig6.configure(rig, "wan", false);
            rig.apply(Rig.neighbour(Rig6.GATEWAY, CLIENT_MAC, "wan"));
            PacketBuilder question = Rig6.fromClient().udp(40000, 53).payload("question");
            rig.clientSends(question);
            pass(rig, 5);
            assertThat(rig.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
            assertThat(rig.client.receiveAll())
                    .containsExactly(
                            PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC)
                                    .ipv6(Rig6.VIP, Rig6.CLIENT)
                                    .icmp(1, 3, 0)
                                    .quoting(question.toBytes(), 100)
                                    .toBytes());
            assertThat(rig.count(Counter.NEIGHBOUR_SOLICITATIONS)).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void whatIsNotForAnybodyHereIsAnotherHosts() {
        try (Rig rig = settled(1)) {
            rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, "2001:db8:1::9:9999"));
            rig.clientSends(
                    PacketBuilder.ethernet(CLIENT_MAC, groupMac(ALL)).ipv6(PEER, ALL).udp(1, 2));
            rig.clientSends(ping(PEER, groupMac(ALL), ALL));
            assertThat(rig.count(Outcome.OTHER_HOST)).isEqualTo(3);
            assertThat(rig.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void messagesCutOffAnywhereHarmNobody(int workers) {
        try (Rig rig = settled(workers)) {
            for (PacketBuilder message : messages()) {
                byte[] frame = message.toBytes();
                for (int length = 0; length <= frame.length; length++) {
                    rig.client.send(Arrays.copyOf(frame, length));
                    rig.run();
                }
                rig.out();
            }
            assertUnharmed(rig);
        }
    }

    @Test
    void randomFramesHarmNobody() {
        RandomGenerator random = Seed.generator();
        List<PacketBuilder> messages = messages();
        try (Rig rig = settled(2)) {
            for (int i = 0; i < RANDOM_FRAMES; i++) {
                byte[] frame = messages.get(random.nextInt(messages.size())).toBytes();
                for (int change = random.nextInt(5); change > 0; change--) {
                    frame[14 + random.nextInt(frame.length - 14)] = (byte) random.nextInt(256);
                }
                int length = random.nextInt(8) == 0 ? random.nextInt(frame.length) : frame.length;
                rig.client.send(Arrays.copyOf(frame, length));
                if (i % 64 == 63) {
                    rig.pass(Duration.ofMillis(10));
                    rig.out();
                }
            }
            pass(rig, 2);
            rig.out();
            assertUnharmed(rig);
        }
    }

    private static void assertUnharmed(Rig rig) {
        assertThat(rig.count(Outcome.FAULT)).isZero();
        assertThat(rig.count(Counter.FAULTS)).isZero();
        assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, OWN))).hasSize(1);
        assertThat(rig.clientSends(NdFrames.solicitation(CLIENT_MAC, PEER, VIP))).hasSize(1);
    }

    private static List<PacketBuilder> messages() {
        byte[] source = option(1, CLIENT_MAC);
        byte[] target = option(2, CLIENT_MAC);
        List<PacketBuilder> messages = new ArrayList<>();
        messages.add(NdFrames.solicitation(CLIENT_MAC, PEER, OWN, source));
        messages.add(NdFrames.solicitation(CLIENT_MAC, "::", "2001:db8:1::9", option(14, WAN_MAC)));
        messages.add(NdFrames.advertisement(CLIENT_MAC, PEER, WAN_MAC, OWN, 0x60, PEER, target));
        messages.add(NdFrames.query(CLIENT_MAC, "fe80::7", 100, "::"));
        messages.add(NdFrames.query(CLIENT_MAC, "fe80::7", 100, "ff02::1:ff00:80"));
        for (int type : new int[] {133, 134, 137, 143, 131}) {
            messages.add(
                    NdFrames.message(CLIENT_MAC, "fe80::7", groupMac(ALL), ALL, type, 0)
                            .payload(new byte[40]));
        }
        messages.add(ping(PEER, OWN));
        messages.add(
                ping(PEER, OWN)
                        .extension(Ipv6Extension.destination())
                        .extension(Ipv6Extension.routing(0, 0, PEER))
                        .extension(Ipv6Extension.fragment(0, false, 1)));
        messages.add(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv6(PEER, OWN)
                        .icmp(2, 0, 1280)
                        .quoting(ping(OWN, PEER).toBytes(), 20));
        messages.add(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv6(PEER, OWN)
                        .protocol(132)
                        .payload(new byte[20]));
        return messages;
    }

    private static PacketBuilder ping(String from, String to) {
        return ping(from, WAN_MAC, to);
    }

    private static PacketBuilder ping(String from, String toMac, String to) {
        return PacketBuilder.ethernet(CLIENT_MAC, toMac)
                .ipv6(from, to)
                .echoRequest(7, 9)
                .payload("ping");
    }
}
