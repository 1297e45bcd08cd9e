// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How long real servers take to answer is measured by the handshakes that pass, for schedulers
/// that want it.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class AnswerTimingTest {
    private final FamilyPair families;
    private final Rig rig;
    private boolean wanted = true;
    private int micros;
    private int waiting;
    private int port = 40_000;

    AnswerTimingTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families, 1, 1_024, options -> options.scheduler(new Watching()));
    }

    /// Always the first server; notes what is known of it.
    private final class Watching implements SchedulerFactory {
        @Override
        public String name() {
            return "watching";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return new Scheduler() {
                @Override
                public int select(ConnectionRequest request, ServerLoads loads) {
                    micros = loads.answerMicros(0);
                    waiting = loads.awaitedAnswers(0);
                    return 0;
                }

                @Override
                public boolean measuresAnswers() {
                    return wanted;
                }
            };
        }
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void configured() {
        rig.configured();
        rig.apply(
                new Change.EditService(rig.tcp, "watching", Optional.empty()),
                new Change.EditService(rig.udp, "watching", Optional.empty()));
    }

    private TcpFlow asked() {
        TcpFlow flow = new TcpFlow(rig, port++);
        flow.syn();
        return flow;
    }

    /// What the scheduler of a service sees as the next connection begins, which then is answered
    /// at once, at the same moment.
    private void see() {
        asked().synAck();
    }

    private static Duration micros(int count) {
        return Duration.ofNanos(count * 1_000L);
    }

    @Test
    void fromTheSynToTheSynAck() {
        configured();
        TcpFlow flow = asked();
        assertThat(micros).isZero();
        assertThat(waiting).isZero();
        rig.pass(micros(1_234));
        TcpFlow second = asked();
        assertThat(waiting).isEqualTo(1);
        flow.synAck();
        see();
        assertThat(micros).isEqualTo(1_234);
        assertThat(waiting).isEqualTo(1);

        rig.clientSends(second.client().flags(Tcp.SYN).sequence(second.clientNext - 1));
        rig.pass(micros(3_000));
        second.synAck();
        second.synAck();
        see();
        assertThat(micros).as("from the first SYN").isEqualTo(3_000);
        assertThat(waiting).isZero();
    }

    @Test
    void ofUdpToTheFirstAnswer() {
        configured();
        byte[] out = rig.clientSends(rig.request().udp(5_000, 53)).getFirst();
        rig.pass(micros(700));
        rig.clientSends(rig.request().udp(5_000, 53));
        PacketBuilder answer =
                rig.answer()
                        .udp(
                                /* sourcePort= */ 5_353,
                                /* destinationPort= */ IpFrame.sourcePort(out));
        rig.serverSends(answer);
        rig.pass(micros(9_000));
        rig.serverSends(answer);
        rig.clientSends(rig.request().udp(5_001, 53));
        assertThat(micros).isBetween(698, 700); // 9 ms ago
        assertThat(waiting).isZero();

        rig.pass(Duration.ofMinutes(10)); // never answered
        rig.withStaticNeighbours();
        rig.clientSends(rig.request().udp(5_002, 53));
        assertThat(micros).as("silence says nothing").isZero();
        assertThat(waiting).isZero();
    }

    @Test
    void aRefusalCountsAsASecond() {
        configured();
        TcpFlow flow = asked();
        rig.serverSends(
                flow.server().flags(Tcp.RST | Tcp.ACK).sequence(0).acknowledgement(flow.serverGot));
        see();
        assertThat(micros).isEqualTo(AnswerTimes.FAILED_MICROS);
        assertThat(waiting).isZero();
    }

    @Test
    void soDoesASynThatIsNotAnswered() {
        configured();
        asked();
        rig.pass(Duration.ofSeconds(30));
        rig.pass(Duration.ofSeconds(60));
        rig.withStaticNeighbours();
        see();
        assertThat(micros).isBetween(1, AnswerTimes.FAILED_MICROS);
        assertThat(waiting).isZero();
    }

    /// A client that gives up, and a connection that is ended, say nothing of the server.
    @Test
    void whatOthersEndIsNotTheServers() {
        configured();
        TcpFlow flow = asked();
        rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext));
        asked();
        assertThat(micros).isZero();
        assertThat(waiting).isZero();
        rig.apply(new Change.EndConnections(io.fullnat.api.control.ConnectionFilter.ALL));
        asked();
        assertThat(micros).isZero();
        assertThat(waiting).isZero();
    }

    @Test
    void withoutASchedulerThatWantsItNothingIsMeasured() {
        wanted = false;
        configured();
        TcpFlow flow = asked();
        rig.pass(micros(500));
        flow.synAck();
        see();
        assertThat(micros).isZero();
        assertThat(waiting).isZero();
        wanted = true;
        rig.apply(
                new Change.EditService(rig.tcp, "rr", Optional.empty()),
                new Change.EditService(rig.tcp, "watching", Optional.empty()));
        see();
        assertThat(micros).isZero();
        assertThat(waiting).isZero();
    }

    /// Its place may be another server's.
    @Test
    void ofAServerThatIsAddedAnewNothingIsKnown() {
        configured();
        TcpFlow flow = asked();
        rig.pass(micros(500));
        flow.synAck();
        RealServer server = RealServer.of(families.servers().getFirst(), 8080);
        rig.apply(new Change.EditRealServer(rig.tcp, server.withWeight(7)));
        see();
        assertThat(micros).as("over an edit").isEqualTo(500);
        rig.apply(new Change.RemoveRealServer(rig.tcp, server.endpoint()));
        rig.apply(new Change.AddRealServer(rig.tcp, server));
        see();
        assertThat(micros).isZero();
    }

    /// The whole: of two servers the faster one gets most, and the other one some again when it was
    /// not measured for long.
    @Test
    void theFasterServerGetsMost() {
        rig.configured();
        ServiceKey key = rig.tcp;
        String host = families.servers().getFirst();
        rig.apply(
                new Change.ReplaceService(
                        VirtualService.of(key)
                                .withScheduler("ll")
                                .withRealServer(RealServer.of(host, 8080))
                                .withRealServer(RealServer.of(host, 8081))
                                .withLocalAddress(
                                        LocalAddress.of(families.locals().getFirst(), "lan"))));
        int[] chosen = new int[2];
        for (int i = 0; i < 200; i++) {
            chosen[connect()]++;
        }
        assertThat(chosen[1]).isBetween(1, 30);
        rig.pass(Duration.ofMinutes(5));
        rig.withStaticNeighbours();
        chosen = new int[2];
        for (int i = 0; i < 20; i++) {
            chosen[connect()]++;
        }
        assertThat(chosen[1]).isPositive();
        assertThat(rig.count(Outcome.FAULT)).isZero();
    }

    /// One after the other; server 0 takes half a millisecond, server 1 five.
    private int connect() {
        byte[] out =
                rig.clientSends(rig.request().tcp(port++, 80).flags(Tcp.SYN).sequence(7))
                        .getFirst();
        int server = IpFrame.destinationPort(out) - 8080;
        rig.pass(micros(server == 0 ? 500 : 5_000));
        rig.serverSends(
                rig.answer()
                        .tcp(8080 + server, IpFrame.sourcePort(out))
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(1)
                        .acknowledgement(8));
        return server;
    }
}
