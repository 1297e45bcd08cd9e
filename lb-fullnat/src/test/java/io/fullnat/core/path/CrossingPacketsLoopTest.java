// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// The loops of [CrossingPackets] alone, first and behind the plain one, of both ways between the
/// families and both directions.
@ParameterizedClass
@CsvSource({"IPV6_TO_IPV4, 0", "IPV6_TO_IPV4, 1", "IPV4_TO_IPV6, 0", "IPV4_TO_IPV6, 1"})
class CrossingPacketsLoopTest {
    private static final String DATA = "some more data than Ethernet pads";

    private final Families families;
    private final LoopBench loop;
    private final CrossingPackets packets;
    private final int direction;
    private final boolean to4;

    CrossingPacketsLoopTest(Families families, int direction) {
        this.families = families;
        loop = new LoopBench(families, OpenBench.TCP);
        packets = packets(loop);
        this.direction = direction;
        to4 = loop.comesWide(direction);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static CrossingPackets packets(LoopBench of) {
        return new CrossingPackets(of.context, of.bench.adjacencies, of.identifications);
    }

    /// @return a bit for each that was translated
    private long left() {
        int count = loop.burst.size();
        long mask = (1L << count) - 1;
        return loop.run((burst, first, generation, now) ->
                to4
                        ? packets.translateLeftTo4(burst, count, mask, first, generation, now)
                        : packets.translateLeftTo6(burst, mask, first, generation, now));
    }

    /// @return a bit for each that was not
    private long first() {
        int count = loop.burst.size();
        return loop.run((burst, first, generation, now) ->
                to4
                        ? packets.translateFirstTo4(burst, count, first, generation, now)
                        : packets.translateFirstTo6(burst, first, generation, now));
    }

    private boolean areUsual() {
        return to4 ? packets.areUsualTo4() : packets.areUsualTo6();
    }

    private PacketBuilder arriving() {
        return loop.arriving(direction).acknowledgement(5_000).payload(DATA);
    }

    private PacketBuilder leaving(int identification) {
        PacketBuilder packet = loop.leaving(direction).acknowledgement(5_000).payload(DATA);
        return to4 ? packet.identification(identification << 8) : packet;
    }

    @Test
    void aSegmentLeavesInTheOtherFamily() {
        loop.add(direction, arriving());
        int total = arriving().toBytes().length - 14;
        assertThat(left()).isOne();
        assertThat(loop.frame(0)).isEqualTo(leaving(1).toBytes());
        long flow = loop.flow(direction);
        assertThat(Memory.getInt(flow + ConnectionLayout.LAST_SEEN)).isEqualTo(LoopBench.NOW);
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(5_000);
        assertThat(Memory.getInt(flow + ConnectionLayout.PACKETS)).isOne();
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES)).isEqualTo(total);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(loop.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(total);
        assertThat(packets.areExpected()).isTrue();
    }

    @Test
    void aDatagramDoes() {
        try (LoopBench datagrams = new LoopBench(families, OpenBench.UDP)) {
            CrossingPackets others = packets(datagrams);
            datagrams.add(direction, datagrams.arriving(direction).payload(DATA));
            long done =
                    datagrams.run((burst, first, generation, now) ->
                            to4
                                    ? others.translateLeftTo4(burst, 1, 1, first, generation, now)
                                    : others.translateLeftTo6(burst, 1, first, generation, now));
            assertThat(done).isOne();
            PacketBuilder expected = datagrams.leaving(direction).payload(DATA);
            assertThat(datagrams.frame(0))
                    .isEqualTo((to4 ? expected.identification(0x0100) : expected).toBytes());
        }
    }

    /// What leaves in IPv4 may be shorter than a frame is: zeros follow.
    @Test
    void aShortSegmentIsPadded() {
        loop.add(direction, loop.arriving(direction).acknowledgement(5_000));
        assertThat(left()).isOne();
        PacketBuilder expected = loop.leaving(direction).acknowledgement(5_000);
        assertThat(loop.frame(0))
                .isEqualTo(LoopBench.padded(to4 ? expected.identification(0x0100) : expected));
    }

