// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.transmit.Transmitter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets of IPv6 in a burst, whose connection is within IPv6 or leads to IPv4: which are sent at
/// once, which when something was done first, and which are others' to handle. What may come in at
/// all is [Ipv6GateTest]'s.
@ParameterizedClass
@CsvSource({"IPV6, 0", "IPV6, 1", "IPV6_TO_IPV4, 0", "IPV4_TO_IPV6, 1"})
class Ipv6PathTest {
    private static final int NOW = 99;
    private static final String DATA = "some more data than Ethernet pads";

    private final PathBench bench;
    private final Ipv6Bench path;
    private final int direction;
    private final boolean across;
    private final long flow;
    private int sent;

    Ipv6PathTest(Families families, int direction) {
        bench = new PathBench(families, OpenBench.TCP);
        path = new Ipv6Bench(bench, direction);
        this.direction = direction;
        across = bench.isAcross();
        flow = bench.flow(direction);
        bench.context.stack().time(NOW * 1_000_000_000L);
    }

    @AfterEach
    void close() {
        path.close();
        bench.close();
    }

    private PacketBuilder arriving() {
        return bench.arriving(direction).acknowledgement(5_000).payload(DATA);
    }

    /// The next one that leaves.
    private PacketBuilder leaving() {
        PacketBuilder packet = bench.leaving(direction).acknowledgement(5_000).payload(DATA);
        sent++;
        return across ? packet.identification(sent << 8) : packet;
    }

    /// Has one segment be sent, so that the connection knows its way.
    private void begin() {
        path.add(arriving());
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(flow);
        path.clear();
        sent++;
    }

