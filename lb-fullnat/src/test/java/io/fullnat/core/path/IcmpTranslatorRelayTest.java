// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.path.PathBench.HandedOver;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where ICMP errors go about connections that the worker in hand, one of three, does not know:
/// local ports are shared out by their remainder.
@ParameterizedClass
@CsvSource({"IPV4, 0", "IPV4, 1", "IPV4, 2", "IPV6, 0", "IPV6, 1", "IPV6, 2"})
class IcmpTranslatorRelayTest {
    private static final int WORKERS = 3;
    private static final int FIRST = 2001; // whose remainder is 0

    private final PathBench bench;
    private final boolean wide;
    private final int self;

    IcmpTranslatorRelayTest(Families families, int self) {
        bench = new PathBench(families, OpenBench.TCP, self, WORKERS);
        wide = families == Families.IPV6;
        this.self = self;
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder unreachable(int direction, PacketBuilder about) {
        PacketBuilder from = bench.from(direction);
        return (wide ? from.icmp(1, 0, 0) : from.icmp(3, 1, 0)).quoting(about.toBytes(), 8);
    }

    private PacketBuilder aboutServer(int localPort) {
        return unreachable(OUTBOUND, bench.to(INBOUND).tcp(localPort, 8080));
    }

    /// About a packet to a client that is not the bench's.
    private PacketBuilder aboutClient() {
        return unreachable(INBOUND, bench.to(OUTBOUND).tcp(80, PathBench.CLIENT_PORT + 1));
    }

    private @Nullable Outcome translate(PacketBuilder error, int direction, int device, int hops) {
        return new IcmpTranslator(
                        bench.context,
                        bench.quotation(direction),
                        bench.forwarder(direction),
                        bench.peers,
                        bench.arrivals)
                .translate(bench.receive(error, device), hops);
    }

    private void goes(PacketBuilder error, int direction, int device, int hops, int worker) {
        assertThat(translate(error, direction, device, hops)).isNull();
        assertThat(bench.handedOver)
                .singleElement()
                .usingRecursiveComparison()
                .isEqualTo(new HandedOver(worker, error.toBytes(), hops + 1));
        bench.handedOver.clear();
    }

    private void ends(PacketBuilder error, int direction, int device, int hops) {
        assertThat(translate(error, direction, device, hops)).isEqualTo(Outcome.ICMP_IGNORED);
        assertThat(bench.received()).isEqualTo(error.toBytes());
        assertThat(bench.handedOver).isEmpty();
        bench.free();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anErrorAboutAPacketToAServerGoesToTheOwnerOfItsLocalPort(int owner) {
        PacketBuilder error = aboutServer(FIRST + owner);
        if (owner == self) {
            ends(error, OUTBOUND, PathBench.LAN, 0);
        } else {
            goes(error, OUTBOUND, PathBench.LAN, 0, owner);
        }
    }

    /// The one to whom it was given is the owner: nobody else would know more.
    @Test
    void theOwnerGivesItToNobody() {
        for (int owner = 0; owner < WORKERS; owner++) {
            ends(aboutServer(FIRST + owner), OUTBOUND, PathBench.LAN, 1);
        }
    }

    /// Where answers to the local address are not awaited, so are no errors.
    @Test
    void anErrorOfAnotherSideIsNotBelieved() {
        int owner = (self + 1) % WORKERS;
        ends(aboutServer(FIRST + owner), OUTBOUND, PathBench.WAN, 0);
        bench.context.answerDevices().add(PathBench.WAN);
        goes(aboutServer(FIRST + owner), OUTBOUND, PathBench.WAN, 0, owner);
    }

    @Test
    void whatIsNoLocalPortOrAddressIsNobodys() {
        for (int port = 1022; port <= 1024; port++) {
            ends(aboutServer(port), OUTBOUND, PathBench.LAN, 0);
        }
        PacketBuilder link = PacketBuilder.ethernet(PathBench.SERVER_MAC, PathBench.OURS);
        String other = wide ? "2001:db8:0:1::65" : "10.0.1.101";
        String server = wide ? "2001:db8:0:1::b" : "10.0.1.11";
        byte[] quoted =
                (wide ? link.ipv6(other, server) : link.ipv4(other, server))
                        .tcp(FIRST + (self + 1) % WORKERS, 8080)
                        .toBytes();
        link = PacketBuilder.ethernet(PathBench.SERVER_MAC, PathBench.OURS);
        PacketBuilder error =
                wide
                        ? link.ipv6(server, other).icmp(1, 0, 0)
                        : link.ipv4(server, other).icmp(3, 1, 0);
        ends(error.quoting(quoted, 8), OUTBOUND, PathBench.LAN, 0);
    }

    /// The lowest one is the first that belongs to somebody.
    @Test
    void localPortsBeginAt1025() {
        for (int port = 1025; port < 1028; port++) {
            if (port % WORKERS != self) {
                goes(aboutServer(port), OUTBOUND, PathBench.LAN, 0, port % WORKERS);
            }
        }
    }

    /// From one to the next until all have looked.
    @Test
    void anErrorAboutAPacketToAClientGoesRound() {
        for (int hops = 0; hops < WORKERS - 1; hops++) {
            goes(aboutClient(), INBOUND, PathBench.WAN, hops, (self + 1) % WORKERS);
        }
        ends(aboutClient(), INBOUND, PathBench.WAN, WORKERS - 1);
        ends(aboutClient(), INBOUND, PathBench.WAN, WORKERS);
    }

    /// By whichever device: a client may be anywhere.
    @Test
    void anErrorAboutAPacketToAClientMayComeByEachDevice() {
        goes(aboutClient(), INBOUND, PathBench.LAN, 0, (self + 1) % WORKERS);
    }

    @Test
    void aWorkerThatKnowsTheConnectionAsksNobody() {
        assertThat(translate(aboutServer(bench.localPort()), OUTBOUND, PathBench.LAN, 0)).isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(translate(aboutServer(bench.localPort()), OUTBOUND, PathBench.LAN, 2)).isNull();
        assertThat(bench.sent()).as("however it came here").hasSize(1);
        assertThat(bench.handedOver).isEmpty();
    }

    @Test
    void aWorkerThatIsAloneHasNobodyToAsk() {
        Families families = wide ? Families.IPV6 : Families.IPV4;
        try (PathBench alone = new PathBench(families, OpenBench.TCP)) {
            for (int direction : List.of(OUTBOUND, INBOUND)) {
                PacketBuilder error =
                        direction == OUTBOUND ? aboutServer(alone.localPort() + 1) : aboutClient();
                assertThat(
                                new IcmpTranslator(
                                                alone.context,
                                                alone.quotation(direction),
                                                alone.forwarder(direction),
                                                alone.peers,
                                                alone.arrivals)
                                        .translate(alone.receive(direction, error), 0))
                        .isEqualTo(Outcome.ICMP_IGNORED);
                assertThat(alone.handedOver).isEmpty();
                alone.free();
            }
        }
    }
}
