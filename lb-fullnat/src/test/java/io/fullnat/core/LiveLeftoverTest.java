// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.api.counter.Outcome.DEFENCE_DROPPED;
import static io.fullnat.api.counter.Outcome.NO_SERVICE;
import static io.fullnat.api.counter.Outcome.PUNTED;
import static io.fullnat.api.counter.Outcome.PUNT_LIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of packets that nothing explains can be changed while packets come, and costs no
/// connection.
final class LiveLeftoverTest {
    private final Rig rig = Rig.withKernel(options -> options).configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private void set(LeftoverPolicy policy) {
        rig.apply(new Change.SetLeftovers(policy));
    }

    private PacketBuilder syn(int port) {
        return rig.request().tcp(5000, port).flags(Tcp.SYN);
    }

    private List<byte[]> kernel() {
        return rig.io.wire("wan").near().kernel().receiveAll();
    }

    @Test
    void clientsOfUnusedPortsAreRefusedOrNotAsItIsSaidNow() {
        assertThat(rig.clientSends(syn(81))).hasSize(1);
        set(LeftoverPolicy.DEFAULT.withUnusedPorts(Refusal.DROP));
        assertThat(rig.balancer.control().desired().leftovers().unusedPorts())
                .isEqualTo(Refusal.DROP);
        assertThat(rig.clientSends(syn(81))).isEmpty();
        assertThat(rig.clientSends(rig.request().udp(5000, 161))).isEmpty();
        set(LeftoverPolicy.DEFAULT);
        assertThat(rig.clientSends(syn(81))).hasSize(1);
        assertThat(rig.count(NO_SERVICE)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void defenceIsSwitchedOnAndOffInAFlood(boolean tcp) {
        Rig6.configured(rig);
        PuntSettings off = new PuntSettings(100, 100, 100, true);
        PuntSettings on = off.withDropped(tcp, !tcp);
        kernel();
        for (PuntSettings settings : List.of(off, on, off)) {
            set(LeftoverPolicy.DEFAULT.withPunting(settings));
            long dropped = rig.count(DEFENCE_DROPPED);
            rig.clientSends(tcp ? syn(22) : rig.request().udp(5000, 161));
            rig.clientSends(
                    tcp
                            ? Rig6.fromClient().tcp(5000, 22).flags(Tcp.SYN)
                            : Rig6.fromClient().udp(5000, 161));
            int expected = settings.equals(on) ? 2 : 0;
            assertThat(rig.count(DEFENCE_DROPPED) - dropped).isEqualTo(expected);
            assertThat(kernel()).as("both families").hasSize(2 - expected);
        }
    }

    @Test
    void ratesAreThoseThatAreSaidNow() {
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(100, 100, 400, true)));
        for (int i = 0; i < 30; i++) {
            rig.clientSends(syn(22));
        }
        assertThat(rig.count(PUNTED)).as("a burst of a twentieth of a second").isEqualTo(20);
        assertThat(rig.count(PUNT_LIMITED)).isEqualTo(10);
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(100, 100, 4000, true)));
        for (int i = 0; i < 250; i++) {
            rig.clientSends(syn(22));
        }
        assertThat(rig.count(PUNTED)).isEqualTo(20 + 200);
    }

    @Test
    void connectionsGoOn() {
        rig.withStaticNeighbours();
        TcpFlow flow = TcpFlow.established(rig, 40_000);
        set(
                new LeftoverPolicy(
                        Refusal.DROP, new PuntSettings(1, 1, 1, true).withDropped(true, true)));
        flow.exchange();
        assertThat(flow.state()).isEqualTo("TCP_EST");
    }

    /// What a builder says is what a balancer begins with.
    @Test
    void aBuilderSaysHowItBegins() {
        try (Rig other = Rig.with(options -> options.unusedPorts(Refusal.DROP))) {
            assertThat(other.balancer.control().desired().leftovers())
                    .isEqualTo(LeftoverPolicy.DEFAULT.withUnusedPorts(Refusal.DROP));
        }
    }
}