    private void isLeft(PacketBuilder packet) {
        byte[] before = packet.toBytes();
        loop.add(direction, packet);
        assertThat(left()).isZero();
        assertThat(first()).isOne();
        assertThat(loop.frame(0)).isEqualTo(before);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isZero();
        loop.clear();
    }

    @Test
    void whatTheStateHasToSeeIsLeft() {
        isLeft(arriving().flags(Tcp.SYN));
        isLeft(arriving().flags(Tcp.ACK | Tcp.FIN));
        isLeft(arriving().flags(Tcp.ACK | Tcp.RST));
    }

    @Test
    void whatLeavesMayBeAsLongAsItsLink() {
        int longest = to4 ? 1_420 - 60 : 1_380 - 40;
        PacketBuilder whole = to4 ? arriving() : arriving().dontFragment();
        isLeft(whole.payload(new byte[longest + 1]));
        loop.add(direction, whole.payload(new byte[longest]));
        assertThat(left()).isOne();
        assertThat(loop.burst.length(0)).isEqualTo(1_414);
    }

    @Test
    void ofIpv4WithoutDontFragmentOnlyWhatEachLinkTakesIsSent() {
        if (to4) {
            return;
        }
        isLeft(arriving().payload(new byte[1_221]));
        loop.add(direction, arriving().payload(new byte[1_220]));
        assertThat(left()).isOne();
    }

    @Test
    void whatIsOfAnotherConnectionOrWayIsLeft() {
        loop.leavesWhatIsOthers(direction, arriving(), this::left);
    }

    @Test
    void firstOrBehindThePlainLoopTheSamePacketsAreTranslated() {
        loop.add(direction, arriving());
        loop.add(direction, arriving().flags(Tcp.SYN));
        loop.add(direction, arriving());
        assertThat(first()).isEqualTo(0b010);
        assertThat(areUsual()).isTrue();
        assertThat(loop.frame(0)).isEqualTo(leaving(1).toBytes());
        assertThat(loop.frame(2)).isEqualTo(leaving(2).toBytes());
        loop.clear();
        loop.add(direction, arriving().flags(Tcp.SYN));
        loop.add(direction, arriving());
        assertThat(first()).as("half of them").isEqualTo(0b01);
        assertThat(areUsual()).isFalse();
        loop.clear();
        loop.add(direction, arriving());
        loop.add(direction, arriving());
        loop.add(direction, arriving().flags(Tcp.SYN));
        assertThat(left()).isEqualTo(0b011);
        assertThat(areUsual()).isTrue();
    }

    /// Segments whose numbers are moved come behind; where most are of those, before.
    @Test
    void segmentsWithMovedNumbersAreTranslatedToo() {
        int more = direction == INBOUND ? 1_000 : 0;
        loop.context.table().shifts().set(loop.entry, 1_000, 0);
        PacketBuilder expected =
                leaving(1).sequence(more).acknowledgement(direction == INBOUND ? 5_000 : 4_000);
        for (int round = 1; round <= 3; round++) {
            loop.add(direction, arriving());
            loop.add(direction, arriving().flags(Tcp.SYN));
            loop.add(direction, arriving());
            assertThat(round == 3 ? left() ^ 0b111 : first()).as("%d", round).isEqualTo(0b010);
            if (to4) {
                expected.identification((2 * round - 1) << 8);
            }
            assertThat(loop.frame(0)).as("%d", round).isEqualTo(expected.toBytes());
            assertThat(areUsual()).isTrue();
            loop.clear();
        }
    }

    /// The addresses of IPv6 that a flow writes are loaded early, those of no other flow.
    @Test
    void onlyWhatCrossesIsLoadedEarly() {
        if (to4) {
            return;
        }
        loop.add(direction, arriving());
        long first = loop.meta(0, false);
        assertThat(packets.prefetch(first, first + LoopBench.METADATA)).isNotZero();
        assertThat(packets.prefetch(first, first)).isZero();
    }
}
