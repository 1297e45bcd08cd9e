// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Strangers begin connections towards the only real server and local address of a service and
/// never go on, until they have all its ports. Honest clients beside them notice nothing.
@Tag("optimized")
class HalfOpenFloodTest {
    private static final Duration STEP = Duration.ofMillis(20);
    private static final int BATCH = 60;
    private static final int FIRST_HONEST_PORT = 20_000;

    private int strangers;
    private int honest;

    /// A conversation of an honest client, one packet of it each step.
    private final class Honest {
        final int port = FIRST_HONEST_PORT + honest++;
        final Rig rig;
        final int service;
        int steps;
        int localPort;
        String local = "";

        Honest(Rig rig, int service) {
            this.rig = rig;
            this.service = service;
        }

        PacketBuilder toService(int flags) {
            return rig.request()
                    .tcp(port, service)
                    .flags(flags)
                    .sequence(steps > 1 ? 1_001 : 1_000)
                    .acknowledgement(steps > 1 ? 5_001 : 0);
        }

        PacketBuilder toClient(int flags) {
            return rig.answerTo(local)
                    .tcp(8080, localPort)
                    .flags(flags)
                    .sequence(steps > 2 ? 5_001 : 5_000)
                    .acknowledgement(1_001);
        }

        boolean isDone() {
            return steps == 6;
        }
    }

    private PacketBuilder stranger(Rig rig) {
        return rig.requestFrom(rig.families.clients.stranger(strangers++ / 12_000));
    }

    private int strangerPort() {
        return 1_024 + strangers % 12_000;
    }

    /// Lets strangers come at a rate for one step of time.
    private void flood(Rig rig, int rate) {
        int count = (int) (rate * STEP.toMillis() / 1_000);
        for (int sent = 0; sent < count; sent++) {
            int port = strangerPort();
            rig.client.send(stranger(rig).tcp(port, 80).flags(Tcp.SYN));
            if (sent % BATCH == BATCH - 1) {
                rig.run();
                rig.server.receiveAll();
            }
        }
        rig.run();
        rig.server.receiveAll();
        rig.client.receiveAll();
        rig.pass(STEP);
    }

    /// The next packet of a conversation, which must come out on the other side.
    private void next(Rig rig, Honest one) {
        rig.server.receiveAll();
        rig.client.receiveAll();
        switch (one.steps++) {
            case 0 -> {
                byte[] syn = clientToServer(rig, one, Tcp.SYN);
                one.local = IpFrame.source(syn).toString();
                one.localPort = IpFrame.sourcePort(syn);
            }
            case 1 -> serverToClient(rig, one, Tcp.SYN | Tcp.ACK);
            case 2 -> clientToServer(rig, one, Tcp.ACK);
            case 3 -> clientToServer(rig, one, Tcp.ACK | Tcp.PSH);
            case 4 -> serverToClient(rig, one, Tcp.ACK | Tcp.PSH);
            default -> clientToServer(rig, one, Tcp.ACK);
        }
    }

    private byte[] clientToServer(Rig rig, Honest one, int flags) {
        rig.client.send(one.toService(flags));
        rig.run();
        List<byte[]> out = rig.server.receiveAll();
        assertThat(out).as("client %s, step %s", one.port, one.steps).hasSize(1);
        byte[] frame = out.getFirst();
        if (one.steps > 1) {
            assertThat(IpFrame.sourcePort(frame))
                    .as("local port of client %s", one.port)
                    .isEqualTo(one.localPort);
        }
        return frame;
    }

    private void serverToClient(Rig rig, Honest one, int flags) {
        rig.server.send(one.toClient(flags));
        rig.run();
        List<byte[]> out = rig.client.receiveAll();
        assertThat(out).as("client %s, step %s", one.port, one.steps).hasSize(1);
        assertThat(IpFrame.destinationPort(out.getFirst())).isEqualTo(one.port);
    }

    /// Strangers for some time, an honest conversation begun each fifth step; all go on together.
    private List<Honest> floodBesideHonest(Rig rig, int rate, int steps, int service) {
        List<Honest> all = new ArrayList<>();
        List<Honest> open = new ArrayList<>();
        for (int step = 0; step < steps || !open.isEmpty(); step++) {
            flood(rig, rate);
            if (step < steps && step % 5 == 0) {
                Honest one = new Honest(rig, service);
                all.add(one);
                open.add(one);
            }
            open.forEach(one -> next(rig, one));
            open.removeIf(Honest::isDone);
        }
        return all;
    }

