// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// On a link whose router knows version 1 of MLD only, listeners speak that (RFC 3810 §8.2.1, RFC
/// 2710).
class OlderListenersTest {
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String ROUTER = "fe80::1";
    private static final String ALL_ROUTERS = "ff02::2";
    private static final String FIRST = "ff02::1:ff00:1";
    private static final String SECOND = "ff02::1:ff00:2";
    private static final String THIRD = "ff02::1:ff00:100";
    private static final String ADDRESS = "2001:db8:1::77";
    private static final String GROUP = "ff02::1:ff00:77";
    private static final int REPORT = 131;
    private static final int DONE = 132;
    private static final int OLD_MS = 250_000;

    private final TestNetwork network = TestNetwork.dual();
    private final ListenerReports other =
            new ListenerReports(network.context, network.states, network.versions);

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void aQueryIsAnsweredByAReportToEachGroup() {
        long now = network.settle();
        assertThat(network.receive6(query(10))).isEqualTo(Outcome.DISCOVERY);
        network.pass(now, now + 100);

        List<byte[]> out = listeners();
        assertThat(out)
                .containsExactly(
                        old(REPORT, FIRST).toBytes(),
                        old(REPORT, SECOND).toBytes(),
                        old(REPORT, THIRD).toBytes())
                .allMatch(NdFrames::isRight);
        assertThat(network.count(Counter.LISTENER_REPORTS)).isEqualTo(4 + 3);
    }

    @Test
    void aQueryForAGroupIsAnsweredForThatGroup() {
        long now = network.settle();
        network.receive6(NdFrames.query(STATION, ROUTER, 10, THIRD).payload(bytes(THIRD)));
        network.pass(now, now + 100);
        assertThat(listeners()).containsExactly(old(REPORT, THIRD).toBytes());
    }

    @Test
    void groupsAreJoinedTwiceAndLeftOnceInVersion1() {
        long now = network.settle();
        now = view(now);
        network.receive6(query(10));
        network.pass(now, now + 100);
        listeners();
        now = view(now + 100, ADDRESS);
        assertThat(listeners())
                .containsExactly(old(REPORT, GROUP).toBytes(), old(REPORT, GROUP).toBytes());
        view(now);
        assertThat(listeners())
                .containsExactly(
                        PacketBuilder.ethernet(MAC, groupMac(ALL_ROUTERS))
                                .ipv6(LINK_LOCAL, ALL_ROUTERS)
                                .timeToLive(1)
                                .extension(Ipv6Extension.routerAlert())
                                .icmp(DONE, 0, 0)
                                .payload(bytes(GROUP))
                                .toBytes());
    }

    @Test
    void anotherLinkStaysWithVersion2() {
        long now = network.settle();
        network.receive6(query(10).vlan(100));
        network.pass(now, now + 100);
        assertThat(types()).containsExactly(REPORT, REPORT);
        view(now + 100, ADDRESS);
        assertThat(untagged()).isNotEmpty().allMatch(each -> type(each) == 143);
    }

    @Test
    void version2IsSpokenAgainWhenTheOldRouterHasGone() {
        long now = network.settle();
        network.receive6(query(10_000));
        network.at(now + OLD_MS);
        network.receive6(query(0));
        network.links().poll();
        assertThat(types()).containsOnly(REPORT);
        network.at(now + 2 * OLD_MS - 1);
        network.receive6(NdFrames.query(STATION, ROUTER, 0, "::"));
        network.links().poll();
        assertThat(types()).as("a router of version 2 is there, too").containsOnly(REPORT);

        network.at(now + 2 * OLD_MS + 2_000);
        network.receive6(NdFrames.query(STATION, ROUTER, 0, "::"));
        network.links().poll();
        assertThat(types()).containsExactly(143);
    }

