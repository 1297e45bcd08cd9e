// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.api.counter.Outcome.DEFENCE_DROPPED;
import static io.fullnat.api.counter.Outcome.NO_SERVICE;
import static io.fullnat.api.counter.Outcome.PUNTED;
import static io.fullnat.api.counter.Outcome.PUNT_LIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of packets that nothing explains can be changed while packets come, and costs no
/// connection: all workers know of it, and share what rates allow.
@ParameterizedClass
@ValueSource(ints = {1, 2, 4})
final class LiveLeftoverTest {
    private static final int CLIENTS = 16; // some for each worker
    private static final int MANY = 1200;

    private final int workers;
    private final Rig rig;

    LiveLeftoverTest(int workers) {
        this.workers = workers;
        rig = Rig.withKernel(workers, options -> options).configured();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void set(LeftoverPolicy policy) {
        rig.apply(new Change.SetLeftovers(policy));
    }

    private PacketBuilder syn(int client, int port) {
        return rig.request().tcp(5000 + client, port).flags(Tcp.SYN);
    }

    private PacketBuilder udp(int client) {
        return rig.request().udp(5000 + client, 161);
    }

    /// Many segments of as many clients, which all workers get.
    private void flood(PacketBuilder to, int port) {
        long[] before = received();
        for (int i = 0; i < MANY; i++) {
            rig.clientSends(to.tcp(5000 + i, port).flags(Tcp.SYN));
        }
        long[] after = received();
        for (int worker = 0; worker < workers; worker++) {
            assertThat(after[worker] - before[worker])
                    .as("of worker %d", worker)
                    .isGreaterThan(3L * MANY / workers / 4);
        }
    }

    private long[] received() {
        return IntStream.range(0, workers)
                .mapToLong(worker -> rig.balancer.counters().get(worker, Counter.RECEIVED))
                .toArray();
    }

    private List<byte[]> kernel() {
        return rig.io.wire("wan").near().kernel().receiveAll();
    }

    @Test
    void clientsOfUnusedPortsAreRefusedOrNotAsItIsSaidNow() {
        for (Refusal refusal : List.of(Refusal.REJECT, Refusal.DROP, Refusal.REJECT)) {
            set(LeftoverPolicy.DEFAULT.withUnusedPorts(refusal));
            assertThat(rig.balancer.control().desired().leftovers().unusedPorts())
                    .isEqualTo(refusal);
            int answers = refusal == Refusal.REJECT ? 1 : 0;
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(rig.clientSends(syn(client, 81))).hasSize(answers);
                assertThat(rig.clientSends(udp(client))).hasSize(answers);
            }
        }
        assertThat(rig.count(NO_SERVICE)).isEqualTo(3L * 2 * CLIENTS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void defenceIsSwitchedOnAndOffInAFlood(boolean tcp) {
        Rig6.configured(rig);
        PuntSettings off = new PuntSettings(100, 100, 10_000, true);
        PuntSettings on = off.withDropped(tcp, !tcp);
        kernel();
        for (PuntSettings settings : List.of(off, on, off)) {
            set(LeftoverPolicy.DEFAULT.withPunting(settings));
            long dropped = rig.count(DEFENCE_DROPPED);
            int size = 0;
            for (int client = 0; client < CLIENTS; client++) {
                int port = 5000 + client;
                rig.clientSends(tcp ? syn(client, 22) : udp(client));
                rig.clientSends(
                        tcp
                                ? Rig6.fromClient().tcp(port, 22).flags(Tcp.SYN)
                                : Rig6.fromClient().udp(port, 161));
                size += kernel().size();
            }
            int all = 2 * CLIENTS;
            int expected = settings.equals(on) ? all : 0;
            assertThat(rig.count(DEFENCE_DROPPED) - dropped).isEqualTo(expected);
            assertThat(size).as("both families").isEqualTo(all - expected);
        }
    }

    /// A twentieth of a second's packets come at once, of all workers together.
    @Test
    void ratesAreThoseThatAreSaidNow() {
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(100, 100, 8_000, true)));
        flood(rig.request(), 22);
        assertThat(rig.count(PUNTED)).isEqualTo(400);
        assertThat(rig.count(PUNT_LIMITED)).isEqualTo(MANY - 400);
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(100, 100, 16_000, true)));
        flood(rig.request(), 22);
        assertThat(rig.count(PUNTED)).isEqualTo(400 + 800);
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(100, 100, 1, true)));
        flood(rig.request(), 22);
        assertThat(rig.count(PUNTED)).as("16 at least").isEqualTo(1200 + 16L * workers);
    }

    /// Of BGP by itself a 24th and of all protocols a half.
    @Test
    void theRateOfRoutingIsWhatIsSaidNow() {
        PacketBuilder neighbour =
                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv4(Rig.GATEWAY, "192.0.2.1");
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(9_600, 1, 1, false)));
        flood(neighbour, 179);
        assertThat(rig.count(PUNTED)).isEqualTo(20 + 240);
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(1, 1, 1, false)));
        flood(neighbour, 179);
        assertThat(rig.count(PUNTED)).as("at least").isEqualTo(260 + (4L + 16) * workers);
        set(LeftoverPolicy.DEFAULT.withPunting(new PuntSettings(9_600, 1, 1, false)));
        flood(neighbour, 179);
        assertThat(rig.count(PUNTED)).isEqualTo(2 * 260 + 20L * workers);
    }

    @Test
    void virtualAddressesArePuntedOrNotAsItIsSaidNow() {
        kernel();
        for (boolean punts : new boolean[] {false, true, false}) {
            set(
                    LeftoverPolicy.DEFAULT.withPunting(
                            new PuntSettings(10_000, 10_000, 10_000, punts)));
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(rig.clientSends(syn(client, 22))).hasSize(punts ? 0 : 1);
                assertThat(rig.clientSends(udp(client))).hasSize(punts ? 0 : 1);
                assertThat(kernel()).hasSize(punts ? 2 : 0);
            }
        }
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
