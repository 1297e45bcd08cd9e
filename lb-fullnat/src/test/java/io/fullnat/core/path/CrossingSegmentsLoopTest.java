// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// The loops of [CrossingSegments] alone, of both ways between the families and both directions:
/// what they send, byte by byte, and what they leave as it is.
@ParameterizedClass
@CsvSource({"IPV6_TO_IPV4, 0", "IPV6_TO_IPV4, 1", "IPV4_TO_IPV6, 0", "IPV4_TO_IPV6, 1"})
class CrossingSegmentsLoopTest {
    private static final int CLIENT = 1_000;
    private static final int SERVER = -70_000;
    private static final String DATA = "some more data than Ethernet pads";

    private final LoopBench loop;
    private final CrossingSegments segments;
    private final int direction;
    private final boolean to4;

    CrossingSegmentsLoopTest(Families families, int direction) {
        loop = new LoopBench(families, OpenBench.TCP);
        segments = new CrossingSegments(loop.context, loop.bench.adjacencies, loop.identifications);
        this.direction = direction;
        to4 = loop.comesWide(direction);
        loop.context.table().shifts().set(loop.entry, CLIENT, SERVER);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private long translate() {
        int count = loop.burst.size();
        long mask = (1L << count) - 1;
        return loop.run((burst, first, generation, now) ->
                to4
                        ? segments.translateTo4(burst, count, mask, first, generation, now)
                        : segments.translateTo6(burst, mask, first, generation, now));
    }

    private boolean areUsual() {
        return to4 ? segments.areUsualTo4() : segments.areUsualTo6();
    }

    private PacketBuilder arriving() {
        return loop.arriving(direction).sequence(0xFFFF_FF00).acknowledgement(5_000).payload(DATA);
    }

    private PacketBuilder leaving() {
        boolean in = direction == INBOUND;
        return identified(loop.leaving(direction), 1)
                .sequence(0xFFFF_FF00 + (in ? CLIENT : SERVER))
                .acknowledgement(5_000 - (in ? SERVER : CLIENT))
                .payload(DATA);
    }

    /// As the numbers lie in a packet: the first octet counts first.
    private PacketBuilder identified(PacketBuilder packet, int number) {
        return to4 ? packet.identification(number << 8) : packet;
    }

    @Test
    void aSegmentLeavesInTheOtherFamilyWithBothNumbersMoved() {
        loop.add(direction, arriving());
        int total = arriving().toBytes().length - 14;
        assertThat(translate()).isOne();
        assertThat(loop.frame(0)).isEqualTo(leaving().toBytes());
        assertThat(Memory.getInt(loop.flow(direction) + ConnectionLayout.LAST_SEEN))
                .isEqualTo(LoopBench.NOW);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(loop.counted(direction, TrafficTable.IN_BYTES))
                .as("as it came")
                .isEqualTo(total);
        assertThat(loop.counted(INBOUND + OUTBOUND - direction, TrafficTable.IN_PACKETS)).isZero();
        assertThat(segments.areExpected()).isTrue();
    }

    @Test
    void aNearFlowIsTheSame() {
        loop.context.table().shifts().set(loop.entry, 0, SERVER);
        loop.add(direction, arriving());
        assertThat(translate()).isOne();
        boolean in = direction == INBOUND;
        assertThat(loop.frame(0))
                .isEqualTo(
                        identified(loop.leaving(direction), 1)
                                .sequence(0xFFFF_FF00 + (in ? 0 : SERVER))
                                .acknowledgement(in ? 5_000 - SERVER : 5_000)
                                .payload(DATA)
                                .toBytes());
    }

    /// Other options than timestamps are moved in their place.
    @Test
    void selectiveAcknowledgementsMoveAsAcknowledgementsDo() {
        int more = direction == INBOUND ? -SERVER : -CLIENT;
        String options = "0101050a%08x%08x";
        loop.add(
                direction,
                arriving().tcpOptions(HexFormat.of().parseHex(options.formatted(6_000, 7_000))));
        assertThat(translate()).isOne();
        assertThat(loop.frame(0))
                .isEqualTo(
                        leaving()
                                .tcpOptions(
                                        HexFormat.of()
                                                .parseHex(
                                                        options.formatted(
                                                                6_000 + more, 7_000 + more)))
                                .toBytes());
    }

    private void isLeft(PacketBuilder packet) {
        loop.leaves(direction, packet, this::translate);
    }

    @Test
    void whatTheStateHasToSeeIsLeft() {
        isLeft(arriving().flags(Tcp.SYN));
        isLeft(arriving().flags(Tcp.ACK | Tcp.FIN));
        isLeft(arriving().flags(Tcp.ACK | Tcp.RST));
    }

    /// The link takes 1,400 bytes of what leaves, which is 20 shorter or longer than what came.
    @Test
    void whatLeavesMayBeAsLongAsItsLink() {
        int longest = to4 ? 1_420 - 60 : 1_380 - 40;
        isLeft(whole().payload(new byte[longest + 1]));
        loop.add(direction, whole().payload(new byte[longest]));
        assertThat(translate()).isOne();
        assertThat(loop.burst.length(0)).isEqualTo(1_414);
    }

    private PacketBuilder whole() {
        return to4 ? arriving() : arriving().dontFragment();
    }

    /// What may be fragmented on its way is kept within 1,280 bytes (RFC 7915 §4).
    @Test
    void ofIpv4WithoutDontFragmentOnlyWhatEachLinkTakesIsSent() {
        if (to4) {
            return;
        }
        isLeft(arriving().payload(new byte[1_221]));
        loop.add(direction, arriving().payload(new byte[1_220]));
        assertThat(translate()).isOne();
        assertThat(loop.burst.length(0)).isEqualTo(1_294);
    }

    @Test
    void whatIsOfAnotherConnectionOrWayIsLeft() {
        loop.leavesWhatIsOthers(direction, arriving(), this::translate);
    }

    /// A connection whose numbers stay has a loop of its own.
    @Test
    void plainPacketsAreLeft() {
        try (LoopBench plain =
                new LoopBench(
                        to4 == (direction == INBOUND)
                                ? Families.IPV6_TO_IPV4
                                : Families.IPV4_TO_IPV6,
                        OpenBench.TCP)) {
            CrossingSegments others =
                    new CrossingSegments(
                            plain.context, plain.bench.adjacencies, plain.identifications);
            plain.add(direction, plain.arriving(direction));
            assertThat(
                            plain.run((burst, first, generation, now) ->
                                    to4
                                            ? others.translateTo4(
                                                    burst, 1, 1, first, generation, now)
                                            : others.translateTo6(
                                                    burst, 1, first, generation, now)))
                    .isZero();
            assertThat(others.areExpected()).isFalse();
        }
    }

    @Test
    void mostOfABurstMakeThemUsual() {
        loop.add(direction, arriving());
        loop.add(direction, arriving().flags(Tcp.SYN));
        assertThat(translate()).isOne();
        assertThat(areUsual()).as("half of them").isFalse();
        loop.clear();
        loop.add(direction, arriving());
        loop.add(direction, arriving().flags(Tcp.SYN));
        loop.add(direction, arriving());
        assertThat(translate()).isEqualTo(0b101);
        assertThat(areUsual()).isTrue();
        assertThat(loop.frame(2)).isEqualTo(identified(leaving(), 3).toBytes());
        loop.clear();
        loop.add(direction, arriving());
        assertThat(translate()).as("with its numbers loaded early").isOne();
        assertThat(segments.touched()).isNotZero();
    }
}
