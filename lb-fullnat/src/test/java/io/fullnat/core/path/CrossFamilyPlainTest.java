// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.transmit.Transmitter;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What [CrossFamily] does to one packet that leaves in the other family, of both ways between them
/// and both directions; what it does to moved numbers is [MovedNumbersTest]'s.
@ParameterizedClass
@CsvSource({"IPV6_TO_IPV4, 0", "IPV6_TO_IPV4, 1", "IPV4_TO_IPV6, 0", "IPV4_TO_IPV6, 1"})
class CrossFamilyPlainTest {
    private static final String DATA = "some more data than Ethernet pads";
    private static final int GENERATION_HERE = LoopBench.GENERATION + LoopBench.DEVICE;

    private final Families families;
    private final LoopBench loop;
    private final int direction;
    private final boolean to4;
    private final long flow;

    CrossFamilyPlainTest(Families families, int direction) {
        this.families = families;
        loop = new LoopBench(families, OpenBench.TCP);
        this.direction = direction;
        to4 = loop.comesWide(direction);
        flow = loop.flow(direction);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static CrossFamily across(LoopBench of) {
        return new CrossFamily(of.context, of.bench.adjacencies, of.identifications);
    }

    /// Has the last packet of a burst looked at.
    private boolean translate(LoopBench of, long ip) {
        CrossFamily across = across(of);
        int i = of.burst.size() - 1;
        long its = of.flow(direction);
        int now = LoopBench.NOW;
        return to4
                ? across.translateQuietTo4(of.burst, i, ip, its, GENERATION_HERE, now)
                : across.translateQuietTo6(of.burst, i, ip, its, GENERATION_HERE, now);
    }

    private boolean translate(PacketBuilder packet) {
        return translate(loop, loop.add(direction, packet));
    }

    /// Sends one that was prepared, whatever it is.
    private void send(PacketBuilder packet) {
        long ip = loop.add(direction, packet);
        if (to4) {
            across(loop).sendPreparedTo4(loop.burst, 0, ip, flow, LoopBench.NOW);
        } else {
            across(loop).sendPreparedTo6(loop.burst, 0, ip, flow, LoopBench.NOW);
        }
    }

    private PacketBuilder arriving() {
        return loop.arriving(direction).acknowledgement(5_000).payload(DATA);
    }

    private PacketBuilder leaving() {
        return first(loop.leaving(direction)).acknowledgement(5_000).payload(DATA);
    }

    /// Has the first identification that there is.
    private PacketBuilder first(PacketBuilder packet) {
        return to4 ? packet.identification(0x0100) : packet;
    }

    private void isCountedOnce(int bytes) {
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(LoopBench.NOW);
        assertThat(Memory.getInt(flow + PACKETS)).isOne();
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES)).isEqualTo(bytes);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isOne();
        assertThat(loop.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(bytes);
        assertThat(loop.counted(1 - direction, TrafficTable.IN_PACKETS)).isZero();
    }

