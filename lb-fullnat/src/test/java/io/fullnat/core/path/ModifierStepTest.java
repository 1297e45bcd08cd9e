// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a connection's modifier is shown, and what becomes of what it says: of a connection whose
/// client has acknowledged 5,000 of the server's numbers, and whose server 9,000 of the client's.
@ParameterizedClass
@EnumSource(Families.class)
class ModifierStepTest {
    private static final int CLIENT_GOT = 5_000;
    private static final int SERVER_GOT = 9_000;
    private static final int RECENT = 1 << 24;
    private static final int SYN_ACK = Tcp.SYN | Tcp.ACK;

    private final PathBench bench;
    private final Choice choice = new Choice();
    private final Noting modifier = new Noting();
    private final List<String> seen = new ArrayList<>();

    ModifierStepTest(Families families) {
        bench = new PathBench(families, OpenBench.TCP);
        bench.context.life().move(bench.entry, ConnectionState.ESTABLISHED);
        got(INBOUND, CLIENT_GOT);
        got(OUTBOUND, SERVER_GOT);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void got(int direction, int number) {
        Memory.putNetworkInt(bench.flow(direction) + ACKNOWLEDGED, number);
    }

    /// Whose connections need a modifier, unless said otherwise.
    private final class Choice implements Modifiers.Choice {
        private boolean needed = true;

        @Override
        public PacketModifier choose(long entry, ServiceEntry service) {
            seen.add("chosen for " + service.service().key());
            return modifier;
        }

        @Override
        public boolean isNeeded(ServiceEntry service) {
            return needed;
        }
    }

    /// Notes what it is shown, and says what it is told to.
    private final class Noting implements PacketModifier {
        private Consumer<ModifiedPacket> says = packet -> {};

        @Override
        public void modify(ModifiedPacket packet) {
            long l4 = packet.transport() - packet.ip();
            seen.add(packet.direction() + " at " + l4 + ", " + packet.mtu() + " bytes");
            assertThat(packet.entry()).isEqualTo(bench.entry);
            says.accept(packet);
        }
    }

    private Modifiers modifiers(int capacity) {
        return requireNonNull(bench.context.modify(capacity, choice));
    }

    private void begin() {
        modifiers(4).begin(bench.entry, bench.service);
        seen.clear();
    }

    private ModifierStep step(int direction) {
        return new ModifierStep(bench.context, bench.family(direction));
    }

    private PacketBuilder segment(int flags, int sequence, int acknowledgement) {
        return bench.arriving(OUTBOUND)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    /// A SYN-ACK of a server that has forgotten the connection, whose numbers are new.
    private PacketBuilder anew() {
        return segment(SYN_ACK, 0x7000_0000, 0x6000_0000);
    }

    private @Nullable Outcome follow(PacketBuilder packet) {
        Frame frame = bench.receive(OUTBOUND, packet);
        Outcome outcome = step(OUTBOUND).follow(bench.entry, bench.flow(OUTBOUND), frame.l3());
        assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
        bench.free();
        return outcome;
    }

    private boolean isModified() {
        return ConnectionLayout.isModified(bench.entry);
    }

    private void isLeft(PacketBuilder packet) {
        assertThat(follow(packet)).isNull();
        assertThat(isModified()).isFalse();
        assertThat(seen).isEmpty();
    }

    @Test
    void aServerThatBeginsAnewByItselfGetsAModifier() {
        modifiers(1);
        assertThat(follow(anew())).isNull();
        assertThat(isModified()).isTrue();
        assertThat(seen).hasSize(1);
        assertThat(follow(anew())).isNull();
        assertThat(seen).as("which it has then").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Tcp.ACK, Tcp.SYN, Tcp.RST | Tcp.ACK, Tcp.FIN | Tcp.ACK})
    void otherSegmentsBeginNothing(int flags) {
        modifiers(1);
        isLeft(anew().flags(flags));
    }

    /// Its modifier was chosen when the client's SYN came.
    @Test
    void theAnswerToTheFirstSynBeginsNothing() {
        modifiers(1);
        bench.context.life().move(bench.entry, ConnectionState.SYN_RECV);
        isLeft(anew());
        bench.context.life().move(bench.entry, ConnectionState.CLOSE);
        assertThat(follow(anew())).isNull();
        assertThat(isModified()).isTrue();
    }

    /// A SYN-ACK of the present connection that comes late has numbers where both ends have been:
    /// both, and not more than 2^24 bytes ago.
    @ParameterizedTest
    @CsvSource({
        "-1, 0, true",
        "-1, 1, false",
        "0, 0, false",
        "-16777217, 0, true",
        "-16777218, 0, false",
        "-1, -16777216, true",
        "-1, -16777217, false",
        "-1, 2147483647, false",
        "2147483646, 0, false"
    })
    void aSynAckThatIsRepeatedBeginsNothing(int sequence, int acknowledgement, boolean repeated) {
        modifiers(1);
        PacketBuilder packet =
                segment(SYN_ACK, CLIENT_GOT + sequence, SERVER_GOT + acknowledgement);
        if (repeated) {
            isLeft(packet);
        } else {
            assertThat(follow(packet)).isNull();
            assertThat(isModified()).isTrue();
        }
    }

    @Test
    void numbersWrap() {
        modifiers(1);
        got(INBOUND, RECENT / 2);
        got(OUTBOUND, 3);
        isLeft(segment(SYN_ACK, -RECENT / 2 - 1, 3 - RECENT));
        assertThat(follow(segment(SYN_ACK, -RECENT / 2 - 2, 3 - RECENT))).isNull();
        assertThat(isModified()).isTrue();
    }

    /// Then the stream has nothing that a server would believe.
    @Test
    void whereNoneIsNeededNoneBegins() {
        modifiers(1);
        choice.needed = false;
        isLeft(anew());
    }

    @Test
    void withoutModifiersNothingBegins() {
        isLeft(anew());
    }

    /// A service that is gone has none to give.
    @Test
    void aConnectionWhoseServiceIsGoneGetsNone() {
        modifiers(1);
        bench.serveNothing();
        isLeft(anew());
    }

    @Test
    void aFullTableKeepsTheSynAckBack() {
        Modifiers modifiers = modifiers(1);
        long other = bench.openOfStranger();
        modifiers.begin(other, bench.service);
        seen.clear();
        assertThat(follow(anew())).isEqualTo(Outcome.MODIFIERS_FULL);
        assertThat(isModified()).isFalse();
        assertThat(seen).isEmpty();
        assertThat(bench.count(Counter.MODIFIERS_REFUSED)).isZero();
        choice.needed = false;
        isLeft(anew());
        choice.needed = true;
        modifiers.end(other);
        assertThat(follow(anew())).isNull();
        assertThat(isModified()).isTrue();
    }

    private PacketBuilder data() {
        return bench.arriving(INBOUND)
                .sequence(1)
                .acknowledgement(CLIENT_GOT)
                .payload("some more data than Ethernet pads");
    }

    /// Shows a packet of the client, whose buffer stays in hand.
    ///
    /// @return how much further to the back its IP header is now
    private long modify(PacketBuilder packet) {
        long ip = bench.receive(INBOUND, packet).l3();
        return step(INBOUND).modify(bench.entry, INBOUND, ip, 1_234) - ip;
    }

    @Test
    void aModifierSeesAPacketAndSaysWhereItBegins() {
        begin();
        assertThat(modify(data())).isZero();
        assertThat(step(INBOUND).end(bench.entry)).isNull();
        bench.free();
        int front = bench.comesWide(INBOUND) ? 40 : 20;
        assertThat(seen).containsExactly("0 at " + front + ", 1234 bytes");
        modifier.says = packet -> packet.ip(packet.ip() - 8);
        assertThat(modify(data())).isEqualTo(-8);
        bench.free();
        seen.clear();
        long ip = bench.receive(OUTBOUND, segment(Tcp.ACK, 1, 2)).l3();
        assertThat(step(OUTBOUND).modify(bench.entry, OUTBOUND, ip, 99)).isEqualTo(ip - 8);
        bench.free();
        front = bench.comesWide(OUTBOUND) ? 40 : 20;
        assertThat(seen).containsExactly("1 at " + front + ", 99 bytes");
        assertThat(bench.sent()).isEmpty();
    }

    /// In front of the transport header there may be more than the shortest header.
    @Test
    void theTransportHeaderIsWhereThePacketHasIt() {
        begin();
        PacketBuilder packet = data();
        int front = 48;
        if (bench.comesWide(INBOUND)) {
            packet.extension(Ipv6Extension.destination());
        } else {
            packet.ipOptions(new byte[28]);
        }
        modify(packet);
        bench.free();
        assertThat(seen).containsExactly("0 at " + front + ", 1234 bytes");
    }

    /// As if from the real server, in the client's numbers.
    @Test
    void aClientHearsAtOnceWhatItsModifierAnswers() {
        begin();
        modifier.says = packet -> packet.answer(34, 2_000);
        assertThat(modify(data().tcpOptions(stamps(1, 2)))).isZero();
        assertThat(step(INBOUND).end(bench.entry)).as("the packet goes on").isNull();
        bench.free();
        PacketBuilder answer =
                bench.leaving(OUTBOUND)
                        .timeToLive(64)
                        .flags(Tcp.ACK)
                        .sequence(CLIENT_GOT)
                        .acknowledgement(34)
                        .window(2_000)
                        .tcpOptions(stamps(2, 1))
                        .dontFragment();
        assertThat(bench.sent()).containsExactly(PathBench.bytes(answer));
        modifier.says = packet -> {};
        modify(data());
        bench.free();
        assertThat(bench.sent()).as("it has said nothing then").isEmpty();
    }

    private static byte[] stamps(int value, int echo) {
        return HexFormat.of().parseHex("0101080a%08x%08x".formatted(value, echo));
    }

    /// The answer is to the segment where it is now.
    @Test
    void anAnswerIsToTheSegmentWhereItHasGone() {
        begin();
        modifier.says =
                packet -> {
                    Memory.copy(packet.ip(), packet.ip() - 8, 60);
                    packet.ip(packet.ip() - 8);
                    Tcp.acknowledgement(packet.transport(), 77);
                    packet.answer(34, 2_000);
                };
        modify(data());
        bench.free();
        assertThat(bench.sent())
                .singleElement()
                .satisfies(frame -> {
                    int at = 14 + (bench.comesWide(INBOUND) ? 40 : 20) + 4;
                    assertThat(HexFormat.of().formatHex(frame, at, at + 8))
                            .isEqualTo("0000004d" + "00000022");
                });
    }

    @Test
    void aPacketThatIsDroppedEndsThere() {
        begin();
        modifier.says = ModifiedPacket::drop;
        modify(data());
        assertThat(step(INBOUND).end(bench.entry)).isEqualTo(Outcome.TELLING_REFUSED);
        bench.free();
        assertThat(bench.sent()).isEmpty();
        assertThat(state()).isEqualTo(ConnectionState.ESTABLISHED);
        assertThat(isModified()).isTrue();
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(bench.entry + ConnectionLayout.STATE));
    }