    private void isCounted(int packets, int bytesEach) {
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(NOW);
        assertThat(Memory.getInt(flow + PACKETS)).isEqualTo(packets);
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES))
                .isEqualTo((long) packets * bytesEach);
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isEqualTo(packets);
        assertThat(bench.counted(direction, TrafficTable.IN_BYTES))
                .isEqualTo((long) packets * bytesEach);
    }

    private int length() {
        return 40 + 20 + DATA.length();
    }

    @Test
    void thePacketThatFindsTheWayIsPreparedAndSent() {
        path.add(arriving());
        assertThat(path.known()).as("its way is not known").isZero();
        assertThat(path.frame(0)).isEqualTo(arriving().toBytes());
        assertThat(path.prepare(0)).isEqualTo(flow);
        assertThat(path.frame(0)).isEqualTo(leaving().toBytes());
        isCounted(1, length());
        int kind = direction == INBOUND ? Transmitter.IN : Transmitter.OUT;
        assertThat(path.burst.tag(0)).isEqualTo(Transmitter.tag(0, kind));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theOnesBehindItAreSentAtOnce(boolean alone) {
        begin();
        path.add(arriving());
        path.add(arriving());
        assertThat(alone ? path.alone() : path.known()).isEqualTo(0b11);
        assertThat(path.frame(0)).isEqualTo(leaving().toBytes());
        assertThat(path.frame(1)).isEqualTo(leaving().toBytes());
        isCounted(3, length());
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(5_000);
        int kind = direction == INBOUND ? Transmitter.IN : Transmitter.OUT;
        assertThat(path.burst.tag(1)).isEqualTo(Transmitter.tag(0, kind));
    }

    /// Whichever kind of packets the burst before was of.
    @Test
    void othersOfABurstMayBeOfAnotherKind() {
        begin();
        for (int round = 0; round < 3; round++) {
            path.add(arriving());
            path.add(arriving().flags(Tcp.ACK | Tcp.FIN));
            path.add(arriving());
            assertThat(path.known()).as("round %d", round).isEqualTo(0b101);
            assertThat(path.frame(0)).isEqualTo(leaving().toBytes());
            assertThat(path.frame(2)).isEqualTo(leaving().toBytes());
            assertThat(path.frame(1)).isEqualTo(arriving().flags(Tcp.ACK | Tcp.FIN).toBytes());
            path.clear();
        }
    }

    /// Only those are looked at that are of IPv6, wherever they stand.
    @Test
    void packetsKeepTheirPlaceInTheBurst() {
        begin();
        path.add(path.four());
        path.add(arriving());
        path.add(path.four());
        path.add(arriving().flags(Tcp.ACK | Tcp.FIN));
        path.add(arriving());
        assertThat(path.known(0b11010)).isEqualTo(0b10010);
        assertThat(path.frame(1)).isEqualTo(leaving().toBytes());
        assertThat(path.frame(4)).isEqualTo(leaving().toBytes());
        assertThat(path.frame(0)).isEqualTo(path.four().toBytes());
        assertThat(path.frame(2)).isEqualTo(path.four().toBytes());
        assertThat(path.prepare(3)).isEqualTo(flow);
        assertThat(path.frame(3)).isEqualTo(leaving().flags(Tcp.ACK | Tcp.FIN).toBytes());
    }

    @Test
    void aWholeBurstIsSentAtOnce() {
        begin();
        for (int i = 0; i < 64; i++) {
            path.add(arriving());
        }
        assertThat(path.alone()).isEqualTo(-1L);
        isCounted(65, length());
    }

    @Test
    void whatTheStateHasToSeeIsPreparedFirst() {
        begin();
        path.add(arriving().flags(Tcp.ACK | Tcp.FIN));
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(flow);
        assertThat(path.frame(0)).isEqualTo(leaving().flags(Tcp.ACK | Tcp.FIN).toBytes());
    }

    @Test
    void whatComesAnotherWayIsPreparedFirst() {
        begin();
        bench.context.stack().forgetAdjacencies();
        path.add(arriving());
        path.add(arriving());
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(flow);
        assertThat(path.prepare(1)).as("the way is known again").isEqualTo(flow);
        assertThat(path.frame(0)).isEqualTo(leaving().toBytes());
        assertThat(path.frame(1)).isEqualTo(leaving().toBytes());
        isCounted(3, length());
    }

    private int longest() {
        int mtu = direction == INBOUND ? PathBench.LAN_MTU : PathBench.WAN_MTU;
        return mtu - (across ? 40 : 60);
    }

    @Test
    void whatIsAsLongAsItsLinkIsSentAndWhatIsLongerIsForOthers() {
        begin();
        path.add(arriving().payload(new byte[longest()]));
        path.add(arriving().payload(new byte[longest() + 1]));
        assertThat(path.known()).isEqualTo(0b01);
        assertThat(path.prepare(1)).isEqualTo(Ipv6Bench.DIVERTED);
        assertThat(path.frame(1)).isEqualTo(arriving().payload(new byte[longest() + 1]).toBytes());
    }

    @Test
    void numbersAreMovedAtOnceOrWhenTheWayIsFound() {
        bench.context.table().shifts().set(bench.entry, 1_000, 0);
        int more = direction == INBOUND ? 1_000 : 0;
        int seen = direction == INBOUND ? 5_000 : 4_000;
        for (int round = 0; round < 2; round++) {
            path.add(arriving());
            path.add(arriving());
            assertThat(path.known()).isEqualTo(round == 0 ? 0 : 0b11);
            for (int i = 0; i < 2; i++) {
                if (round == 0) {
                    assertThat(path.prepare(i)).isEqualTo(flow);
                }
                assertThat(path.frame(i))
                        .isEqualTo(leaving().sequence(more).acknowledgement(seen).toBytes());
            }
            path.clear();
        }
        assertThat(bench.counted(direction, TrafficTable.IN_PACKETS)).isEqualTo(4);
        bench.context.table().shifts().clear(bench.entry);
        isCounted(4, length());
    }

    /// As to a real server behind a tunnel: each one is prepared.
    @Test
    void allHeadersOfTheWayStandInFront() {
        begin();
        byte[] inner = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        PathCases.encapsulate(bench, flow, inner);
        path.add(arriving());
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(flow);
        byte[] bare = leaving().toBytes();
        int link = direction == INBOUND ? 18 : 14;
        assertThat(path.frame(0)).isEqualTo(PathCases.encapsulated(bare, link, inner));
    }

    @Test
    void whatBelongsToNoConnectionEnds() {
        begin();
        bench.context.life().end(bench.entry);
        path.add(arriving());
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.ENDED);
        path.gone();
        assertThat(bench.context.stack().counters().get(Outcome.NO_CONNECTION)).isOne();
        assertThat(bench.told).hasSize(1);
    }

    @Test
    void whatCannotBeSentYetIsForOthers() {
        begin();
        bench.context.stack().view(PathBench.view());
        path.add(arriving());
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.DIVERTED);
        assertThat(path.frame(0)).isEqualTo(arriving().toBytes());
    }

    @Test
    void packetsWithMoreHeadersAreForOthers() {
        begin();
        path.add(arriving().extension(Ipv6Extension.destination()));
        path.add(arriving());
        assertThat(path.known()).isEqualTo(0b10);
        assertThat(path.prepare(0)).isEqualTo(Ipv6Bench.DIVERTED);
    }

    /// Where most cross, those are looked at first.
    @Test
    void theFewOfOneFamilyAmongThoseThatCrossAreSentAtOnceToo() {
        assumeFalse(
                !across || direction != INBOUND, "clients of a service whose servers are of IPv4");
        begin();
        long other = bench.bench.open(Families.IPV6, OpenBench.TCP, 1_008);
        bench.context.life().move(other, ConnectionState.ESTABLISHED);
        PacketBuilder within =
                PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS)
                        .ipv6("2001:db8:0:c1::3f0", "2001:db8:0:1::1")
                        .tcp(30_008, 80)
                        .payload(DATA);
        PacketBuilder sentOn =
                PacketBuilder.ethernet(PathBench.OURS, PathBench.SERVER_MAC)
                        .vlan(100)
                        .ipv6("2001:db8:0:1::64", "2001:db8:0:1::b")
                        .timeToLive(63)
                        .tcp(ConnectionKey.destinationPort(other, OUTBOUND), 8080)
                        .payload(DATA);
        path.add(within);
        assertThat(path.known()).isZero();
        assertThat(path.prepare(0)).isEqualTo(other);
        path.clear();
        for (int round = 0; round < 2; round++) {
            path.add(arriving());
            path.add(within);
            path.add(arriving());
            path.add(arriving());
            path.add(within);
            path.add(arriving());
            assertThat(path.known()).as("round %d", round).isEqualTo(0b111111);
            assertThat(path.frame(1)).isEqualTo(sentOn.toBytes());
            assertThat(path.frame(4)).isEqualTo(sentOn.toBytes());
            assertThat(path.frame(0)).isEqualTo(leaving().toBytes());
            path.clear();
            sent += 3;
        }
    }
}
