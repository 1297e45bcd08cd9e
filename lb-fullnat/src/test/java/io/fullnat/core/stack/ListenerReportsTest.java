// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Reports of multicast listeners (RFC 3810) over a wire.
class ListenerReportsTest {
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String ROUTER = "fe80::1";
    private static final int IS = 2;
    private static final int LEAVE = 3;
    private static final int JOIN = 4;

    private final TestNetwork network = TestNetwork.dual();

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void theFirstReportIsFromNobodyAndTheSecondFromTheLinkLocalAddress() {
        network.links().poll();
        List<byte[]> first = reports();
        assertThat(first).hasSize(2);
        assertThat(first.getFirst())
                .isEqualTo(
                        report("::", JOIN, "ff02::1:ff00:1", "ff02::1:ff00:2", "ff02::1:ff00:100")
                                .toBytes());
        assertThat(first.getLast())
                .isEqualTo(
                        report("::", JOIN, "ff02::1:ff00:1", "ff02::1:ff00:2").vlan(100).toBytes());

        network.pass(0, 3_000);
        List<byte[]> second = reports();
        assertThat(second).hasSize(2);
        assertThat(second.getFirst())
                .isEqualTo(
                        report(
                                        LINK_LOCAL,
                                        JOIN,
                                        "ff02::1:ff00:1",
                                        "ff02::1:ff00:2",
                                        "ff02::1:ff00:100")
                                .toBytes());
        network.pass(3_000, 10_000);
        assertThat(reports()).isEmpty();
        assertThat(network.count(Counter.LISTENER_REPORTS)).isEqualTo(4);
    }

    // N06: groups are joined, filtered and counted.

    @Test
    void n06ASecondAddressOfAGroupKeepsItWhenTheFirstGoes() {
        long now = network.settle();
        now = view(now);
        reports();
        String first = "2001:db8:1::1234";
        String second = "2001:db8:1::ab00:1234";
        assertThat(groupMac("ff02::1:ff00:1234")).isEqualTo("33:33:ff:00:12:34");
        now = view(now, first);
        assertThat(reports().getFirst())
                .isEqualTo(report(LINK_LOCAL, JOIN, "ff02::1:ff00:1234").toBytes());
        assertThat(network.receive6(NdFrames.solicitation(STATION, "fe80::7", first)))
                .isEqualTo(Outcome.DISCOVERY);

        now = view(now, first, second);
        assertThat(reports()).as("it is joined").isEmpty();
        now = view(now, second);
        assertThat(reports()).as("one is left").isEmpty();
        assertThat(network.receive6(NdFrames.solicitation(STATION, "fe80::7", second)))
                .isEqualTo(Outcome.DISCOVERY);
        view(now);
        assertThat(reports().getFirst())
                .isEqualTo(report(LINK_LOCAL, LEAVE, "ff02::1:ff00:1234").toBytes());
        assertThat(network.receive6(NdFrames.solicitation(STATION, "fe80::7", second)))
                .isEqualTo(Outcome.OTHER_HOST);
    }

    // N07: a query is answered where it came from.

    @Test
    void n07AQueryIsAnsweredOnItsDeviceFromItsLinkLocalAddress() {
        long now = network.settle();
        assertThat(network.receive6(NdFrames.query(STATION, ROUTER, 1_000, "::").vlan(100)))
                .isEqualTo(Outcome.DISCOVERY);
        assertThat(reports()).as("not at once").isEmpty();
        network.pass(now, now + 1_100);
        List<byte[]> reports = reports();
        assertThat(reports)
                .containsExactly(
                        report(LINK_LOCAL, IS, "ff02::1:ff00:1", "ff02::1:ff00:2")
                                .vlan(100)
                                .toBytes());
        byte[] report = reports.getFirst();
        assertThat(report[18 + 7]).as("hop limit").isOne();
        assertThat(report[18 + 6]).as("hop by hop").isZero();
        assertThat(ByteBuffer.wrap(report).getInt(18 + 42)).isEqualTo(0x0502_0000);
        assertThat(NdFrames.isRight(report)).isTrue();
    }

