// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bursts of one connection, of all families and both directions: what leaves, in which order, and
/// what becomes of packets among them that are not plain. That these do the same whether they are
/// sent at once or prepared first is the point.
@ParameterizedClass
@MethodSource("all")
class FastPathTest {
    private static final int NOW = 99;

    private final PathBench bench;
    private final FastBench path;
    private final FastPath fast;
    private final int direction;
    private final boolean wide;
    private final long flow;
    private final PacketBurst burst = new PacketBurst(64);
    private int identified;

    FastPathTest(Families families, int direction) {
        bench = new PathBench(families, OpenBench.TCP);
        bench.bench.chosen = bench.slot();
        bench.context.life().move(bench.entry, ConnectionState.ESTABLISHED);
        bench.context.stack().time(NOW * 1_000_000_000L);
        path = new FastBench(bench);
        fast = path.fast;
        this.direction = direction;
        wide = bench.comesWide(direction);
        flow = bench.flow(direction);
    }

    static Stream<Arguments> all() {
        return Arrays.stream(Families.values())
                .flatMap(each -> Stream.of(Arguments.of(each, 0), Arguments.of(each, 1)));
    }

    @AfterEach
    void close() {
        path.close();
        bench.close();
    }

    private static String text(int number) {
        return "number " + number + " of those of a test";
    }

    private PacketBuilder arriving(int number) {
        return bench.arriving(direction).acknowledgement(5_000).payload(text(number));
    }

    /// The next one that leaves.
    private PacketBuilder leaving(int number) {
        return identified(bench.leaving(direction).acknowledgement(5_000).payload(text(number)));
    }

    /// Of IPv4 that comes from IPv6 each has an identification of its own.
    private PacketBuilder identified(PacketBuilder packet) {
        return bench.isAcross() && wide ? packet.identification(++identified << 8) : packet;
    }

    private void add(PacketBuilder packet) {
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
    }

    private void process(PacketBuilder... packets) {
        Arrays.stream(packets).forEach(this::add);
        process();
    }

    private void process() {
        fast.process(burst, 0);
        burst.clear();
    }

    private void leave(PacketBuilder... packets) {
        List<byte[]> expected = new ArrayList<>();
        for (PacketBuilder packet : packets) {
            expected.add(PathBench.bytes(packet));
        }
        assertThat(bench.sentPadded()).containsExactlyElementsOf(expected);
    }

    /// Has one be sent, so that the connection knows its way.
    private void begin() {
        process(arriving(0));
        leave(leaving(0));
    }