    @ParameterizedTest(name = "{0}, {1} SYN/s, {2} workers, {3} s")
    @CsvSource({
        "V4_TO_V4, 4500, 1, 20",
        "V4_TO_V4, 4500, 2, 20",
        "V4_TO_V4, 45000, 1, 4",
        "V6_TO_V6, 4500, 2, 20",
        "V6_TO_V6, 45000, 1, 4",
        "V6_TO_V4, 45000, 1, 4",
        "V4_TO_V6, 4500, 2, 20"
    })
    void honestClientsNoticeNothingOfAFloodOfSyns(
            FamilyPair families, int rate, int workers, int seconds) {
        try (Rig rig = Rig.of(families, workers, 1 << 18).configured()) {
            List<Honest> before = floodBesideHonest(rig, 0, 10, 80);
            List<Honest> beside = floodBesideHonest(rig, rate, seconds * 50, 80);

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isPositive();
            assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isZero();
            for (Honest one : before) {
                clientToServer(rig, one, Tcp.ACK | Tcp.PSH); // theirs are as they were
            }
            for (Honest one : beside) {
                serverToClient(rig, one, Tcp.ACK | Tcp.PSH);
            }
            rig.pass(Duration.ofSeconds(32));
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.count(Counter.CONNECTIONS))
                    .as("the honest ones are left")
                    .isEqualTo(before.size() + beside.size());
        }
    }

    @ParameterizedTest(name = "{0}, at the {1} service")
    @CsvSource({"V4_TO_V4, 80", "V4_TO_V4, 81", "V6_TO_V6, 81", "V6_TO_V4, 81", "V4_TO_V6, 80"})
    void twoServicesMayShareThePair(FamilyPair families, int service) {
        try (Rig rig = Rig.of(families, 1, 1 << 18).configured()) {
            rig.apply(
                    new Change.AddService(
                            VirtualService.of(ServiceKey.tcp(families.vip(), 81))
                                    .withScheduler("rr")
                                    .withRealServer(
                                            RealServer.of(families.servers().getFirst(), 8080))
                                    .withLocalAddress(
                                            LocalAddress.of(families.locals().getFirst(), "lan"))));

            floodBesideHonest(rig, 9_000, 400, service);

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isPositive();
        }
    }

    /// The address that drains keeps its honest connections and is released all the same.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, false",
        "V4_TO_V4, true",
        "V6_TO_V6, true",
        "V6_TO_V4, true",
        "V4_TO_V6, true"
    })
    void theLocalAddressMayBeReplacedMeanwhile(FamilyPair families, boolean backAgain) {
        String first = families.locals().getFirst();
        String second = families.locals().getLast();
        try (Rig rig = Rig.of(families, 1, 1 << 18).configured()) {
            List<Honest> before = floodBesideHonest(rig, 9_000, 380, 80);
            replace(rig, first, second);
            List<Honest> beside = floodBesideHonest(rig, 9_000, 20, 80);
            if (backAgain) {
                replace(rig, second, first);
                beside.addAll(floodBesideHonest(rig, 9_000, 20, 80));
            }

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isPositive();
            for (List<Honest> some : List.of(before, beside)) {
                for (Honest one : some) {
                    serverToClient(rig, one, Tcp.ACK | Tcp.PSH);
                }
            }
        }
    }

    /// One of IPv6 is used when nobody has objected to it for a second.
    private void replace(Rig rig, String before, String now) {
        rig.apply(new Change.AddLocalAddress(rig.tcp, LocalAddress.of(now, "lan")));
        if (rig.families.servers == FamilyPair.Side.V6) {
            floodBesideHonest(rig, 9_000, 60, 80);
        }
        rig.apply(new Change.RemoveLocalAddress(rig.tcp, IpAddress.parse(before), false));
        rig.out();
    }

    /// Questions that nobody answers give way, an answered one does not.
    @ParameterizedTest(name = "{0}, {1} datagrams/s")
    @CsvSource({
        "V4_TO_V4, 4500",
        "V4_TO_V4, 45000",
        "V6_TO_V6, 45000",
        "V6_TO_V4, 45000",
        "V4_TO_V6, 45000"
    })
    void unansweredDatagramsGiveWay(FamilyPair families, int rate) {
        try (Rig rig = Rig.of(families, 1, 1 << 18).configured()) {
            int answered = 0;
            for (int step = 0; strangers < 100_000; step++) {
                for (int sent = 0; sent < rate / 50; sent++) {
                    int port = strangerPort();
                    rig.client.send(stranger(rig).udp(port, 53).payload(new byte[12]));
                    if (sent % BATCH == BATCH - 1) {
                        rig.run();
                        rig.server.receiveAll();
                    }
                }
                rig.run();
                rig.out();
                rig.pass(STEP);
                int port = FIRST_HONEST_PORT + step;
                rig.client.send(rig.request().udp(port, 53).payload(new byte[12]));
                rig.run();
                List<byte[]> question = rig.server.receiveAll();
                assertThat(question).as("question %s", step).hasSize(1);
                rig.server.send(
                        rig.answer()
                                .udp(5353, IpFrame.sourcePort(question.getFirst()))
                                .payload(new byte[40]));
                rig.run();
                assertThat(rig.client.receiveAll()).as("answer %s", step).hasSize(1);
                answered++;
            }

            assertThat(answered).isGreaterThan(50);
            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isPositive();
        }
    }
}