    @Test
    void aQueryForAGroupIsAnsweredForThatGroupAndTwoOfThemForAll() {
        long now = network.settle();
        network.receive6(NdFrames.query(STATION, ROUTER, 10, "ff02::1:ff00:100"));
        network.pass(now, now + 100);
        assertThat(reports()).containsExactly(report(LINK_LOCAL, IS, "ff02::1:ff00:100").toBytes());
        network.receive6(NdFrames.query(STATION, ROUTER, 10, "ff02::1:ff00:100"));
        network.receive6(NdFrames.query(STATION, ROUTER, 10, "::"));
        network.pass(now + 100, now + 1_200);
        assertThat(reports())
                .containsExactly(
                        report(
                                        LINK_LOCAL,
                                        IS,
                                        "ff02::1:ff00:1",
                                        "ff02::1:ff00:2",
                                        "ff02::1:ff00:100")
                                .toBytes());
    }

    @Test
    void aFloodOfQueriesIsAnsweredOnceASecond() {
        long now = network.settle();
        for (int i = 0; i < 300; i++) {
            network.receive6(NdFrames.query(STATION, ROUTER, 0, "::"));
            network.pass(now, now + 10);
            now += 10;
            network.at(now);
            network.links().poll();
        }
        assertThat(reports()).as("in three seconds").hasSizeBetween(2, 4);
    }

    @Test
    void queriesThatCannotBeAreNotAnswered() {
        long now = network.settle();
        List<PacketBuilder> wrong =
                List.of(
                        NdFrames.query(STATION, "2001:db8:1::7", 10, "::"),
                        NdFrames.query(STATION, ROUTER, 10, "::").timeToLive(255),
                        NdFrames.query(STATION, ROUTER, 10, "::").icmp(130, 1, 0),
                        NdFrames.query(STATION, ROUTER, 10, "::").payload(new byte[15]),
                        // Longer than version 1, shorter than version 2 (RFC 3810 §8.1).
                        NdFrames.query(STATION, ROUTER, 10, "::").payload(new byte[17]),
                        NdFrames.query(STATION, ROUTER, 10, "::").payload(new byte[19]),
                        NdFrames.message(STATION, ROUTER, groupMac("ff02::1"), "ff02::1", 130, 0)
                                .timeToLive(1)
                                .payload(new byte[20]));
        for (PacketBuilder query : wrong) {
            assertThat(network.receive6(query)).isEqualTo(Outcome.BAD_DISCOVERY);
        }
        assertThat(network.receive6(NdFrames.query(STATION, ROUTER, 10, "ff02::1:ff77:7777")))
                .as("a group of others")
                .isEqualTo(Outcome.DISCOVERY_IGNORED);
        network.pass(now, now + 1_000);
        assertThat(reports()).isEmpty();
    }

    @Test
    void manyGroupsGoInPacketsThatEveryLinkTakes() {
        long now = view(network.settle());
        reports();
        String[] addresses = new String[150];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = "2001:db8:1::5:%x".formatted(i);
        }
        view(now, addresses);
        List<byte[]> reports = reports();
        assertThat(reports.size()).isEqualTo(6);
        for (byte[] report : reports) {
            assertThat(NdFrames.isRight(report)).isTrue();
            assertThat(report.length).isLessThanOrEqualTo(14 + 1280);
        }
    }

    @Test
    void whenALinkHasComeBackItsGroupsAreJoinedAgain() {
        long now = network.settle();
        network.links().returned(network.context.view().ownOfPort(0));
        network.pass(now, now + 200);
        List<byte[]> out = network.out();
        assertThat(out.stream().filter(ListenerReportsTest::isReport)).isNotEmpty();
        assertThat(out.stream().filter(each -> each[54] == (byte) 136))
                .as("and addresses announced")
                .isNotEmpty();
    }

    /// Makes these the own addresses beside the first, and lets time pass.
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

    private List<byte[]> reports() {
        return network.out().stream().filter(ListenerReportsTest::isReport).toList();
    }

    private static boolean isReport(byte[] frame) {
        int link = (frame[12] & 0xFF) == 0x81 ? 18 : 14;
        return frame.length > link + 48 && frame[link + 48] == (byte) 143;
    }

    private static PacketBuilder report(String from, int type, String... groups) {
        ByteBuffer records = ByteBuffer.allocate(20 * groups.length);
        for (String group : groups) {
            long[] halves = TestNetwork.halves(group);
            records.putInt(type << 24).putLong(halves[0]).putLong(halves[1]);
        }
        return PacketBuilder.ethernet(MAC, groupMac("ff02::16"))
                .ipv6(from, "ff02::16")
                .timeToLive(1)
                .extension(Ipv6Extension.routerAlert())
                .icmp(143, 0, groups.length)
                .payload(records.array());
    }
}
