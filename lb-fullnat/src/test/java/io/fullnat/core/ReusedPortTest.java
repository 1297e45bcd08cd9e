// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Ports that are used again: local ones, which a server may still have in TIME-WAIT, and those of
/// clients whose server is gone.
class ReusedPortTest {
    private static final int PORT = 40_000;

    /// B6: whichever end closed first, the ports of connections that are over are those that come
    /// last: no server gets one again while others are free.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, true", "V6_TO_V6, false", "V6_TO_V4, true", "V4_TO_V6, false"})
    void b06APortThatAServerMayHaveInTimeWaitComesLast(FamilyPair families, boolean serverFirst) {
        try (Rig rig = Rig.of(families, 1, 4096).configured().withStaticNeighbours()) {
            Set<Integer> used = new HashSet<>();
            for (int i = 0; i < 3000; i++) {
                TcpFlow flow = TcpFlow.established(rig, 10_000 + i);
                assertThat(used.add(flow.localPort)).as("port %d", flow.localPort).isTrue();
                if (serverFirst) {
                    flow.serverCloses();
                    flow.clientCloses();
                } else {
                    flow.clientCloses();
                    flow.serverCloses();
                }
                if (i % 100 == 99) {
                    rig.pass(Duration.ofSeconds(5)); // some are forgotten
                }
            }
            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isZero();
        }
    }

    private static int askedServer(Rig rig) {
        List<byte[]> out = rig.clientSends(rig.request().udp(PORT, 53).payload("?"));
        assertThat(out).hasSize(1);
        int asked = IpFrame.destinationPort(out.getFirst());
        int local = IpFrame.sourcePort(out.getFirst());
        rig.serverSends(rig.answer().udp(asked, local).payload("!"));
        return asked;
    }

    /// B8: a client of UDP that keeps its port goes to another server when its own is removed with
    /// its connections, and otherwise when it has been silent for as long as the service says.
    @ParameterizedTest
    @EnumSource
    void b08ADatagramFromTheSamePortGoesToAServerThatIsThere(FamilyPair families) {
        String server = families.servers().getFirst();
        for (Removal removal : Removal.values()) {
            try (Rig rig = Rig.of(families).configured().withStaticNeighbours()) {
                rig.apply(
                        new Change.SetPolicy(rig.udp, ServicePolicy.DEFAULT.withRemoval(removal)));
                assertThat(askedServer(rig)).isEqualTo(5353);
                rig.apply(
                        new Change.AddRealServer(rig.udp, RealServer.of(server, 5354)),
                        new Change.RemoveRealServer(
                                rig.udp, new Endpoint(IpAddress.parse(server), 5353)));
                assertThat(askedServer(rig)).isEqualTo(removal == Removal.END ? 5354 : 5353);
                rig.pass(Duration.ofMinutes(6));
                rig.out();
                assertThat(askedServer(rig)).as("after silence").isEqualTo(5354);
            }
        }
    }

    /// B8: the same of TCP, whose connection is over when its server is removed.
    @ParameterizedTest
    @EnumSource
    void b08ASynFromTheSamePortGoesToAServerThatIsThere(FamilyPair families) {
        String server = families.servers().getFirst();
        try (Rig rig = Rig.of(families).configured().withStaticNeighbours()) {
            TcpFlow flow = TcpFlow.established(rig, PORT);
            flow.clientCloses();
            flow.serverCloses();
            rig.apply(
                    new Change.AddRealServer(rig.tcp, RealServer.of(server, 8081)),
                    new Change.RemoveRealServer(
                            rig.tcp, new Endpoint(IpAddress.parse(server), 8080)));
            List<byte[]> out =
                    rig.clientSends(
                            flow.client().flags(Tcp.SYN).sequence(flow.clientNext + 100_000));
            assertThat(out).hasSize(1);
            assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.SYN);
            assertThat(IpFrame.destinationPort(out.getFirst())).isEqualTo(8081);
        }
    }
}
