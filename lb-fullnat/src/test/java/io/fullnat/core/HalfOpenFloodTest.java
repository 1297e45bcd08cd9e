// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Strangers begin connections towards the only real server and local address of a service and
/// never go on, until they have all its ports. Honest clients beside them notice nothing.
class HalfOpenFloodTest {
    private static final Duration STEP = Duration.ofMillis(20);
    private static final int BATCH = 60;
    private static final int FIRST_HONEST_PORT = 20_000;
    private static final ServiceKey ALSO = ServiceKey.tcp(Rig.VIP, 81);
    private static final String OTHER_LOCAL = "10.0.1.101";

    private int strangers;
    private int honest;

    /// A conversation of an honest client, one packet of it each step.
    private final class Honest {
        final int port = FIRST_HONEST_PORT + honest++;
        final int service;
        int steps;
        int localPort;
        String local = "";

        Honest(int service) {
            this.service = service;
        }

        PacketBuilder toService(int flags) {
            return Rig.fromClient()
                    .tcp(port, service)
                    .flags(flags)
                    .sequence(steps > 1 ? 1_001 : 1_000)
                    .acknowledgement(steps > 1 ? 5_001 : 0);
        }

        PacketBuilder toClient(int flags) {
            return PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                    .ipv4(Rig.SERVER, local)
                    .tcp(8080, localPort)
                    .flags(flags)
                    .sequence(steps > 2 ? 5_001 : 5_000)
                    .acknowledgement(1_001);
        }

        boolean isDone() {
            return steps == 6;
        }
    }

    private static Change neighbour(String address, String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device));
    }

    private static int port(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xFFFF;
    }

    private static String source(byte[] frame) {
        return (frame[26] & 0xFF)
                + "."
                + (frame[27] & 0xFF)
                + "."
                + (frame[28] & 0xFF)
                + "."
                + (frame[29] & 0xFF);
    }

    private PacketBuilder stranger() {
        int number = strangers++;
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                .ipv4("203." + number / 3_000_000 + "." + number / 12_000 % 250 + ".9", Rig.VIP);
    }

    private int strangerPort() {
        return 1_024 + strangers % 12_000;
    }

    /// Lets strangers come at a rate for one step of time.
    private void flood(Rig rig, int rate) {
        int count = (int) (rate * STEP.toMillis() / 1_000);
        for (int sent = 0; sent < count; sent++) {
            int port = strangerPort();
            rig.client.send(stranger().tcp(port, 80).flags(Tcp.SYN));
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
                one.local = source(syn);
                one.localPort = port(syn, 34);
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
            assertThat(port(frame, 34))
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
        assertThat(port(out.getFirst(), 36)).isEqualTo(one.port);
    }

    /// Strangers for some time, an honest conversation begun each fifth step; all go on together.
    private List<Honest> floodBesideHonest(Rig rig, int rate, int steps, int service) {
        List<Honest> all = new ArrayList<>();
        List<Honest> open = new ArrayList<>();
        for (int step = 0; step < steps || !open.isEmpty(); step++) {
            flood(rig, rate);
            if (step < steps && step % 5 == 0) {
                Honest one = new Honest(service);
                all.add(one);
                open.add(one);
            }
            open.forEach(one -> next(rig, one));
            open.removeIf(Honest::isDone);
        }
        return all;
    }

    @ParameterizedTest(name = "{0} SYN/s, {1} workers, {2} s")
    @CsvSource({"4500, 1, 20", "4500, 2, 20", "45000, 1, 4"})
    void honestClientsNoticeNothingOfAFloodOfSyns(int rate, int workers, int seconds) {
        try (Rig rig = new Rig(workers, 1 << 18, new FlowHash()).configured()) {
            rig.apply(
                    neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan"),
                    neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan"));
            rig.out();
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

    @ParameterizedTest(name = "at the {0} service")
    @ValueSource(ints = {80, 81})
    void twoServicesMayShareThePair(int service) {
        try (Rig rig = new Rig(1, 1 << 18).configured()) {
            rig.apply(
                    new Change.AddService(
                            VirtualService.of(ALSO)
                                    .withScheduler("rr")
                                    .withRealServer(RealServer.of(Rig.SERVER, 8080))
                                    .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan"))));

            floodBesideHonest(rig, 9_000, 400, service);

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
            assertThat(rig.count(Counter.PORTS_RECLAIMED)).isPositive();
        }
    }

    /// The address that drains keeps its honest connections and is released all the same.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLocalAddressMayBeReplacedMeanwhile(boolean backAgain) {
        try (Rig rig = new Rig(1, 1 << 18).configured()) {
            List<Honest> before = floodBesideHonest(rig, 9_000, 380, 80);
            rig.apply(
                    new Change.AddLocalAddress(Rig.TCP, LocalAddress.of(OTHER_LOCAL, "lan")),
                    new Change.RemoveLocalAddress(Rig.TCP, IpAddress.parse(Rig.LOCAL), false));
            rig.out();
            List<Honest> beside = floodBesideHonest(rig, 9_000, 20, 80);
            if (backAgain) {
                rig.apply(
                        new Change.AddLocalAddress(Rig.TCP, LocalAddress.of(Rig.LOCAL, "lan")),
                        new Change.RemoveLocalAddress(
                                Rig.TCP, IpAddress.parse(OTHER_LOCAL), false));
                rig.out();
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

    /// Questions that nobody answers give way, an answered one does not.
    @ParameterizedTest(name = "{0} datagrams/s")
    @ValueSource(ints = {4_500, 45_000})
    void unansweredDatagramsGiveWay(int rate) {
        try (Rig rig = new Rig(1, 1 << 18).configured()) {
            int answered = 0;
            for (int step = 0; strangers < 100_000; step++) {
                for (int sent = 0; sent < rate / 50; sent++) {
                    int port = strangerPort();
                    rig.client.send(stranger().udp(port, 53).payload(new byte[12]));
                    if (sent % BATCH == BATCH - 1) {
                        rig.run();
                        rig.server.receiveAll();
                    }
                }
                rig.run();
                rig.out();
                rig.pass(STEP);
                int port = FIRST_HONEST_PORT + step;
                rig.client.send(Rig.fromClient().udp(port, 53).payload(new byte[12]));
                rig.run();
                List<byte[]> question = rig.server.receiveAll();
                assertThat(question).as("question %s", step).hasSize(1);
                rig.server.send(
                        Rig.fromServer()
                                .udp(5353, port(question.getFirst(), 34))
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