    /// Sees that a packet is for others to handle: nothing is changed, counted or noted.
    private void isLeft(PacketBuilder packet) {
        long ip = loop.add(direction, packet);
        byte[] before = packet.toBytes();
        int acknowledged = Memory.getInt(flow + ACKNOWLEDGED);
        assertThat(translate(loop, ip)).isFalse();
        assertThat(loop.frame(0)).isEqualTo(before);
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).isZero();
        assertThat(Memory.getInt(flow + PACKETS)).isZero();
        assertThat(Memory.getInt(flow + ACKNOWLEDGED)).isEqualTo(acknowledged);
        loop.clear();
    }

    @Test
    void aSegmentLeavesInTheOtherFamilyAndIsCountedAsItCame() {
        assertThat(translate(arriving())).isTrue();
        assertThat(loop.frame(0)).isEqualTo(leaving().toBytes());
        isCountedOnce(arriving().toBytes().length - 14);
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(5_000);
        int kind = direction == INBOUND ? Transmitter.IN : Transmitter.OUT;
        assertThat(loop.burst.tag(0)).isEqualTo(Transmitter.tag(0, kind));
    }

    @Test
    void aDatagramDoes() {
        try (LoopBench datagrams = new LoopBench(families, OpenBench.UDP)) {
            long ip = datagrams.add(direction, datagrams.arriving(direction).payload(DATA));
            assertThat(translate(datagrams, ip)).isTrue();
            assertThat(datagrams.frame(0))
                    .isEqualTo(first(datagrams.leaving(direction)).payload(DATA).toBytes());
        }
    }

    /// The first datagram from here on is an answer to its state.
    @Test
    void aDatagramThatChangesItsStateIsLeft() {
        try (LoopBench datagrams = new LoopBench(families, OpenBench.UDP)) {
            datagrams.context.life().move(datagrams.entry, ConnectionState.UDP_NONE);
            PacketBuilder packet = datagrams.arriving(direction).payload(DATA);
            long ip = datagrams.add(direction, packet);
            assertThat(translate(datagrams, ip)).isFalse();
            assertThat(datagrams.frame(0)).isEqualTo(packet.toBytes());
        }
    }

    @Test
    void othersOfTheBurstStayAsTheyAre() {
        loop.add(direction, arriving());
        long ip = loop.add(direction, arriving());
        assertThat(translate(loop, ip)).isTrue();
        assertThat(loop.frame(0)).isEqualTo(arriving().toBytes());
        assertThat(loop.frame(1)).isEqualTo(leaving().toBytes());
    }

    /// What leaves in IPv4 may be shorter than a frame is: zeros follow.
    @Test
    void aShortSegmentIsPadded() {
        assertThat(translate(loop.arriving(direction).acknowledgement(5_000))).isTrue();
        PacketBuilder expected = first(loop.leaving(direction)).acknowledgement(5_000);
        assertThat(loop.frame(0)).isEqualTo(LoopBench.padded(expected));
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.SYN, Tcp.FIN | Tcp.ACK, Tcp.RST | Tcp.ACK})
    void whatTheStateHasToSeeIsLeft(int flags) {
        isLeft(arriving().flags(flags));
    }

    /// PSH, URG, ECE and CWR, whose bits mean something else in flows.
    @ParameterizedTest
    @ValueSource(ints = {8, 32, 64, 128})
    void flagsThatAreNothingToTheStateAreNoReason(int flag) {
        assertThat(translate(arriving().flags(Tcp.ACK | flag))).isTrue();
        assertThat(loop.frame(0)).isEqualTo(leaving().flags(Tcp.ACK | flag).toBytes());
    }

    @Test
    void whatComesAnotherWayIsLeft() {
        Memory.putInt(flow + GENERATION, GENERATION_HERE + 1);
        isLeft(arriving());
        Memory.putInt(flow + GENERATION, GENERATION_HERE);
        assertThat(translate(arriving())).isTrue();
    }

    @Test
    void whatLeavesMayBeAsLongAsItsLink() {
        int longest = to4 ? 1_420 - 60 : 1_380 - 40;
        PacketBuilder whole = to4 ? arriving() : arriving().dontFragment();
        isLeft(whole.payload(new byte[longest + 1]));
        assertThat(translate(whole.payload(new byte[longest]))).isTrue();
        assertThat(loop.burst.length(0)).isEqualTo(1_414);
    }

    /// Of what may be cut on its way only what each link takes.
    @Test
    void ofIpv4WithoutDontFragmentLongerOnesAreLeft() {
        assumeFalse(to4, "of IPv4");
        isLeft(arriving().payload(new byte[1_221]));
        assertThat(translate(arriving().payload(new byte[1_220]))).isTrue();
        assertThat(loop.burst.length(0)).isEqualTo(1_294);
    }

    /// Another has looked at state, way and length.
    @Test
    void whatWasPreparedIsSentWhateverItIs() {
        Memory.putInt(flow + GENERATION, 0);
        send(arriving().flags(Tcp.SYN));
        assertThat(loop.frame(0)).isEqualTo(leaving().flags(Tcp.SYN).toBytes());
        isCountedOnce(arriving().toBytes().length - 14);
        int kind = direction == INBOUND ? Transmitter.IN : Transmitter.OUT;
        assertThat(loop.burst.tag(0)).isEqualTo(Transmitter.tag(0, kind));
    }

    @Test
    void aShortOneThatWasPreparedIsPadded() {
        send(loop.arriving(direction));
        assertThat(loop.frame(0)).isEqualTo(LoopBench.padded(first(loop.leaving(direction))));
    }

    /// As to a real server behind a tunnel.
    @Test
    void allHeadersOfTheWayStandInFront() {
        byte[] inner = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        try (Region header = Region.allocate(64, "a header")) {
            Memory.fromBytes(inner, header.address());
            int hop = Memory.getUnsignedShort(flow + NEXT_HOP);
            loop.bench.adjacencies.encapsulate(hop, header.address(), inner.length);
        }
        isLeft(arriving());
        send(arriving());
        byte[] bare = leaving().toBytes();
        byte[] frame = loop.frame(0);
        assertThat(Arrays.copyOf(frame, 14)).isEqualTo(Arrays.copyOf(bare, 14));
        assertThat(Arrays.copyOfRange(frame, 14, 24)).isEqualTo(inner);
        assertThat(Arrays.copyOfRange(frame, 24, frame.length))
                .isEqualTo(Arrays.copyOfRange(bare, 14, bare.length));
    }

    @Test
    void theAddressesOfIpv6AreLoadedEarly() {
        Memory.putLong(flow + NEW_WIDE_ADDRESSES, 0x2001_0DB8);
        assertThat(across(loop).prefetch(flow)).isEqualTo(0x2001_0DB8);
    }

    /// Nothing of what was in the buffer before leaves; and nothing else is written.
    @ParameterizedTest
    @CsvSource({"42, 60", "43, 60", "59, 60", "60, 60", "61, 61", "1514, 1514"})
    void aFrameIsMadeAsLongAsEthernetWantsIt(int length, int padded) {
        try (Region memory = Region.allocate(2_048, "a frame")) {
            byte[] poison = new byte[2_048];
            Arrays.fill(poison, (byte) 0xA5);
            Memory.fromBytes(poison, memory.address());
            assertThat(CrossFamily.padded(memory.address(), length)).isEqualTo(padded);
            byte[] frame = Memory.toBytes(memory.address(), 2_048);
            assertThat(Arrays.copyOf(frame, length)).isEqualTo(Arrays.copyOf(poison, length));
            assertThat(Arrays.copyOfRange(frame, length, padded))
                    .isEqualTo(new byte[padded - length]);
            int written = length < 60 ? length + 18 : length;
            assertThat(Arrays.copyOfRange(frame, written, 2_048))
                    .isEqualTo(Arrays.copyOfRange(poison, written, 2_048));
        }
    }
}
