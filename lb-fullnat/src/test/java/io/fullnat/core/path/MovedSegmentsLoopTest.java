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
import io.fullnat.core.stack.AdjacencyTable;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The loops of [MovedSegments] alone, of both families: what they send, byte by byte, and what
/// they leave as it is.
@ParameterizedClass
@EnumSource(
        value = Families.class,
        names = {"IPV4", "IPV6"})
class MovedSegmentsLoopTest {
    private static final int CLIENT = 1_000;
    private static final int SERVER = -70_000;

    private final LoopBench loop;
    private final MovedSegments segments;
    private final boolean wide;

    MovedSegmentsLoopTest(Families families) {
        loop = new LoopBench(families, OpenBench.TCP);
        wide = families == Families.IPV6;
        segments = new MovedSegments(loop.context, loop.bench.adjacencies);
        loop.context.table().shifts().set(loop.entry, CLIENT, SERVER);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private long translate() {
        long mask = (1L << loop.burst.size()) - 1;
        return loop.run((burst, first, generation, now) ->
                wide
                        ? segments.translateLeft6(burst, mask, first, generation, now)
                        : segments.translateLeft(burst, mask, first, generation, now));
    }

    private PacketBuilder arriving(int direction) {
        return loop.arriving(direction)
                .sequence(0xFFFF_FF00)
                .acknowledgement(5_000)
                .payload("some more data than Ethernet pads");
    }

    private PacketBuilder leaving(int direction) {
        boolean in = direction == INBOUND;
        return loop.leaving(direction)
                .sequence(0xFFFF_FF00 + (in ? CLIENT : SERVER))
                .acknowledgement(5_000 - (in ? SERVER : CLIENT))
                .payload("some more data than Ethernet pads");
    }

    @ParameterizedTest
    @ValueSource(ints = {INBOUND, OUTBOUND})
    void aSegmentLeavesTranslatedWithBothNumbersMoved(int direction) {
        long ip = loop.add(direction, arriving(direction));
        int total = arriving(direction).toBytes().length - 14;
        assertThat(translate()).isOne();
        assertThat(loop.frame(0)).isEqualTo(leaving(direction).toBytes());
        assertThat(loop.burst.data(0)).isEqualTo(ip - 14);
        long flow = loop.flow(direction);
        assertThat(Memory.getInt(flow + ConnectionLayout.LAST_SEEN)).isEqualTo(LoopBench.NOW);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(loop.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(total);
        assertThat(loop.context.table().shifts().isUsed()).isTrue();
        assertThat(segments.areExpected()).isTrue();
    }

    /// One end's alone is kept in the flow itself.
    @ParameterizedTest
    @ValueSource(ints = {INBOUND, OUTBOUND})
    void aNearFlowIsTheSame(int direction) {
        loop.context.table().shifts().set(loop.entry, CLIENT, 0);
        loop.add(direction, arriving(direction));
        assertThat(translate()).isOne();
        boolean in = direction == INBOUND;
        assertThat(loop.frame(0))
                .isEqualTo(
                        loop.leaving(direction)
                                .sequence(0xFFFF_FF00 + (in ? CLIENT : 0))
                                .acknowledgement(in ? 5_000 : 5_000 - CLIENT)
                                .payload("some more data than Ethernet pads")
                                .toBytes());
        assertThat(segments.areFar()).isFalse();
    }

    private void isLeft(PacketBuilder packet) {
        loop.leaves(INBOUND, packet, this::translate);
    }

    @Test
    void whatTheStateOrAnotherHasToSeeIsLeft() {
        isLeft(arriving(INBOUND).flags(Tcp.SYN));
        isLeft(arriving(INBOUND).flags(Tcp.ACK | Tcp.FIN));
        isLeft(arriving(INBOUND).flags(Tcp.ACK | Tcp.RST));
        isLeft(arriving(INBOUND).tcpOptions(HexFormat.of().parseHex("0101050a0000000100000002")));
        isLeft(arriving(INBOUND).payload(new byte[1_400]));
    }

    @Test
    void aSegmentMayBeAsLongAsItsLink() {
        int header = wide ? 60 : 40;
        isLeft(arriving(INBOUND).payload(new byte[1_401 - header]));
        loop.add(INBOUND, arriving(INBOUND).payload(new byte[1_400 - header]));
        assertThat(translate()).isOne();
    }

    @Test
    void whatIsOfAnotherConnectionOrWayIsLeft() {
        loop.leavesWhatIsOthers(INBOUND, arriving(INBOUND), this::translate);
    }

    /// Then the client's timestamps are moved too, which the loop does not know.
    @Test
    void aFlowWhoseClientsTimestampsAreMovedIsLeft() {
        loop.context.table().shifts().timestamps(loop.entry, 5, 6);
        isLeft(arriving(INBOUND));
    }

    @Test
    void aLinkThatIsNotReadyGetsNothing() {
        int hop = Memory.getUnsignedShort(loop.flow(INBOUND) + ConnectionLayout.NEXT_HOP);
        long adjacency = loop.bench.adjacencies.entry(hop);
        Memory.putInt(adjacency + AdjacencyTable.LONGEST, 0);
        isLeft(arriving(INBOUND));
    }

    @Test
    void eachPacketOfABurstIsForItself() {
        loop.add(INBOUND, arriving(INBOUND));
        loop.add(INBOUND, arriving(INBOUND).flags(Tcp.ACK | Tcp.FIN));
        loop.add(OUTBOUND, arriving(OUTBOUND));
        assertThat(translate()).isEqualTo(0b101);
        assertThat(segments.areFar()).as("both numbers are moved of most").isTrue();
        assertThat(loop.frame(0)).isEqualTo(leaving(INBOUND).toBytes());
        assertThat(loop.frame(2)).isEqualTo(leaving(OUTBOUND).toBytes());
        loop.clear();
        loop.add(INBOUND, arriving(INBOUND));
        assertThat(translate()).as("with its numbers loaded early").isOne();
        assertThat(loop.frame(0)).isEqualTo(leaving(INBOUND).toBytes());
        assertThat(segments.touched()).isNotZero();
    }

    /// Of IPv4, where the loop may come first.
    @Test
    void mostOfABurstMakeThemUsual() {
        if (wide) {
            return;
        }
        loop.add(INBOUND, arriving(INBOUND));
        loop.add(INBOUND, arriving(INBOUND).flags(Tcp.SYN));
        translate();
        assertThat(segments.areUsual()).as("half of them").isFalse();
        loop.clear();
        loop.add(INBOUND, arriving(INBOUND));
        translate();
        assertThat(segments.areUsual()).isTrue();
        loop.clear();
        loop.add(INBOUND, arriving(INBOUND).flags(Tcp.SYN));
        loop.add(INBOUND, arriving(INBOUND));
        loop.add(INBOUND, arriving(INBOUND).flags(Tcp.SYN));
        assertThat(loop.run(segments::translateFirst)).as("those that are left").isEqualTo(0b101);
        assertThat(loop.frame(1)).isEqualTo(leaving(INBOUND).toBytes());
        assertThat(segments.areUsual()).isFalse();
        loop.clear();
        loop.add(INBOUND, arriving(INBOUND));
        assertThat(loop.run(segments::translateFirst)).isZero();
        assertThat(segments.areUsual()).isTrue();
    }
}
