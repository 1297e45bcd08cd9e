// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.limit.ConnectionCounts;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.ServerNotices;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a connection counts for its real server as it begins, moves and ends; and what that says of
/// the server, to whom asks. [FlowLifeTest] has what ends connections.
class ConnectionLifeTest {
    private static final int SERVER = OpenBench.IPV6;
    private static final int SYN_END = 1;
    private static final int PATIENCE = 3;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final ConnectionLife life = bench.context.life();
    private final ServerNotices notices = bench.traffic.notices();

    @AfterEach
    void close() {
        bench.close();
    }

    private void second(int second) {
        bench.context.stack().time(second * 1_000_000_000L);
    }

    private long open(int protocol) {
        return bench.open(Families.IPV6, protocol, 7);
    }

    private long ofServer(int field) {
        return Memory.getLong(bench.traffic.server(SERVER) + field);
    }

    private void has(int connections, int active, int inactive) {
        assertThat(ofServer(TrafficTable.CONNECTIONS)).isEqualTo(connections);
        assertThat(ofServer(TrafficTable.ACTIVE)).isEqualTo(active);
        assertThat(ofServer(TrafficTable.INACTIVE)).isEqualTo(inactive);
        assertThat(ofServer(TrafficTable.LIVE)).isEqualTo(active + inactive);
    }

    private long count(Counter counter) {
        return bench.context.stack().counters().get(counter);
    }

    /// Of connections that were asked for in a later second.
    private void watch(boolean silence) {
        notices.watch(SERVER, silence, 4);
        second(5);
    }

    @Test
    void aServerHasItsConnectionsByWhetherTheyAreEstablished() {
        long tcp = open(OpenBench.TCP);
        has(1, 0, 1);
        long udp = open(OpenBench.UDP);
        has(2, 0, 2);
        life.move(tcp, ConnectionState.ESTABLISHED);
        life.move(udp, ConnectionState.UDP_NORMAL);
        has(2, 2, 0);
        life.move(udp, ConnectionState.UDP_STREAM);
        life.move(tcp, ConnectionState.ESTABLISHED);
        has(2, 2, 0);
        life.move(tcp, ConnectionState.FIN_WAIT);
        life.move(tcp, ConnectionState.TIME_WAIT);
        has(2, 1, 1);
        life.end(tcp);
        has(2, 1, 0);
        life.end(udp);
        has(2, 0, 0);
        assertThat(count(Counter.CONNECTIONS_CREATED)).isEqualTo(2);
        assertThat(bench.allocators[SERVER].used()).as("ports are given back").isZero();
        assertThat(bench.context.table().size()).isZero();
    }

    @Test
    void whatEndsByTimeIsToldFromWhatGaveWay() {
        open(OpenBench.TCP);
        bench.context.table().expire(100_000, 64);
        assertThat(count(Counter.CONNECTIONS_EXPIRED)).isOne();
        long entry = open(OpenBench.TCP);
        life.ended(entry, true);
        assertThat(count(Counter.CONNECTIONS_EVICTED)).isOne();
        assertThat(count(Counter.CONNECTIONS_EXPIRED)).isOne();
        has(2, 0, 0);
    }

    @Test
    void aConnectionThatGivesItsPortAwayIsCounted() {
        life.giveWay(open(OpenBench.TCP));
        assertThat(count(Counter.PORTS_RECLAIMED)).isOne();
        assertThat(bench.allocators[SERVER].used()).isZero();
        has(1, 0, 0);
    }

    @Test
    void aHalfOpenOneThatGivesWayIsCountedForItsService() {
        long entry = open(OpenBench.TCP);
        int owner = Memory.getInt(entry + ConnectionLayout.OWNER);
        life.giveWayHalfOpen(entry);
        assertThat(count(Counter.HALF_OPEN_GAVE_WAY)).isOne();
        assertThat(bench.context.table().shares().gaveWayOf(owner)).isOne();
        has(1, 0, 0);
    }

    @Test
    void anAnswerIsOneForWhoWatches() {
        life.move(open(OpenBench.TCP), ConnectionState.ESTABLISHED);
        assertThat(notices.answers(SERVER)).as("nobody watches").isZero();
        watch(false);
        long tcp = open(OpenBench.TCP);
        life.move(tcp, ConnectionState.ESTABLISHED);
        life.move(tcp, ConnectionState.FIN_WAIT);
        life.move(open(OpenBench.UDP), ConnectionState.UDP_NORMAL);
        assertThat(notices.answers(SERVER)).isEqualTo(2);
        assertThat(notices.failures(SERVER)).isZero();
    }

