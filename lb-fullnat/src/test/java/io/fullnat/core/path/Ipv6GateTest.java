// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which frames [Ipv6Path] takes for packets of IPv6 that it can read at fixed offsets: after this
/// gate it looks no more at their lengths.
class Ipv6GateTest {
    private static final String CLIENT = "2001:db8:0:c1::7";
    private static final String VIRTUAL = "2001:db8:0:1::1";
    private static final int IP = 14;
    private static final int L4 = IP + 40;

    private PathBench bench = new PathBench(Families.IPV6, OpenBench.TCP);
    private Ipv6Bench path = new Ipv6Bench(bench, INBOUND);

    @AfterEach
    void close() {
        path.close();
        bench.close();
    }

    private void become(Families families, int protocol) {
        close();
        bench = new PathBench(families, protocol);
        path = new Ipv6Bench(bench, INBOUND);
    }

    /// Has the connection know its way.
    private void begin(int direction) {
        path.add(bench.arriving(direction));
        path.known();
        assertThat(path.prepare(0)).isEqualTo(bench.flow(direction));
        path.clear();
    }

    private static boolean isIpv6(PacketBuilder packet, int length) {
        byte[] bytes = packet.toBytes();
        try (Region memory = Region.allocate(256, "a frame")) {
            Memory.fromBytes(bytes, memory.address());
            return Ipv6Path.isIpv6(memory.address(), length);
        }
    }

