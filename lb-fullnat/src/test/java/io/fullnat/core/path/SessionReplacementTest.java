// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// When [SessionStart] has a connection give its tuple to another one: one that is over, whose
/// client sends a SYN, goes on by the same entry unless something stands against that.
@ParameterizedClass
@EnumSource(Families.class)
class SessionReplacementTest {
    private static final int SEQUENCE = 77_000;

    private final Families families;
    private PathBench bench;
    private StageBench stages;

    SessionReplacementTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
        is(ConnectionState.CLOSE);
    }

    private void use(int protocol, ServicePolicy policy) {
        bench.close();
        bench = new PathBench(families, protocol, policy);
        stages = new StageBench(bench, INBOUND);
    }

    private void is(ConnectionState state) {
        bench.context.life().move(bench.entry, state);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder syn() {
        return bench.arriving(INBOUND).flags(Tcp.SYN).sequence(SEQUENCE);
    }

    private boolean isReplaced(int direction, long flow, PacketBuilder packet) {
        Frame frame = bench.receive(direction, packet);
        boolean replaced = stages.sessions.isReplaced(flow, frame.l3());
        bench.free();
        return replaced;
    }

    private boolean isReplaced(PacketBuilder packet) {
        int size = bench.context.table().size();
        boolean replaced = isReplaced(INBOUND, bench.entry, packet);
        assertThat(bench.context.table().size()).isEqualTo(replaced ? size - 1 : size);
        return replaced;
    }

    private void askAdmission() {
        stages = new StageBench(bench, INBOUND, (service, request) -> true);
    }

    @Test
    void aConnectionThatIsOverGoesOnByItsEntry() {
        assertThat(isReplaced(syn())).isFalse();
    }

    @Test
    void theApplicationIsAskedWhoMayConnect() {
        askAdmission();
        assertThat(isReplaced(syn())).isTrue();
    }

    @Test
    void aConnectionThatLivesIsNobodyElses() {
        askAdmission();
        is(ConnectionState.ESTABLISHED);
        assertThat(isReplaced(syn())).isFalse();
    }

    @Test
    void onlyASynAsksForAConnection() {
        askAdmission();
        assertThat(isReplaced(syn().flags(Tcp.ACK))).isFalse();
        assertThat(isReplaced(syn().flags(Tcp.SYN | Tcp.ACK))).isFalse();
        assertThat(isReplaced(syn().flags(Tcp.SYN | Tcp.FIN))).isFalse();
    }

    @Test
    void aPacketWithoutHopsAsksForNothing() {
        askAdmission();
        assertThat(isReplaced(syn().timeToLive(1))).isFalse();
        assertThat(isReplaced(syn().timeToLive(2))).isTrue();
    }

    @Test
    void aServerAsksForNothing() {
        stages = new StageBench(bench, OUTBOUND, (service, request) -> true);
        PacketBuilder packet = bench.arriving(OUTBOUND).flags(Tcp.SYN);
        assertThat(isReplaced(OUTBOUND, bench.flow(OUTBOUND), packet)).isFalse();
        assertThat(bench.context.table().size()).isOne();
    }

    @Test
    void aServiceThatIsGoneHasNoConnections() {
        bench.serveNothing();
        assertThat(isReplaced(syn())).isTrue();
    }

    /// Another server than the connection had.
    @Test
    void aTemplateMayLeadToAnotherServer() {
        try (TemplateTable table = new TemplateTable(8, 42)) {
            Persistence kept = Persistence.of(Duration.ofSeconds(100));
            bench.serve(ServicePolicy.DEFAULT).keeping(new ClientTemplates(table, 0, kept));
            assertThat(isReplaced(syn())).isTrue();
        }
    }

    @Test
    void aLimitOfHowManyBeginIsAsked() {
        ServiceLimits limits = ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse("10")));
        bench.serve(ServicePolicy.DEFAULT.withLimits(limits.withConnections(5)));
        assertThat(isReplaced(syn())).isTrue();
    }

    @Test
    void aLimitOfHowManyThereAreIsNot() {
        bench.serve(ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withConnections(5)));
        assertThat(isReplaced(syn())).isFalse();
    }

    @Test
    void aServerThatTakesNobodyTakesNoSecondOne() {
        bench.bench.health.server(1 - bench.slot(), 0);
        assertThat(isReplaced(syn())).as("the other server").isFalse();
        bench.bench.health.server(bench.slot(), 0);
        assertThat(isReplaced(syn())).isTrue();
    }

    @Test
    void aLocalAddressThatIsRemovedIsNotUsedAgain() {
        bench.bench.serveWithoutLocals(bench.service.service());
        assertThat(isReplaced(syn())).isTrue();
    }

    /// RFC 9293 §3.10.7.4: one in TIME-WAIT wants a higher number than it has received.
    @ParameterizedTest
    @CsvSource({
        "CLOSE, 77000, false",
        "TIME_WAIT, 77001, true",
        "TIME_WAIT, 77000, true",
        "TIME_WAIT, 76999, false"
    })
    void aServerMayWaitForTheEndOfTheFormer(
            ConnectionState state, int acknowledged, boolean replaced) {
        is(state);
        Memory.putNetworkInt(bench.flow(OUTBOUND) + ACKNOWLEDGED, acknowledged);
        assertThat(isReplaced(syn())).isEqualTo(replaced);
    }

    /// The server gets another number than the client has sent.
    @Test
    void itIsTheNumberThatTheServerWouldGet() {
        ServiceEntry fresh =
                bench.serve(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)));
        is(ConnectionState.TIME_WAIT);
        int number = bench.context.syns().number(bench.entry, fresh, 0);
        Memory.putNetworkInt(bench.flow(OUTBOUND) + ACKNOWLEDGED, number - 1);
        assertThat(isReplaced(syn().sequence(number - 5))).isFalse();
        Memory.putNetworkInt(bench.flow(OUTBOUND) + ACKNOWLEDGED, number);
        assertThat(isReplaced(syn().sequence(number + 5))).isTrue();
    }

    private static final class Needed implements Modifiers.Choice, PacketModifier {
        @Override
        public PacketModifier choose(long entry, ServiceEntry service) {
            return this;
        }

        @Override
        public boolean isNeeded(ServiceEntry service) {
            return true;
        }

        @Override
        public void modify(ModifiedPacket packet) {}
    }

    @Test
    void whatTellsTheServerOfItsClientNeedsRoom() {
        Modifiers modifiers = requireNonNull(bench.context.modify(1, new Needed()));
        assertThat(isReplaced(syn())).as("there is some").isFalse();
        long stranger = bench.openOfStranger();
        modifiers.begin(stranger, bench.service);
        assertThat(isReplaced(syn())).as("there is none").isTrue();
        bench.context.life().end(stranger);
    }

    @Test
    void aConnectionThatHasItKeepsIt() {
        Modifiers modifiers = requireNonNull(bench.context.modify(1, new Needed()));
        modifiers.begin(bench.entry, bench.service);
        assertThat(isReplaced(syn())).isFalse();
    }

    private static RealServer server(int number) {
        return RealServer.of("10.0.1.11", 8080 + number).toBuilder()
                .quicIds(List.of("ab%02x".formatted(number)))
                .build();
    }

    private PacketBuilder named(int server) {
        byte[] payload =
                HexFormat.of().parseHex("402aab%02x11223344".formatted(server) + "00".repeat(24));
        return bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80).payload(payload);
    }

    /// Opens a connection of QUIC by a datagram that names its server.
    private long openOfQuic() {
        Optional<QuicRouting> said = QuicRouting.parse(List.of("config 1 server-id 2 nonce 4"));
        QuicRouting routing = said.orElseThrow();
        ServicePolicy policy = ServicePolicy.DEFAULT.withQuic(said);
        use(OpenBench.UDP, policy);
        bench.serve(policy).routedBy(QuicRouter.of(routing, List.of(server(0), server(1))));
        Frame frame = bench.receive(INBOUND, named(bench.slot()));
        long flow = stages.sessions.open(frame, stages.family.hash(frame.l3()), 0);
        assertThat(flow).isNotZero();
        assertThat(stages.sessions.isTaken(flow, frame.l3())).as("by its own").isFalse();
        bench.free();
        bench.context.stack().time(5_000_000_000L);
        return flow;
    }

    private boolean isTaken(long flow, PacketBuilder packet) {
        Frame frame = bench.receive(INBOUND, packet);
        boolean taken = stages.sessions.isTaken(flow, frame.l3());
        bench.free();
        return taken;
    }

    @Test
    void aClientOfQuicMayHaveGotTheTupleOfAnother() {
        long flow = openOfQuic();
        PacketBuilder other = named(1 - bench.slot());
        assertThat(isTaken(flow, other)).isTrue();
        assertThat(isReplaced(INBOUND, flow, other.timeToLive(1))).isFalse();
        assertThat(bench.context.table().size()).isEqualTo(2);
        assertThat(isReplaced(INBOUND, flow, other.timeToLive(2))).isTrue();
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.count(Counter.QUIC_TUPLES_TAKEN)).isOne();
    }

    @Test
    void itsOwnDatagramsTakeNothing() {
        long flow = openOfQuic();
        assertThat(isReplaced(INBOUND, flow, named(bench.slot()))).isFalse();
        assertThat(bench.count(Counter.QUIC_TUPLES_TAKEN)).isZero();
    }

    @Test
    void norDoThoseOfItsServerOrOfOneThatIsNotRouted() {
        long flow = openOfQuic();
        PacketBuilder other = named(1 - bench.slot());
        assertThat(isTaken(flow + bench.flow(OUTBOUND) - bench.entry, other)).isFalse();
        assertThat(isTaken(bench.entry, other)).isFalse();
        assertThat(isTaken(flow, other)).isTrue();
    }

    @Test
    void whatAsksAnewIsASynOfAConnectionThatIsOver() {
        Frame frame = bench.receive(INBOUND, syn());
        assertThat(asksAnew(bench.entry, frame)).isTrue();
        assertThat(asksAnew(bench.flow(OUTBOUND), frame)).isTrue();
        is(ConnectionState.TIME_WAIT);
        assertThat(asksAnew(bench.entry, frame)).isTrue();
        is(ConnectionState.SYN_RECV);
        assertThat(asksAnew(bench.entry, frame)).isFalse();
        is(ConnectionState.CLOSE);
        bench.free();
        frame = bench.receive(INBOUND, syn().flags(Tcp.ACK));
        assertThat(asksAnew(bench.entry, frame)).isFalse();
        bench.free();
    }

    private boolean asksAnew(long flow, Frame frame) {
        return SessionStart.asksAnew(stages.family, flow, frame.l3());
    }
}