    private static void refuse(long entry) {
        int reset = Tcp.RST | Tcp.ACK;
        TcpMoves.next(entry, OUTBOUND, reset, 0, SYN_END, 0);
    }

    @Test
    void aRefusedSynIsAFailure() {
        watch(false);
        long entry = open(OpenBench.TCP);
        refuse(entry);
        life.move(entry, ConnectionState.CLOSE);
        assertThat(notices.failures(SERVER)).isOne();
        assertThat(notices.answers(SERVER)).isZero();
        long given = open(OpenBench.TCP);
        life.move(given, ConnectionState.CLOSE);
        assertThat(notices.failures(SERVER)).as("the client gave up").isOne();
    }

    @Test
    void aSynThatNobodyAnsweredIsAFailure() {
        watch(false);
        open(OpenBench.TCP);
        bench.context.table().expire(100_000, 64);
        assertThat(notices.failures(SERVER)).isOne();
        long answered = open(OpenBench.TCP);
        TcpMoves.next(answered, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        bench.context.table().expire(200_000, 64);
        assertThat(notices.failures(SERVER)).as("its client is gone").isOne();
    }

    /// A datagram need not be answered; where it must, a stream of them was.
    @Test
    void aDatagramThatNobodyAnsweredIsAFailureIfSilenceIsOne() {
        watch(false);
        open(OpenBench.UDP);
        bench.context.table().expire(100_000, 64);
        assertThat(notices.failures(SERVER)).isZero();
        watch(true);
        open(OpenBench.UDP);
        bench.context.table().expire(200_000, 64);
        assertThat(notices.failures(SERVER)).isOne();
        life.move(open(OpenBench.UDP), ConnectionState.UDP_NORMAL);
        bench.context.table().expire(300_000, 64);
        assertThat(notices.failures(SERVER)).isOne();
    }

    @Test
    void aSynThatIsRepeatedAfterAWhileIsAFailure() {
        watch(false);
        long entry = open(OpenBench.TCP);
        second(5 + PATIENCE - 1);
        life.repeated(entry);
        assertThat(notices.failures(SERVER)).isZero();
        second(5 + PATIENCE);
        life.repeated(entry);
        assertThat(notices.failures(SERVER)).isOne();
        TcpMoves.next(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        second(100);
        life.repeated(entry);
        assertThat(notices.failures(SERVER)).isOne();
    }

    @Test
    void aServerThatDidNotAnswerTheBalancersSynsFailsAndTheConnectionEnds() {
        watch(false);
        life.unanswered(open(OpenBench.TCP));
        assertThat(notices.failures(SERVER)).isOne();
        assertThat(count(Counter.CONNECTIONS_EXPIRED)).isOne();
        has(1, 0, 0);
    }

    /// RFC 5461: of TCP as long as nothing was heard.
    @Test
    void anErrorThatNobodyIsThereCountsWhileNothingWasHeard() {
        watch(false);
        long tcp = open(OpenBench.TCP);
        life.unreachable(tcp);
        assertThat(notices.failures(SERVER)).isOne();
        TcpMoves.next(tcp, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        life.unreachable(tcp);
        life.move(tcp, ConnectionState.ESTABLISHED);
        life.unreachable(tcp);
        assertThat(notices.failures(SERVER)).isOne();
        long udp = open(OpenBench.UDP);
        life.move(udp, ConnectionState.UDP_STREAM);
        life.unreachable(udp);
        assertThat(notices.failures(SERVER)).isEqualTo(2);
    }

    /// After a reset that may be made up, as one that is half closed.
    @Test
    void aDoubtfulConnectionIsIdleForAsLongAsOneThatIsHalfClosed() {
        long entry = open(OpenBench.TCP);
        int established = life.timeoutSeconds(entry, ConnectionState.ESTABLISHED);
        int half = life.timeoutSeconds(entry, ConnectionState.FIN_WAIT);
        assertThat(half).isLessThan(established);
        TcpMoves.next(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        TcpMoves.next(entry, INBOUND, Tcp.ACK, SYN_END, 8, 0);
        refuse(entry);
        TcpMoves.next(entry, OUTBOUND, Tcp.RST, 8, 0, 0);
        assertThat(TcpMoves.isDoubtful(entry)).isTrue();
        assertThat(life.timeoutSeconds(entry, ConnectionState.ESTABLISHED)).isEqualTo(half);
        assertThat(life.timeoutSeconds(entry, ConnectionState.CLOSE)).isLessThan(half);
    }

    /// A FIN that the other end has not acknowledged, though it speaks, was made up.
    @Test
    void aConnectionWhoseFinDoesNotHoldGoesOnAfterItsIdleTime() {
        long entry = open(OpenBench.TCP);
        TcpMoves.next(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        life.move(entry, TcpMoves.next(entry, INBOUND, Tcp.ACK, SYN_END, 8, 0));
        life.move(entry, TcpMoves.next(entry, OUTBOUND, Tcp.FIN | Tcp.ACK, 8, SYN_END, 0));
        assertThat(state(entry)).isEqualTo(ConnectionState.FIN_WAIT);
        has(1, 0, 1);
        TcpMoves.next(entry, INBOUND, Tcp.ACK, SYN_END, 8, 0);
        life.idle(entry);
        assertThat(state(entry)).isEqualTo(ConnectionState.ESTABLISHED);
        has(1, 1, 0);
    }

    private static ConnectionState state(long entry) {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionState.class,
            names = {"SYN_RECV", "CLOSE", "UDP_ONEWAY"})
    void whatIsOverByIdleTimeMovesNowhere(ConnectionState state) {
        long entry = open(state == ConnectionState.UDP_ONEWAY ? OpenBench.UDP : OpenBench.TCP);
        life.move(entry, state);
        life.idle(entry);
        assertThat(state(entry)).isEqualTo(state);
    }

    private long awaited() {
        bench.context.stack().time(5_000_000_000L);
        long entry = open(OpenBench.TCP);
        bench.context.timing().ask(entry, true);
        bench.context.stack().time(5_000_400_000L);
        assertThat(bench.limits.answerTimes().waiting(SERVER)).isOne();
        return entry;
    }

    private void measured(int micros) {
        AnswerTimes times = bench.limits.answerTimes();
        assertThat(times.waiting(SERVER)).isZero();
        assertThat(times.micros(SERVER, bench.context.stack().nowNs())).isEqualTo(micros);
    }

    @Test
    void anAnswerThatWasAwaitedIsMeasured() {
        life.move(awaited(), ConnectionState.ESTABLISHED);
        measured(400);
    }

    @Test
    void aRefusalThatWasAwaitedIsAFailure() {
        long entry = awaited();
        refuse(entry);
        life.move(entry, ConnectionState.CLOSE);
        measured(AnswerTimes.FAILED_MICROS);
        assertThat(AnswerTiming.askedMicros(entry)).as("nothing is acknowledged").isZero();
    }

    @Test
    void aClientThatGivesUpSaysNothingOfTheAnswer() {
        long entry = awaited();
        life.move(entry, ConnectionState.CLOSE);
        measured(0);
        life.end(awaited());
        measured(0);
    }

    @Test
    void anAnswerThatDoesNotComeInTimeIsAFailure() {
        awaited();
        bench.context.table().expire(100_000, 64);
        measured(AnswerTimes.FAILED_MICROS);
    }

    /// What the server has acknowledged stands where it was noted when it was asked.
    @Test
    void onceItWasHeardWhatTheServerAcknowledgesIsKept() {
        long entry = awaited();
        TcpMoves.next(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        long acknowledged = entry + ConnectionLayout.FLOW_LENGTH + ConnectionLayout.ACKNOWLEDGED;
        Memory.putInt(acknowledged, SYN_END);
        life.move(entry, ConnectionState.ESTABLISHED);
        assertThat(Memory.getInt(acknowledged)).isEqualTo(SYN_END);
    }

    /// Nobody would know.
    @Test
    void ofAConnectionOfWhichOneSideIsSeenSilenceSaysNothing() {
        watch(true);
        for (int protocol : new int[] {OpenBench.TCP, OpenBench.UDP}) {
            long entry = open(protocol);
            ConnectionLayout.handling(
                    entry, bench.context.modes().of(entry).number(), StateTable.ONE_SIDED);
            second(5 + PATIENCE);
            life.repeated(entry);
            life.unanswered(entry);
            second(5);
        }
        assertThat(notices.failures(SERVER)).isZero();
        assertThat(count(Counter.CONNECTIONS_EXPIRED)).isEqualTo(2);
    }

    private void inForce(ServicePolicy policy, StateTimeouts timeouts) {
        ServiceEntry service = bench.service(0, policy);
        EndRules.Builder rules = new EndRules.Builder(EndRules.DEFAULT);
        rules.add(0, service.service());
        bench.context.services(
                new ServiceMap(List.of(service), timeouts, rules.build()),
                bench.allocators,
                List.of(service));
    }

    @Test
    void halfOpenConnectionsAreCountedWhereTheyAreLimited() {
        ServiceLimits limits = ServiceLimits.NONE.withHalfOpen(10);
        inForce(ServicePolicy.DEFAULT.withLimits(limits), StateTimeouts.DEFAULT);
        ConnectionCounts halfOpen = bench.limits.halfOpen();
        halfOpen.add(0, 2);
        long entry = open(OpenBench.TCP);
        life.move(entry, ConnectionState.ESTABLISHED);
        assertThat(halfOpen.count(0)).isOne();
        life.move(entry, ConnectionState.FIN_WAIT);
        assertThat(halfOpen.count(0)).isOne();
        life.end(entry);
        assertThat(halfOpen.count(0)).as("it was none of them any more").isOne();
        life.end(open(OpenBench.TCP));
        assertThat(halfOpen.count(0)).isZero();
    }

    @Test
    void idleTimesAreThoseThatAreInForce() {
        Timeouts shorter =
                Timeouts.NONE.with(ConnectionState.ESTABLISHED.timed(), Duration.ofSeconds(11));
        inForce(ServicePolicy.DEFAULT, new StateTimeouts(shorter));
        long entry = open(OpenBench.TCP);
        assertThat(life.timeoutSeconds(entry, ConnectionState.ESTABLISHED)).isEqualTo(11);
        life.move(entry, ConnectionState.ESTABLISHED);
        bench.context.table().expire(11, 64);
        assertThat(bench.context.table().size()).isOne();
        bench.context.table().expire(12, 64);
        assertThat(bench.context.table().size()).isZero();
    }

    /// One whose ends have acknowledged what the other sent.
    private long established() {
        long entry = open(OpenBench.TCP);
        TcpMoves.next(entry, OUTBOUND, Tcp.SYN | Tcp.ACK, 7, SYN_END, 0);
        life.move(entry, TcpMoves.next(entry, INBOUND, Tcp.ACK, SYN_END, 8, 0));
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            Memory.putInt(
                    entry
                            + (long) direction * ConnectionLayout.FLOW_LENGTH
                            + ConnectionLayout.ACKNOWLEDGED,
                    1);
        }
        return entry;
    }

    /// Whether each of two was sent or lost.
    private long resets() {
        return count(Counter.END_RESETS) + count(Counter.END_RESETS_LOST);
    }

    @Test
    void theEndsOfAConnectionThatIsDoneAwayWithAreToldUnlessTheServiceIsSilent() {
        life.purge(established());
        assertThat(resets()).isEqualTo(2);
        life.end(established());
        assertThat(resets()).as("it gave way").isEqualTo(2);
        inForce(ServicePolicy.DEFAULT.withEndWith(Ending.SILENCE), StateTimeouts.DEFAULT);
        life.purge(established());
        assertThat(resets()).isEqualTo(2);
        assertThat(bench.context.table().size()).isZero();
        has(3, 0, 0);
    }

    @Test
    void theEndsOfAConnectionThatWasIdleAreToldWhereTheServiceWantsIt() {
        life.ended(established(), false);
        assertThat(resets()).isZero();
        inForce(ServicePolicy.DEFAULT.withResetsOnExpiry(true), StateTimeouts.DEFAULT);
        life.ended(established(), true);
        assertThat(resets()).as("it gave way").isZero();
        life.ended(established(), false);
        assertThat(resets()).isEqualTo(2);
    }

    @Test
    void aPortThatIsGivenAwayIsCountedForItsLocalAddress() {
        life.giveWay(open(OpenBench.TCP));
        long line = bench.traffic.local(OpenBench.IPV6);
        assertThat(Memory.getLong(line + TrafficTable.LOCAL_GAVE_WAY)).isOne();
        assertThat(Memory.getLong(line + TrafficTable.LOCAL_CONNECTIONS)).isZero();
        life.end(open(OpenBench.TCP));
        assertThat(Memory.getLong(line + TrafficTable.LOCAL_GAVE_WAY)).isOne();
    }

    @Test
    void aModifierHearsOfTheEndAndOneThatThrowsHoldsNothingUp() {
        List<Long> heard = new ArrayList<>();
        Modifiers modifiers =
                bench.context.modify(
                        4,
                        (entry, service) ->
                                new PacketModifier() {
                                    @Override
                                    public void modify(ModifiedPacket packet) {}

                                    @Override
                                    public void ended(long record) {
                                        heard.add(record);
                                        throw new IllegalStateException("no end");
                                    }
                                });
        long entry = open(OpenBench.TCP);
        modifiers.begin(entry, bench.service);
        life.end(open(OpenBench.UDP));
        assertThat(heard).isEmpty();
        life.end(entry);
        assertThat(heard).hasSize(1);
        assertThat(count(Counter.FAULTS)).isOne();
        has(2, 0, 0);
        assertThat(bench.allocators[SERVER].used()).isZero();
    }
}
