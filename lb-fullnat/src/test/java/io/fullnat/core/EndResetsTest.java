// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Many connections end at once, and their ends are told; single ones are in the scripts of
/// [TcpScriptTest].
class EndResetsTest {
    private static final int MANY = 2_000;
    private static final int FIRST_CLIENT = 10_000;

    /// A connection has two ends, and the step that reaches the limit is done.
    private static final int MOST_IN_A_CYCLE = 2 * 2 * 32;

    private final Set<Integer> clients = new HashSet<>();
    private final Set<Integer> servers = new HashSet<>();

    private static void establish(Rig rig) {
        for (int i = 0; i < MANY; i++) {
            TcpFlow.established(rig, FIRST_CLIENT + i);
        }
    }

    private static Change endTcp(Rig rig) {
        return new Change.EndConnections(
                new ConnectionFilter(Optional.of(rig.tcp), Optional.empty()));
    }

    /// Runs cycles until all ends have heard it. In each one a datagram of another connection must
    /// pass.
    private void runUntilAllHaveHeard(Rig rig) {
        for (int cycle = 0; clients.size() < MANY || servers.size() < MANY; cycle++) {
            assertThat(cycle).as("cycles").isLessThan(10_000);
            rig.client.send(rig.request().udp(9_000, 53).payload(new byte[30]));
            rig.balancer.doWork();
            List<byte[]> toServers = new ArrayList<>(rig.server.receiveAll());
            assertThat(toServers.removeIf(frame -> IpFrame.destinationPort(frame) == 5353))
                    .as("the datagram of cycle %s", cycle)
                    .isTrue();
            List<byte[]> toClients = rig.client.receiveAll();
            assertThat(toClients.size() + toServers.size())
                    .as("resets of a cycle")
                    .isLessThanOrEqualTo(MOST_IN_A_CYCLE);
            toClients.forEach(frame -> clients.add(reset(frame, true)));
            toServers.forEach(frame -> servers.add(reset(frame, false)));
        }
    }

    private static int reset(byte[] frame, boolean toClient) {
        assertThat(IpFrame.tcpFlags(frame)).isEqualTo(Tcp.RST | Tcp.ACK);
        return toClient ? IpFrame.destinationPort(frame) : IpFrame.sourcePort(frame);
    }

    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void noPacketWaitsForAMassOfThem(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, 4_096).configured()) {
            establish(rig);
            CompletableFuture<Void> done = rig.balancer.control().submit(List.of(endTcp(rig)));

            runUntilAllHaveHeard(rig);
            rig.run();

            assertThat(done).isCompleted();
            assertThat(rig.count(Counter.END_RESETS)).isEqualTo(2 * MANY);
            assertThat(rig.count(Counter.END_RESETS_LOST)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void norWhenAllExpireInOneSecond(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, 4_096).configured().withStaticNeighbours()) {
            rig.apply(
                    new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withResetsOnExpiry(true)));
            establish(rig);
            rig.clock.advance(Duration.ofSeconds(7_442));

            runUntilAllHaveHeard(rig);

            assertThat(rig.count(Counter.END_RESETS)).isEqualTo(2 * MANY);
        }
    }

    /// A reset waits for nobody's MAC address.
    @Test
    void whatCannotBeSentIsLostAndCounted() {
        try (Rig rig = new Rig().resolved()) {
            TcpFlow flow = TcpFlow.established(rig, FIRST_CLIENT);
            flow.exchange();
            rig.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0")));
            rig.out();

            rig.apply(endTcp(rig));

            assertThat(rig.out()).as("the server's").hasSize(1);
            assertThat(rig.count(Counter.END_RESETS)).isOne();
            assertThat(rig.count(Counter.END_RESETS_LOST)).isOne();
        }
    }

    /// Each end hears numbers of its own.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void numbersThatAreMovedAreEachEndsOwn(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            TcpFlow flow = TcpFlow.established(rig, FIRST_CLIENT);
            ConnectionTable table = rig.balancer.workersThemselves().getFirst().connections();
            List<Long> entries = new ArrayList<>();
            table.visit(0, Integer.MAX_VALUE, entries::add);
            table.shifts().set(entries.getFirst(), 1_000_000, 7_000_000);
            int toServer = flow.clientNext + 1_000_000;
            rig.clientSends(
                    flow.clientSegment(Tcp.ACK).acknowledgement(flow.clientGot + 7_000_000));
            rig.serverSends(flow.serverSegment(Tcp.ACK).acknowledgement(toServer));

            rig.apply(endTcp(rig));

            ByteBuffer client = tcp(rig.client.receiveAll());
            ByteBuffer server = tcp(rig.server.receiveAll());
            assertThat(server.getInt(4)).isEqualTo(toServer);
            assertThat(server.getInt(8)).isEqualTo(flow.clientGot);
            assertThat(client.getInt(4)).isEqualTo(flow.clientGot + 7_000_000);
            assertThat(client.getInt(8)).isEqualTo(flow.clientNext);
        }
    }

    private static ByteBuffer tcp(List<byte[]> frames) {
        assertThat(frames).hasSize(1);
        byte[] frame = frames.getFirst();
        return ByteBuffer.wrap(frame).position(IpFrame.transport(frame)).slice();
    }

    @Test
    void datagramsHaveNoEnds() {
        try (Rig rig = new Rig().configured()) {
            rig.clientSends(rig.request().udp(9_000, 53).payload(new byte[30]));

            rig.apply(new Change.EndConnections(ConnectionFilter.ALL));

            assertThat(rig.out()).isEmpty();
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        }
    }

    /// The ends of all workers' connections hear it.
    @Test
    void eachWorkerTellsItsOwn() {
        try (Rig rig = new Rig(2, 4_096).configured()) {
            for (int i = 0; i < 40; i++) {
                TcpFlow.established(rig, FIRST_CLIENT + i);
            }

            rig.apply(endTcp(rig));

            assertThat(rig.out()).hasSize(80);
        }
    }
}