    private void isCounted(int packets) {
        long bytes = (long) packets * ((wide ? 60 : 40) + text(0).length());
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(NOW);
        assertThat(Memory.getInt(flow + ConnectionLayout.PACKETS)).isEqualTo(packets);
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES)).isEqualTo(bytes);
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isEqualTo(packets);
        assertThat(bench.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(bytes);
        assertThat(count(direction == INBOUND ? Outcome.FORWARDED_IN : Outcome.FORWARDED_OUT))
                .isEqualTo(packets);
    }

    private long count(Outcome outcome) {
        return bench.context.stack().counters().get(outcome);
    }

    @Test
    void aBurstIsNoLongerThanItsBits() {
        assertThatThrownBy(() -> path.fast(65))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a burst of 65 has no bit for each");
    }

    @Test
    void whatFindsTheWayAndWhatFollowsItLeaveInOrder() {
        process(arriving(1), arriving(2), arriving(3));
        leave(leaving(1), leaving(2), leaving(3));
        isCounted(3);
        process(arriving(4), arriving(5));
        leave(leaving(4), leaving(5));
        isCounted(5);
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(5_000);
    }

    @Test
    void aWholeBurstLeavesInOrder() {
        begin();
        PacketBuilder[] expected = new PacketBuilder[64];
        for (int i = 0; i < expected.length; i++) {
            add(arriving(10 + i));
            expected[i] = bench.leaving(direction).acknowledgement(5_000).payload(text(10 + i));
            identified(expected[i]);
        }
        process();
        leave(expected);
    }

    @Test
    void nothingIsDoneForAnEmptyBurst() {
        process();
        assertThat(bench.sent()).isEmpty();
    }

    private PacketBuilder withMoreHeaders(PacketBuilder packet, boolean six) {
        return six
                ? packet.extension(Ipv6Extension.destination())
                : packet.ipOptions(new byte[] {1, 1, 1, 1});
    }

    /// One that changes the state is prepared, one with more headers takes the whole way: all that
    /// is before them has left by then.
    @Test
    void packetsOfAllKindsKeepTheirOrder() {
        begin();
        int fin = Tcp.ACK | Tcp.FIN;
        process(
                arriving(1),
                withMoreHeaders(arriving(2), wide),
                arriving(3),
                arriving(4).flags(fin),
                arriving(5));
        PacketBuilder first = leaving(1);
        boolean kept = bench.comesWide(1 - direction) == wide;
        List<byte[]> sent = bench.sentPadded();
        assertThat(sent).hasSize(5);
        assertThat(sent.get(0)).isEqualTo(PathBench.bytes(first));
        assertThat(sent).extracting(FastPathTest::number).containsExactly("1", "2", "3", "4", "5");
        if (kept) {
            PacketBuilder second =
                    withMoreHeaders(
                            bench.leaving(direction).acknowledgement(5_000).payload(text(2)), wide);
            assertThat(sent.get(1)).isEqualTo(PathBench.bytes(second));
        }
    }

    private static String number(byte[] frame) {
        String all = new String(frame, ISO_8859_1);
        int at = all.indexOf("number ") + 7;
        return all.substring(at, all.indexOf(' ', at));
    }

    @Test
    void whatIsWrongEndsAmongTheOthers() {
        begin();
        PacketBuilder other =
                PacketBuilder.ethernet(PathBench.CLIENT_MAC, "02:00:00:00:00:77")
                        .ipv4("198.51.0.7", "192.0.2.1")
                        .tcp(1, 80)
                        .payload("for another station");
        process(
                arriving(1),
                other,
                arriving(2),
                PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS).type(0x88B5),
                arriving(3));
        leave(leaving(1), leaving(2), leaving(3));
        assertThat(count(Outcome.OTHER_HOST)).isOne();
        assertThat(count(Outcome.UNKNOWN_ETHERTYPE)).isOne();
    }

    /// A card that has checked it says so; of any other the balancer does.
    @Test
    void aWrongHeaderChecksumIsFoundUnlessTheCardSaysItIsRight() {
        assumeFalse(wide, "IPv6 has no header checksum");
        begin();
        process(arriving(1), arriving(2).badIpChecksum(), arriving(3));
        leave(leaving(1), leaving(3));
        assertThat(count(Outcome.BAD_IP_CHECKSUM)).isOne();
        add(arriving(4).badIpChecksum());
        burst.put(0, burst.buffer(0), burst.data(0), burst.length(0), PacketBurst.IP_CHECKSUM_GOOD);
        process();
        assertThat(bench.sent()).hasSize(1);
        assertThat(count(Outcome.BAD_IP_CHECKSUM)).isOne();
    }

    /// As they come, the rest of a frame is padding.
    @Test
    void aShortSegmentIsPaddedAndItsPaddingIsNotCounted() {
        process(bench.arriving(direction).acknowledgement(5_000).padding(40));
        PacketBuilder expected = identified(bench.leaving(direction).acknowledgement(5_000));
        assertThat(bench.sent()).containsExactly(PathBench.bytes(expected));
        assertThat(bench.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(wide ? 60 : 40);
    }

    @Test
    void whatIsShorterThanItsHeadersEnds() {
        begin();
        int headers = (direction == INBOUND ? 14 : 18) + (wide ? 60 : 40);
        process(arriving(1), bench.arriving(direction).truncate(headers - 1), arriving(2));
        leave(leaving(1), leaving(2));
        assertThat(count(Outcome.TRUNCATED)).isOne();
    }

    @Test
    void aTagOfNoDeviceIsUnknown() {
        begin();
        PacketBuilder tagged =
                PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS).vlan(101);
        PacketBuilder packet =
                wide
                        ? tagged.ipv6("2001:db8:0:c1::7", "2001:db8:0:1::1")
                        : tagged.ipv4("198.51.0.7", "192.0.2.1");
        process(packet.tcp(PathBench.CLIENT_PORT, 80).payload(text(1)));
        assertThat(bench.sent()).isEmpty();
        assertThat(count(Outcome.UNKNOWN_VLAN)).isOne();
    }

    /// The connection's packets come by the other device of the port.
    @Test
    void aPacketByAnotherDeviceIsNotTakenForOneOfTheConnection() {
        begin();
        byte[] bytes = arriving(1).toBytes();
        boolean tagged = direction != INBOUND;
        byte[] ip = Arrays.copyOfRange(bytes, tagged ? 18 : 14, bytes.length);
        PacketBuilder link = PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS);
        PacketBuilder other = tagged ? link : link.vlan(100);
        process(other.type(wide ? 0x86DD : 0x0800).payload(ip));
        assertThat(bench.sent()).isEmpty();
        assertThat(count(Outcome.REVERSE_PATH)).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -70_000})
    void movedNumbersLeaveInOrderToo(int server) {
        bench.context.table().shifts().set(bench.entry, 1_000, server);
        int more = direction == INBOUND ? 1_000 : server;
        int seen = direction == INBOUND ? 5_000 - server : 4_000;
        for (int round = 0; round < 3; round++) {
            process(arriving(1), arriving(2).flags(Tcp.ACK | 8), arriving(3));
            leave(
                    leaving(1).sequence(more).acknowledgement(seen),
                    leaving(2).sequence(more).acknowledgement(seen).flags(Tcp.ACK | 8),
                    leaving(3).sequence(more).acknowledgement(seen));
        }
        bench.context.table().shifts().clear(bench.entry);
        process(arriving(4), arriving(5));
        leave(leaving(4), leaving(5));
        isCounted(11);
    }

    @Test
    void allHeadersOfTheWayStandInFront() {
        begin();
        byte[] inner = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        PathCases.encapsulate(bench, flow, inner);
        process(arriving(1));
        byte[] bare = leaving(1).toBytes();
        int link = direction == INBOUND ? 18 : 14;
        assertThat(bench.sent()).containsExactly(PathCases.encapsulated(bare, link, inner));
    }

    @Test
    void aNewClientBeginsAmongTheOthers() {
        assumeFalse(direction != INBOUND, "clients begin");
        begin();
        int before = bench.context.table().size();
        PacketBuilder syn = bench.from(INBOUND).tcp(30_008, 80).flags(Tcp.SYN).payload(text(2));
        process(arriving(1), syn, arriving(3));
        assertThat(bench.sent()).extracting(FastPathTest::number).containsExactly("1", "2", "3");
        assertThat(bench.context.table().size() - before).isOne();
    }

    @Test
    void whatBelongsToNothingEndsAmongTheOthers() {
        assumeFalse(direction != INBOUND, "clients ask for services");
        begin();
        process(arriving(1), bench.from(INBOUND).tcp(30_008, 81).flags(Tcp.ACK), arriving(2));
        assertThat(count(Outcome.NO_SERVICE)).isOne();
        assertThat(bench.sent())
                .filteredOn(frame -> frame.length > 80)
                .extracting(FastPathTest::number)
                .containsExactly("1", "2");
    }
}