    private static PacketBuilder link() {
        return PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS);
    }

    @ParameterizedTest
    @CsvSource({"62, true", "61, false", "14, false", "0, false", "1500, true"})
    void aFrameOfIpv6HasRoomForTheShortestPacket(int length, boolean its) {
        assertThat(isIpv6(link().ipv6(CLIENT, VIRTUAL).udp(1, 2), length)).isEqualTo(its);
    }

    @Test
    void itIsToldByItsTypeBehindATagToo() {
        assertThat(isIpv6(link().vlan(5).ipv6(CLIENT, VIRTUAL).udp(1, 2), 66)).isTrue();
        assertThat(isIpv6(link().vlan(5).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2), 66)).isFalse();
        assertThat(isIpv6(link().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2), 62)).isFalse();
        assertThat(isIpv6(link().type(0x86DD).payload(new byte[48]), 62)).isTrue();
        byte[] other = new byte[60];
        other[2] = (byte) 0x86;
        other[3] = (byte) 0xDD;
        assertThat(isIpv6(link().type(0x88B5).payload(other), 70)).as("no tag").isFalse();
    }

    @Test
    void aBurstIsReadAloneIfAllOfItIsOfIpv6() {
        assertThat(path.parseAlone()).as("of nothing").isFalse();
        path.add(bench.arriving(INBOUND));
        assertThat(path.parseAlone()).isTrue();
        path.add(bench.arriving(INBOUND));
        assertThat(path.parseAlone()).isTrue();
        path.add(path.four());
        assertThat(path.parseAlone()).isFalse();
        path.clear();
        path.add(path.four());
        path.add(bench.arriving(INBOUND));
        assertThat(path.parseAlone()).isFalse();
    }

    /// Where none ever took part in a connection.
    @Test
    void whereNoIpv6IsExpectedAllIsForOthers() {
        become(Families.IPV4, OpenBench.TCP);
        path.add(link().ipv6(CLIENT, VIRTUAL).tcp(1, 80));
        path.add(link().ipv6(CLIENT, VIRTUAL).tcp(1, 80));
        assertThat(path.parseAlone()).isFalse();
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.DIVERTED);
        assertThat(path.prepare(1)).isEqualTo(Ipv6Bench.DIVERTED);
    }

    /// What was known of the burst before says nothing of this one.
    @Test
    void whatIsForOthersIsNotTakenForTheOneBefore() {
        begin(INBOUND);
        path.add(bench.arriving(INBOUND));
        assertThat(path.known()).isEqualTo(1);
        path.clear();
        path.add(bench.arriving(INBOUND).timeToLive(1));
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.DIVERTED);
    }

    private void isTaken(PacketBuilder packet, boolean taken) {
        isTaken(packet, frame -> {}, taken);
    }

    /// Sees whether a packet of the connection, which is spoilt perhaps, is sent at once or left to
    /// others.
    private void isTaken(PacketBuilder packet, Consumer<Long> spoil, boolean taken) {
        path.add(packet);
        spoil.accept(path.burst.data(0));
        byte[] before = path.frame(0);
        assertThat(path.known()).isEqualTo(taken ? 1 : 0);
        if (!taken) {
            assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.DIVERTED);
            assertThat(path.frame(0)).isEqualTo(before);
        }
        path.clear();
    }

    private PacketBuilder segment() {
        return bench.arriving(INBOUND);
    }

    @Test
    void aSegmentIsTakenThatIsWhole() {
        begin(INBOUND);
        isTaken(segment(), true);
        isTaken(segment().payload("x").padding(4), true);
        isTaken(segment().truncate(L4 + 20), true);
        isTaken(segment().truncate(L4 + 19), false);
        isTaken(segment(), l2 -> Memory.putNetworkShort(l2 + IP + 4, 21), false);
        isTaken(segment(), l2 -> Memory.putNetworkShort(l2 + IP + 4, 19), false);
        isTaken(segment().payload("xyz"), l2 -> Memory.putNetworkShort(l2 + IP + 4, 22), true);
    }

    @Test
    void itsHeaderIsWhole() {
        begin(INBOUND);
        isTaken(segment(), l2 -> Memory.putByte(l2 + L4 + 12, 0x40), false);
        isTaken(segment(), l2 -> Memory.putByte(l2 + L4 + 12, 0x60), false);
        isTaken(segment().payload("1234"), l2 -> Memory.putByte(l2 + L4 + 12, 0x60), true);
        isTaken(segment().payload("1234"), l2 -> Memory.putByte(l2 + L4 + 12, 0x70), false);
        isTaken(segment().payload("123"), l2 -> Memory.putByte(l2 + L4 + 12, 0x60), false);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aHopLimitThatEndsHereIsForOthers(int hops) {
        begin(INBOUND);
        isTaken(segment().timeToLive(hops), false);
        isTaken(segment().timeToLive(2), true);
    }

    @Test
    void anotherVersionIsForOthers() {
        begin(INBOUND);
        isTaken(segment(), l2 -> Memory.putByte(l2 + IP, 0x40), false);
        isTaken(segment(), l2 -> Memory.putByte(l2 + IP, 0x6F), true);
    }

    @Test
    void anotherProtocolIsForOthers() {
        begin(INBOUND);
        isTaken(segment(), l2 -> Memory.putByte(l2 + IP + 6, 132), false);
        isTaken(segment(), l2 -> Memory.putByte(l2 + IP + 6, 0), false);
    }

    @Test
    void anotherStationsIsForOthers() {
        begin(INBOUND);
        isTaken(segment(), l2 -> Memory.putByte(l2 + 5, 3), false);
        isTaken(segment(), l2 -> Memory.putByte(l2, 3), false);
        isTaken(segment(), l2 -> Memory.putByte(l2 + 6, 3), true);
    }

    @Test
    void aDatagramIsTakenThatIsWholeAndHasAChecksum() {
        become(Families.IPV6, OpenBench.UDP);
        begin(INBOUND);
        isTaken(segment(), true);
        isTaken(segment().truncate(L4 + 8), true);
        isTaken(segment().payload("1234"), true);
        isTaken(segment().noUdpChecksum(), false);
        isTaken(segment(), l2 -> Memory.putNetworkShort(l2 + L4 + 4, 7), false);
        isTaken(segment(), l2 -> Memory.putNetworkShort(l2 + L4 + 4, 9), false);
        isTaken(segment().payload("1"), l2 -> Memory.putNetworkShort(l2 + L4 + 4, 8), true);
        isTaken(segment().payload("1"), l2 -> Memory.putNetworkShort(l2 + IP + 4, 7), false);
    }

    @Test
    void aTaggedFrameIsReadBehindItsTag() {
        path.close();
        path = new Ipv6Bench(bench, OUTBOUND);
        begin(OUTBOUND);
        isTaken(bench.arriving(OUTBOUND), true);
        isTaken(bench.arriving(OUTBOUND).truncate(18 + 40 + 19), false);
        isTaken(bench.arriving(OUTBOUND), l2 -> Memory.putNetworkShort(l2 + 14, 101), false);
        isTaken(bench.arriving(OUTBOUND), l2 -> Memory.putNetworkShort(l2 + 14, 0xE064), true);
    }

    /// Its connection comes by VLAN 100.
    @Test
    void theDeviceIsThatOfItsTag() {
        path.close();
        path = new Ipv6Bench(bench, OUTBOUND);
        begin(OUTBOUND);
        byte[] tagged = bench.arriving(OUTBOUND).toBytes();
        PacketBuilder untagged =
                PacketBuilder.ethernet(PathBench.SERVER_MAC, PathBench.OURS)
                        .type(0x86DD)
                        .payload(Arrays.copyOfRange(tagged, 18, tagged.length));
        path.add(untagged);
        assertThat(path.known()).as("by another device").isZero();
    }
}
