// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.core.simulation.SimulatedUdp.Datagram;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a client of datagrams takes for an answer, for a loss and for a failure.
final class SimulatedEchoTest {
    private static final Endpoint SERVICE = Endpoint.of("192.0.2.2", 7);

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(64)
                    .wire(
                            PortSettings.of("server", "02:00:00:00:00:02"),
                            PortSettings.of("client", "02:00:00:00:00:01"))
                    .open();
    private final SimulatedHost server =
            SimulatedHost.at(io.wire("server").near(), io.buffers())
                    .address("192.0.2.2/24")
                    .start();
    private final SimulatedHost client =
            SimulatedHost.at(io.wire("server").far(), io.buffers()).address("192.0.2.1/24").start();
    private final TrafficLog log = new TrafficLog("UDP");
    private final List<Datagram> received = new ArrayList<>();
    private boolean running = true;
    private long nowNs;
    private final SimulatedEcho echo = new SimulatedEcho(client, SERVICE, log, () -> running);

    SimulatedEchoTest() {
        server.udp().bind(SERVICE.port(), received::add);
        echo.doWork(nowNs);
        deliver();
    }

    @AfterEach
    void close() {
        io.close();
    }

    /// Until all has arrived, ARP included.
    private void deliver() {
        while (client.doWork(nowNs) + server.doWork(nowNs) > 0) {}
    }

    private void answer(Datagram datagram) {
        server.udp().send(datagram.local(), datagram.peer(), datagram.data());
        deliver();
    }

    private void giveUp() {
        nowNs += SimulatedEcho.TIMEOUT_NS + 1;
        echo.doWork(nowNs);
        deliver();
    }

    @Test
    void anEchoInTimeIsAnAnswer() {
        answer(received.getFirst());

        assertThat(echo.isIdle()).isTrue();
        assertThat(log.requests()).isOne();
        assertThat(log.errors()).isZero();
        assertThat(log.lostCount()).isZero();
    }

    @Test
    void whatIsNotAnsweredInTimeIsLostAndNoFailure() {
        nowNs = SimulatedEcho.TIMEOUT_NS;
        echo.doWork(nowNs);
        assertThat(log.lostCount()).isZero();

        giveUp();

        assertThat(log.lostCount()).isOne();
        assertThat(log.errors()).isZero();
        assertThat(received).hasSize(2);
    }

    @Test
    void aLateEchoIsNotTakenForTheAnswerToTheNextDatagram() {
        giveUp();
        answer(received.getFirst());
        assertThat(log.errors()).as(log.firstError()).isZero();
        assertThat(echo.isIdle()).isFalse();

        answer(received.getLast());

        assertThat(log.errors()).as(log.firstError()).isZero();
        assertThat(log.requests()).isEqualTo(2);
    }

    @Test
    void aLateEchoAfterTheEndIsNoFailure() {
        running = false;
        giveUp();

        answer(received.getFirst());

        assertThat(log.errors()).as(log.firstError()).isZero();
        assertThat(log.requests()).isOne();
    }

    @Test
    void anotherTextOrASecondEchoIsAFailure() {
        Datagram datagram = received.getFirst();
        byte[] other = datagram.data().clone();
        other[other.length - 1]++;
        server.udp().send(datagram.local(), datagram.peer(), other);
        deliver();
        assertThat(log.firstError()).isEqualTo("an echo differs from what was sent");

        answer(datagram);

        assertThat(log.errors()).isEqualTo(2);
    }

    @Test
    void fiftyDatagramsHaveOnePortAndTheNextAnother() {
        for (int i = 0; i < 51; i++) {
            answer(received.getLast());
            echo.doWork(nowNs);
            deliver();
        }

        assertThat(received).hasSize(52);
        assertThat(received.subList(0, 50)).extracting(Datagram::peer).containsOnly(peer(0));
        assertThat(received.subList(50, 52)).extracting(Datagram::peer).containsOnly(peer(50));
        assertThat(peer(50)).isNotEqualTo(peer(0));
    }

    private Endpoint peer(int datagram) {
        return received.get(datagram).peer();
    }
}