    /// "Whenever a host changes its compatibility mode, it cancels all its pending responses and
    /// retransmission timers."
    @Test
    void aChangeOfVersionEndsWhatWasToBeSaid() {
        long now = network.settle();
        network.context.view(
                TestNetwork.dualView(
                        TestNetwork.own("2001:db8:1::1/64", 0, false),
                        TestNetwork.own(ADDRESS + "/128", 0, false)));
        network.links().poll();
        assertThat(types()).contains(143);
        network.receive6(NdFrames.query(STATION, ROUTER, 5_000, "::"));
        network.receive6(NdFrames.query(STATION, ROUTER, 10, FIRST).payload(bytes(FIRST)));
        network.pass(now, now + 6_000);
        assertThat(untagged()).containsExactly(old(REPORT, FIRST).toBytes());
    }

    @Test
    void whatOneWorkerHearsHoldsForAll() {
        long now = network.settle();
        Frame frame = network.frame(query(60_000));
        Ipv6Chain chain = new Ipv6Chain();
        assertThat(chain.walk(frame.l3(), frame.l3Length())).isEqualTo(Ipv6Chain.RIGHT);
        assertThat(other.query(frame, chain)).isEqualTo(Outcome.DISCOVERY);
        network.io.buffers().free(frame.buffer());
        view(now, ADDRESS);
        assertThat(types()).as("joined by the one that speaks for all").contains(REPORT);
    }

    @Test
    void queriesThatCannotBeChangeNothing() {
        long now = network.settle();
        assertThat(network.receive6(query(10).timeToLive(255))).isEqualTo(Outcome.BAD_DISCOVERY);
        assertThat(
                        network.receive6(
                                NdFrames.query(STATION, "2001:db8:1::7", 10, "::")
                                        .payload(new byte[16])))
                .isEqualTo(Outcome.BAD_DISCOVERY);
        view(now, ADDRESS);
        assertThat(types()).containsOnly(143);
    }

    @Test
    void aFloodOfQueriesIsAnsweredOnceASecondForSomeGroups() {
        long now = network.settle();
        String[] addresses = new String[150];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = "2001:db8:1::5:%x".formatted(i);
        }
        now = view(now, addresses);
        listeners();
        for (int i = 0; i < 600; i++) {
            network.receive6(query(0));
            network.pass(now, now + 10);
            now += 10;
            network.at(now);
            for (int cycle = 0; cycle < 50; cycle++) {
                network.links().poll();
            }
            network.context.transmitter(0).flush();
        }
        assertThat(listeners()).as("in six seconds, 152 groups").hasSizeBetween(2 * 152, 3 * 152);
    }

    private static PacketBuilder query(int maxResponse) {
        return NdFrames.query(STATION, ROUTER, maxResponse, "::").payload(new byte[16]);
    }

    private long view(long now, String... addresses) {
        List<NetworkView.Own> owned = new ArrayList<>();
        owned.add(TestNetwork.own("2001:db8:1::1/64", 0, false));
        for (String address : addresses) {
            owned.add(TestNetwork.own(address + "/128", 0, false));
        }
        network.context.view(TestNetwork.dualView(owned.toArray(NetworkView.Own[]::new)));
        network.pass(now, now + 4_000);
        return now + 4_000;
    }

    private List<byte[]> listeners() {
        return network.out().stream().filter(each -> type(each) != 0).toList();
    }

    private List<byte[]> untagged() {
        return listeners().stream().filter(each -> (each[12] & 0xFF) != 0x81).toList();
    }

    private List<Integer> types() {
        return network.out().stream()
                .map(OlderListenersTest::type)
                .filter(type -> type != 0)
                .toList();
    }

    /// Of a message of listeners; 0 of others.
    private static int type(byte[] frame) {
        int link = (frame[12] & 0xFF) == 0x81 ? 18 : 14;
        boolean hopByHop = frame.length > link + 48 && frame[link + 6] == 0;
        return hopByHop ? frame[link + 48] & 0xFF : 0;
    }

    private static PacketBuilder old(int type, String group) {
        return PacketBuilder.ethernet(MAC, groupMac(group))
                .ipv6(LINK_LOCAL, group)
                .timeToLive(1)
                .extension(Ipv6Extension.routerAlert())
                .icmp(type, 0, 0)
                .payload(bytes(group));
    }

    private static byte[] bytes(String group) {
        long[] halves = TestNetwork.halves(group);
        return ByteBuffer.allocate(16).putLong(halves[0]).putLong(halves[1]).array();
    }
}
