// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How long real servers take for their SYN-ACK is known of every server of TCP.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class HandshakeTimesTest {
    private static final Percentage ERROR = Percentage.withPercentage(HandshakeTimes.ERROR_PERCENT);

    private final Rig rig;
    private int port = 20_000;

    HandshakeTimesTest(FamilyPair families) {
        rig = Rig.of(families, 2, 4_096).configured().withStaticNeighbours();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Duration micros(long count) {
        return Duration.ofNanos(count * 1_000L);
    }

    private TcpFlow asked() {
        TcpFlow flow = new TcpFlow(rig, port++);
        flow.syn();
        return flow;
    }

    private void answeredAfter(long micros) {
        TcpFlow flow = asked();
        rig.pass(micros(micros));
        flow.synAck();
    }

    private RealServerStatus server() {
        return rig.balancer.control().status(rig.tcp).orElseThrow().realServers().getFirst();
    }

    private Handshakes known() {
        rig.pass(Duration.ofSeconds(1));
        return server().handshakes();
    }

    /// With two workers whose counts are added up.
    @Test
    void quantilesAreThoseOfTheServersDelays() {
        RandomGenerator random = Seed.generator();
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            long delay = (long) Math.exp(Math.log(10) + random.nextDouble() * Math.log(2_000));
            delays.add(delay); // 10 us to 20 ms
            answeredAfter(delay);
        }
        HandshakeTimes times = known().lastMinute();
        Collections.sort(delays);

        assertThat(times.count()).isEqualTo(400);
        for (double quantile : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
            long exact = delays.get((int) Math.ceil(quantile * 400) - 1);
            assertThat(times.micros(quantile)).as("%s", quantile).isCloseTo(exact, ERROR);
        }
        assertThat(rig.balancer.control().status(rig.tcp).orElseThrow().handshakes())
                .isEqualTo(server().handshakes());
        assertThat(rig.balancer.control().status(1).services())
                .allSatisfy(each -> assertThat(each.handshakes()).isEqualTo(Handshakes.NONE));
    }

    @Test
    void aRepeatedSynCountsFromTheFirst() {
        TcpFlow flow = asked();
        rig.pass(micros(1_000_000));
        rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext - 1));
        rig.pass(micros(500));
        flow.synAck();
        flow.synAck();

        HandshakeTimes times = known().total();
        assertThat(times.count()).isEqualTo(1);
        assertThat(times.micros(0.5)).isCloseTo(1_000_500, ERROR);
    }

    @Test
    void whoRefusesOrIsSilentOrGivesUpCountsNothing() {
        TcpFlow refused = asked();
        rig.pass(micros(300));
        rig.serverSends(
                refused.server()
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(0)
                        .acknowledgement(refused.serverGot));
        TcpFlow givenUp = asked();
        rig.clientSends(givenUp.client().flags(Tcp.RST).sequence(givenUp.clientNext));
        asked();
        rig.pass(Duration.ofMinutes(5));

        assertThat(known()).isEqualTo(Handshakes.NONE);
    }

    /// Of a SYN proxy it is what the balancer waits for the server, not what the client took.
    @Test
    void ofASynProxyItIsTheServersHalf() {
        rig.apply(CookieClient.always(rig));
        ProxiedFlow flow = ProxiedFlow.begin(rig, 30_000);
        rig.pass(micros(2_000));
        assertThat(flow.accept()).isNotEmpty();

        HandshakeTimes times = known().total();
        assertThat(times.count()).isEqualTo(1);
        assertThat(times.micros(0.5)).isCloseTo(2_000, ERROR);
    }

    /// The field is the connection's own again once the answer is there.
    @Test
    void connectionsGoOnAsEver() {
        TcpFlow flow = asked();
        rig.pass(micros(40));
        flow.synAck();
        flow.serverNext++;
        flow.clientGot = flow.serverNext;
        flow.acknowledgeFromClient();
        flow.exchange();
        assertThat(flow.state()).isEqualTo("TCP_EST");
        assertThat(known().total().count()).isEqualTo(1);
    }

    @Test
    void whatIsOlderThanAMinuteIsOfTheTotalAlone() {
        answeredAfter(100);
        assertThat(known().lastMinute().count()).isEqualTo(1);
        rig.pass(Duration.ofSeconds(30));
        answeredAfter(5_000);
        assertThat(known().lastMinute().count()).isEqualTo(2);
        pass(35);
        assertThat(known().lastMinute().count()).isEqualTo(1);
        assertThat(known().lastMinute().micros(0.5)).isCloseTo(5_000, ERROR);
        pass(60);
        assertThat(known().lastMinute()).isEqualTo(HandshakeTimes.NONE);
        assertThat(known().total().count()).isEqualTo(2);
    }

    private void pass(int seconds) {
        for (int second = 0; second < seconds; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
    }

    @Test
    void countsBeginAtZeroAgain() {
        answeredAfter(100);
        assertThat(known().total().count()).isEqualTo(1);
        answeredAfter(200); // not looked at yet
        rig.apply(new Change.ZeroCounters(Optional.of(rig.tcp)));
        assertThat(known()).isEqualTo(Handshakes.NONE);
        answeredAfter(300);
        assertThat(known().total().count()).isEqualTo(1);
    }

    /// A server that takes the place of another one in the memory of workers begins with nothing.
    @Test
    void aServerThatComesBackBeginsWithNothing() {
        answeredAfter(100);
        assertThat(known().total().count()).isEqualTo(1);
        RealServer server = server().server();
        rig.apply(new Change.RemoveRealServer(rig.tcp, server.endpoint()));
        for (int i = 0; i < 1_000 && rig.count(Counter.CONNECTIONS) > 0; i++) {
            rig.pass(Duration.ofSeconds(10));
        }
        rig.withStaticNeighbours(); // any change: its place is free from then on
        rig.apply(new Change.AddRealServer(rig.tcp, server));
        assertThat(known()).isEqualTo(Handshakes.NONE);
        answeredAfter(300);
        assertThat(known().total().count()).isEqualTo(1);
    }

    @Test
    void whatASchedulerDecidesByIsShown() {
        answeredAfter(700);
        assertThat(known().total().count()).isEqualTo(1);
        assertThat(server().answerMicros()).isZero();
        rig.apply(new Change.EditService(rig.tcp, "ll", Optional.empty()));
        answeredAfter(700);
        assertThat(server().answerMicros()).isCloseTo(700, within(1));
        assertThat(known().total().count()).isEqualTo(2);
        rig.pass(Duration.ofMinutes(10));
        assertThat(server().answerMicros()).as("it fades").isZero();
    }
}