    /// When the state knows the packet: not before.
    @Test
    void bothEndsOfARefusedConnectionAreReset() {
        begin();
        modifier.says = ModifiedPacket::refuse;
        modify(data());
        assertThat(bench.sent()).isEmpty();
        assertThat(state()).isEqualTo(ConnectionState.ESTABLISHED);
        assertThat(step(INBOUND).end(bench.entry)).isEqualTo(Outcome.TELLING_REFUSED);
        bench.free();
        assertThat(bench.sent())
                .containsExactly(
                        PathBench.bytes(reset(bench.leaving(INBOUND), SERVER_GOT, CLIENT_GOT)),
                        PathBench.bytes(reset(bench.leaving(OUTBOUND), CLIENT_GOT, SERVER_GOT)));
        assertThat(state()).isEqualTo(ConnectionState.CLOSE);
        assertThat(isModified()).as("so that no later packet is let through").isTrue();
    }

    private static PacketBuilder reset(PacketBuilder packet, int sequence, int acknowledgement) {
        return packet.timeToLive(64)
                .flags(Tcp.RST | Tcp.ACK)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(0)
                .dontFragment();
    }

    @Test
    void withoutModifiersPacketsAreAsTheyWere() {
        assertThat(modify(data())).isZero();
        assertThat(bench.received()).isEqualTo(data().toBytes());
        assertThat(step(INBOUND).end(bench.entry)).isNull();
        bench.free();
        assertThat(bench.sent()).isEmpty();
        assertThat(state()).isEqualTo(ConnectionState.ESTABLISHED);
    }

    @Test
    void whatAModifierThrowsIsTheCallers() {
        begin();
        modifier.says =
                packet -> {
                    packet.answer(34, 2_000);
                    throw new IllegalStateException("a test's");
                };
        assertThatThrownBy(() -> modify(data())).hasMessage("a test's");
        bench.free();
        assertThat(bench.sent()).isEmpty();
    }
}
