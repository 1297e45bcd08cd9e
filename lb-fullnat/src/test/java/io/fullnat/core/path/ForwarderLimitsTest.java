// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TestHops;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a service has [Forwarder] do with packets that could be sent: what is kept back, begins a
/// connection anew, is changed or given to a modifier; and what fragments have of that.
@ParameterizedClass
@EnumSource(Families.class)
class ForwarderLimitsTest {
    private static final String DATA = "some more data";
    private static final int LINK = 18;

    private final Families families;
    private PathBench bench;
    private StageBench stages;
    private Forwarder forwarder;

    ForwarderLimitsTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
        forwarder = stages.forwarder;
    }

    private void use(int protocol, ServicePolicy policy) {
        bench.close();
        bench = new PathBench(families, protocol, policy);
        stages = new StageBench(bench, INBOUND);
        forwarder = stages.forwarder;
    }

    private static ServicePolicy onePacketASecond() {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        return ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withPackets(Optional.of(one)));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private @Nullable Outcome forward(PacketBuilder packet) {
        Outcome outcome = forwarder.forward(bench.receive(INBOUND, packet), bench.entry);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    private PacketBuilder syn() {
        return bench.arriving(INBOUND).flags(Tcp.SYN).sequence(7_000).payload(DATA);
    }

    private byte[] sent() {
        List<byte[]> all = bench.sent();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private int transport() {
        return LINK + (bench.comesWide(OUTBOUND) ? 40 : 20);
    }

    private static int number(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getInt(at);
    }

    @Test
    void whatALimitKeepsBackIsCountedForItsService() {
        use(OpenBench.TCP, onePacketASecond());
        assertThat(forward(bench.arriving(INBOUND))).isNull();
        assertThat(forward(bench.arriving(INBOUND))).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
        Frame frame = bench.receive(INBOUND, bench.arriving(INBOUND));
        assertThat(forwarder.forwardOwn(frame, bench.entry)).isEqualTo(Outcome.PACKETS_LIMITED);
        bench.free();
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).as("a packet of our own").isOne();
        assertThat(
                        forwarder.resolve(
                                bench.entry,
                                bench.receive(INBOUND, bench.arriving(INBOUND)).l3(),
                                PathBench.WAN,
                                false))
                .isEqualTo(Preparation.ENDED);
        bench.free();
        assertThat(forwarder.limits().refusal()).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isEqualTo(2);
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.counted(INBOUND, TrafficTable.IN_PACKETS)).isOne();
    }

    private void is(ConnectionState state) {
        bench.context.life().move(bench.entry, state);
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(bench.entry + ConnectionLayout.STATE));
    }

    @Test
    void aSynBeginsAConnectionAnewThatIsOver() {
        is(ConnectionState.CLOSE);
        assertThat(forward(bench.arriving(INBOUND))).isNull();
        assertThat(state()).isEqualTo(ConnectionState.CLOSE);
        assertThat(forward(syn())).isNull();
        assertThat(state()).isEqualTo(ConnectionState.SYN_RECV);
        bench.sent();
    }

    @Test
    void unlessALimitKeepsItBack() {
        use(OpenBench.TCP, onePacketASecond());
        assertThat(forward(bench.arriving(INBOUND))).isNull();
        is(ConnectionState.CLOSE);
        assertThat(forward(syn())).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(state()).isEqualTo(ConnectionState.CLOSE);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
        bench.sent();
    }

    /// A connection that lives keeps its numbers.
    @Test
    void itGetsNumbersOfItsOwn() {
        use(OpenBench.TCP, ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)));
        assertThat(forward(syn())).isNull();
        assertThat(number(sent(), transport() + 4)).isEqualTo(7_000);
        is(ConnectionState.CLOSE);
        int number = bench.context.syns().number(bench.entry, bench.service, 7_000);
        assertThat(number).isNotEqualTo(7_000);
        assertThat(forward(syn())).isNull();
        assertThat(number(sent(), transport() + 4)).isEqualTo(number);
        assertThat(forward(syn().flags(Tcp.ACK).sequence(7_001))).isNull();
        assertThat(number(sent(), transport() + 4)).isEqualTo(number + 1);
    }

    /// By the link that it leaves by.
    @Test
    void theOptionsOfASynAreChanged() {
        use(
                OpenBench.TCP,
                ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withMss(TcpPolicy.PATH_MSS)));
        byte[] size = HexFormat.of().parseHex("0204fff0");
        assertThat(forward(syn().tcpOptions(size))).isNull();
        int most = number(sent(), transport() + 20) & 0xFFFF;
        assertThat(most).isLessThanOrEqualTo(PathBench.WAN_MTU - 40).isGreaterThan(1300);
        bench.serve(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withMss(1_000)));
        assertThat(forward(syn().tcpOptions(size))).isNull();
        assertThat(number(sent(), transport() + 20) & 0xFFFF).isEqualTo(1_000);
        assertThat(forward(syn().flags(Tcp.ACK).tcpOptions(size))).isNull();
        assertThat(number(sent(), transport() + 20) & 0xFFFF).isEqualTo(0xFFF0);
        Frame frame = bench.receive(INBOUND, syn().tcpOptions(size));
        assertThat(forwarder.resolve(bench.entry, frame.l3(), PathBench.WAN, false))
                .isEqualTo(bench.entry);
        assertThat(Memory.getInt(stages.family.transport(frame.l3()) + 20))
                .isEqualTo(Integer.reverseBytes(0x0204_03E8));
        bench.free();
    }

    /// Notes what it sees, and sends a packet ahead of the next one if it is told to.
    private static final class Noting implements PacketModifier {
        private final List<String> seen = new ArrayList<>();
        private boolean refuses;
        private boolean finishes = true;
        private int ahead;
        private int mtu;

        @Override
        public void begin(long entry, long record, ServiceEntry service) {
            seen.add("begun");
        }

        @Override
        public void modify(ModifiedPacket packet) {
            seen.add("modified");
            if (refuses) {
                packet.refuse();
            }
        }

        @Override
        public boolean finishes() {
            return finishes;
        }

        @Override
        public void finish(ModifiedPacket packet) {
            seen.add("finished");
            mtu = packet.mtu();
            assertThat(Tcp.destinationPort(packet.transport())).isEqualTo(8080);
            if (ahead > 0) {
                long ip = packet.ahead(ahead);
                assertThat(ip).isNotZero();
                Memory.copy(packet.ip(), ip, ahead);
            }
        }
    }

    private final Noting modifier = new Noting();

    private void modify() {
        requireNonNull(bench.context.modify(4, (entry, service) -> modifier))
                .begin(bench.entry, bench.service);
        modifier.seen.clear();
    }

    @Test
    void aModifierSeesAPacketOfTheClientOnceMoreWhenItIsTranslated() {
        assertThat(forwarder.isFinished(bench.entry)).isFalse();
        modify();
        assertThat(forwarder.isFinished(bench.entry)).isTrue();
        assertThat(forwarder.isFinished(bench.flow(OUTBOUND))).isFalse();
        assertThat(forward(bench.arriving(INBOUND).payload(DATA))).isNull();
        assertThat(modifier.seen).containsExactly("modified", "finished");
        assertThat(modifier.mtu)
                .as("what is not cut")
                .isEqualTo(families == Families.IPV4_TO_IPV6 ? 1280 : PathBench.LAN_MTU);
        assertThat(sent()).isEqualTo(stages.first(bench.leaving(INBOUND).payload(DATA)).toBytes());
    }

    @Test
    void unlessItDoesNotWantTo() {
        modifier.finishes = false;
        modify();
        assertThat(forwarder.isFinished(bench.entry)).isFalse();
        assertThat(forward(bench.arriving(INBOUND).payload(DATA))).isNull();
        assertThat(modifier.seen).containsExactly("modified");
        bench.sent();
    }

    @Test
    void noneOfTheServerIsFinished() {
        modify();
        stages = new StageBench(bench, OUTBOUND);
        Frame frame = bench.receive(OUTBOUND, bench.arriving(OUTBOUND));
        assertThat(stages.forwarder.forward(frame, bench.flow(OUTBOUND))).isNull();
        assertThat(modifier.seen).containsExactly("modified");
        bench.sent();
    }

    @Test
    void whatGoesAheadIsSentFirst() {
        int headers = bench.comesWide(OUTBOUND) ? 60 : 40;
        modifier.ahead = headers;
        modify();
        assertThat(forward(bench.arriving(INBOUND).payload(DATA))).isNull();
        List<byte[]> sent = bench.sent();
        byte[] packet = stages.first(bench.leaving(INBOUND).payload(DATA)).toBytes();
        assertThat(sent).hasSize(2);
        assertThat(sent.getLast()).isEqualTo(packet);
        assertThat(sent.getFirst()).startsWith(Arrays.copyOf(packet, LINK + headers));
        assertThat(sent.getFirst()).hasSize(Math.max(60, LINK + headers));
        assertThat(bench.count(Outcome.FORWARDED_IN)).as("that is our own").isOne();
    }

    @Test
    void whatAModifierRefusesIsNotSent() {
        modifier.refuses = true;
        modify();
        assertThat(forward(bench.arriving(INBOUND))).isEqualTo(Outcome.TELLING_REFUSED);
        assertThat(bench.refused(Outcome.TELLING_REFUSED)).isOne();
        assertThat(bench.counted(INBOUND, TrafficTable.IN_PACKETS)).isZero();
        bench.sent();
        Frame frame = bench.receive(INBOUND, bench.arriving(INBOUND));
        assertThat(forwarder.resolve(bench.entry, frame.l3(), PathBench.WAN, false))
                .isEqualTo(Preparation.ENDED);
        assertThat(bench.refused(Outcome.TELLING_REFUSED)).isEqualTo(2);
        bench.free();
        bench.sent();
    }

    /// It is a new one to its modifier.
    @Test
    void aConnectionThatBeginsAnewGetsItsModifierAnew() {
        modify();
        is(ConnectionState.CLOSE);
        assertThat(forward(syn())).isNull();
        assertThat(modifier.seen).containsExactly("begun", "modified", "finished");
        bench.sent();
    }

    /// The datagram opens another one when it comes again.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSingleDatagramThatWaitsKeepsItsConnectionWhereThereIsRoom(boolean room) {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
        PacketBuilder datagram = bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
        Frame frame = bench.receive(INBOUND, datagram);
        long flow = stages.sessions.open(frame, stages.family.hash(frame.l3()), 0);
        for (int other = 1; !room && other <= 4096; other++) {
            assertThat(stages.datagrams.keep(frame.buffer() + other, flow)).isTrue();
        }
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
        assertThat(forwarder.forward(frame, flow)).isNull();
        assertThat(bench.context.table().size()).isEqualTo(room ? 2 : 1);
        assertThat(stages.datagrams.take(stages.family, frame.buffer(), frame.l3()))
                .isEqualTo(room ? flow : 0);
        bench.sent();
    }

    @Test
    void whatADatagramSaysOfItselfIsTakenOut() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        if (families != Families.IPV4) {
            return; // an option of IPv4, which does not cross
        }
        byte[] option = {31, 8, 0, 99, 1, 2, 3, 4};
        PacketBuilder packet = bench.from(INBOUND).ipOptions(option);
        assertThat(forward(packet.udp(PathBench.CLIENT_PORT, 80).payload(DATA))).isNull();
        assertThat(sent()).containsSequence(1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(bench.count(Counter.UOA_STRIPPED)).isOne();
        PacketBuilder later = bench.from(INBOUND).ipOptions(option).fragment(64, false);
        Frame part = bench.receive(INBOUND, later.protocol(OpenBench.UDP).payload(new byte[64]));
        assertThat(forwarder.forwardLater(part, bench.entry, 1)).isNull();
        assertThat(sent()).as("of each fragment").containsSequence(1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(bench.count(Counter.UOA_STRIPPED)).isEqualTo(2);
        stages = new StageBench(bench, OUTBOUND);
        Frame frame =
                bench.receive(
                        OUTBOUND,
                        bench.from(OUTBOUND)
                                .ipOptions(option)
                                .udp(8080, bench.localPort())
                                .payload(DATA));
        assertThat(stages.forwarder.forward(frame, bench.flow(OUTBOUND))).isNull();
        assertThat(sent()).as("of a server").containsSequence(31, 8, 0, 99, 1, 2, 3, 4);
        assertThat(bench.count(Counter.UOA_STRIPPED)).isEqualTo(2);
    }

    /// A fragment of a datagram from the client.
    private PacketBuilder fragment(int offset, boolean more) {
        return PathCases.fragment(bench, offset, more, DATA.repeat(4).getBytes(UTF_8));
    }

    private int identificationAt() {
        return LINK + (bench.comesWide(OUTBOUND) ? 44 : 4);
    }

    private boolean staysWide() {
        return bench.comesWide(INBOUND) && !bench.isAcross();
    }

    private void hasIdentification(byte[] frame, int number) {
        if (bench.comesWide(OUTBOUND)) {
            assertThat(number(frame, identificationAt()))
                    .isEqualTo(staysWide() ? 0x1234_5678 : number);
        } else {
            assertThat(number(frame, identificationAt()) >>> 16).isEqualTo(number);
        }
    }

    @Test
    void fragmentsGetAnIdentificationUnlessTheyStayOfIpv6() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        Frame first = bench.receive(INBOUND, fragment(0, true));
        assertThat(forwarder.forwardFirst(first, bench.entry, 0x0BAD)).isNull();
        hasIdentification(sent(), 0x0BAD);
        assertThat(bench.counted(INBOUND, TrafficTable.IN_PACKETS)).isOne();
        Frame later = bench.receive(INBOUND, fragment(64, false));
        assertThat(forwarder.forwardLater(later, bench.entry, 0x0BEE)).isNull();
        byte[] sent = sent();
        hasIdentification(sent, 0x0BEE);
        assertThat(new String(sent, UTF_8)).endsWith(DATA.repeat(4));
        assertThat(bench.counted(INBOUND, TrafficTable.IN_PACKETS)).isEqualTo(2);
        assertThat(bench.count(Outcome.FORWARDED_IN)).isEqualTo(2);
    }

    /// It says nothing but that its connection is in use.
    @Test
    void aLaterFragmentLetsTheIdleTimeBeginAnew() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        bench.context.stack().time(9_000_000_000L);
        Frame later = bench.receive(INBOUND, fragment(64, false));
        assertThat(forwarder.forwardLater(later, bench.entry, 1)).isNull();
        assertThat(Memory.getInt(bench.entry + LAST_SEEN)).isEqualTo(9);
        assertThat(state()).isEqualTo(ConnectionState.UDP_ONEWAY);
        bench.sent();
    }

    @Test
    void aLaterFragmentMayBeKeptBackToo() {
        use(OpenBench.UDP, onePacketASecond());
        Frame later = bench.receive(INBOUND, fragment(64, false));
        assertThat(forwarder.forwardLater(later, bench.entry, 1)).isNull();
        later = bench.receive(INBOUND, fragment(128, false));
        assertThat(forwarder.forwardLater(later, bench.entry, 1))
                .isEqualTo(Outcome.PACKETS_LIMITED);
        bench.free();
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void aLaterFragmentNeedsAWayAndANeighbour() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        Frame later = bench.receive(INBOUND, fragment(64, false).timeToLive(1));
        assertThat(forwarder.forwardLater(later, bench.entry, 1)).isEqualTo(Outcome.TTL_EXPIRED);
        bench.free();
        assertThat(bench.told).containsExactly("time exceeded");
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
        later = bench.receive(INBOUND, fragment(64, false));
        assertThat(forwarder.forwardLater(later, bench.entry, 1)).isNull();
        assertThat(bench.bench.neighbourhood.arp().neighbours().waitingPackets()).isOne();
        assertThat(bench.sent()).as("a request").hasSize(1);
    }
}
