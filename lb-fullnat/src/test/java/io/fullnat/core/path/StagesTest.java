// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TestHops;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// That the stages of one family fit each other: what one leaves to another is found there.
@ParameterizedClass
@EnumSource(Families.class)
class StagesTest {
    private static final String DATA = "some more data";

    private final Families families;
    private PathBench bench;
    private FragmentTable fragments;
    private HandshakeFamilies handshakes;
    private Stages client;
    private Stages server;

    StagesTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        make();
    }

    private void make() {
        bench.bench.chosen = bench.slot();
        fragments = new FragmentTable(bench.context.stack(), bench.context.table());
        PacketEnd end = new PacketEnd(bench.context.stack());
        handshakes =
                new HandshakeFamilies(
                        bench.context,
                        end,
                        (buffer, data, length, port) -> bench.bench.io.buffers().free(buffer));
        Stages.Worker worker =
                new Stages.Worker(
                        bench.context,
                        bench.bench.neighbourhood,
                        bench.peers,
                        bench.arrivals,
                        new ConnectionOpener(bench.context, null),
                        new KernelPath(
                                bench.context, new PuntGate(bench.context.stack(), 0, List.of())),
                        end,
                        new DatagramFlows(),
                        fragments,
                        new EarlyFragments(bench.context.stack(), fragments, end),
                        bench.identifications,
                        new HandshakeSegments(bench.context.stack()),
                        handshakes);
        client = stages(worker, INBOUND);
        server = stages(worker, OUTBOUND);
        boolean wide = bench.comesWide(INBOUND);
        handshakes.set(
                wide ? server.handshakes() : client.handshakes(),
                wide ? client.handshakes() : server.handshakes());
    }

    private Stages stages(Stages.Worker worker, int direction) {
        return new Stages(
                worker,
                bench.family(direction),
                bench.errors,
                bench.crossing(direction),
                bench.quotation(direction));
    }

    private void use(int protocol, ServicePolicy policy) {
        free();
        bench = new PathBench(families, protocol, policy);
        make();
    }

    private void free() {
        bench.context.handshakes().discard();
        client.handshakes().close();
        server.handshakes().close();
        fragments.close();
        bench.close();
    }

    @AfterEach
    void close() {
        free();
    }

    private @Nullable Outcome tcp(PacketBuilder packet) {
        Outcome outcome = client.transport().tcp(bench.receive(INBOUND, packet), 0);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    private PacketBuilder syn() {
        return bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(Tcp.SYN);
    }

    private long prepare(PacketBurst burst, PacketBuilder packet) {
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
        Family family = bench.family(INBOUND);
        long ip = burst.data(0) + 14;
        family.takePlain(ip);
        return client.preparation().prepare(burst, 0, 0, PathBench.WAN, ip, family.hash(ip), 0);
    }

    @Test
    void aConnectionThatOneWayOpensIsKnownOnTheOther() {
        assertThat(tcp(syn())).isNull();
        PacketBurst burst = new PacketBurst(1);
        assertThat(prepare(burst, syn().flags(Tcp.ACK))).isNotZero().isNotEqualTo(bench.entry);
        bench.bench.io.buffers().freeAll(burst);
        assertThat(bench.begun()).isEqualTo(2);
        bench.sent();
    }

    /// Those that were prepared in vain are known by their buffers.
    @Test
    void aDatagramThatTakesTheWholeWayFindsItsConnection() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
        PacketBurst burst = new PacketBurst(1);
        PacketBuilder datagram = bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
        assertThat(prepare(burst, datagram.payload(DATA))).isEqualTo(Preparation.DIVERTED);
        TestHops.confirm(bench.bench.adjacencies, bench.serverHop());
        Frame frame = new Frame();
        frame.set(burst.buffer(0), burst.data(0), burst.length(0), 0);
        frame.link(PathBench.WAN, 14);
        assertThat(client.transport().udp(frame, 0)).isNull();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.sent()).hasSize(1);
    }

    /// Those that wait for a neighbour are, too.
    @Test
    void soDoesADatagramThatHasWaited() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
        PacketBuilder datagram = bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
        Frame frame = bench.receive(INBOUND, datagram.payload(DATA));
        assertThat(client.transport().udp(frame, 0)).isNull();
        assertThat(bench.begun()).isEqualTo(2);
        bench.bench.resumed =
                (buffer, data, length, port) -> {
                    frame.set(buffer, data, length, port);
                    frame.link(PathBench.WAN, 14);
                    assertThat(client.transport().udp(frame, 0)).isNull();
                };
        TestHops.answer(
                bench.bench.neighbourhood.arp().neighbours(),
                PathBench.LAN,
                bench.comesWide(OUTBOUND) ? "2001:db8:0:1::b" : "10.0.1.11",
                PathBench.SERVER_MAC);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.sent()).as("a request and the datagram").hasSize(2);
    }

    @Test
    void whatBelongsToNoConnectionIsToldSoOnBothWays() {
        assertThat(tcp(syn().flags(Tcp.ACK))).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.told).containsExactly("reset 80");
        PacketBurst burst = new PacketBurst(1);
        assertThat(prepare(burst, syn().flags(Tcp.ACK))).isEqualTo(Preparation.ENDED);
        assertThat(bench.told).containsExactly("reset 80", "reset 80");
        assertThat(bench.count(Outcome.NO_CONNECTION)).as("by its buffer's end").isOne();
    }

    @Test
    void whoIsNotServedHearsOfItInTheWordsOfTheFamily() {
        assertThat(client.errors()).isSameAs(bench.errors);
        bench.bench.chosen = Scheduler.NONE;
        assertThat(tcp(syn())).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(bench.told).containsExactly("reset 80");
        client.rejection().noConnection(bench.receive(INBOUND, syn()), 7);
        bench.free();
        assertThat(bench.told).containsExactly("reset 80", "reset 7");
    }

    @Test
    void aHandshakeEndsWhereTheServersSegmentsAreReceived() {
        CookieTerms terms = new CookieTerms();
        terms.begin(500, 99, 1460);
        HandshakeRecord.sent(StageBench.beginHandshake(bench, terms));
        PacketBuilder data = bench.arriving(INBOUND).sequence(100).acknowledgement(501);
        assertThat(tcp(data.payload(DATA))).isNull();
        assertThat(bench.context.handshakes().held()).isOne();
        PacketBuilder answer = bench.arriving(OUTBOUND).flags(Tcp.SYN | Tcp.ACK);
        Frame frame = bench.receive(OUTBOUND, answer.acknowledgement(100));
        assertThat(server.transport().tcp(frame, 0)).isEqualTo(Outcome.SYN_PROXY);
        bench.free();
        assertThat(bench.context.handshakes().size()).isZero();
        assertThat(bench.sent()).as("the acknowledgement").hasSize(1);
    }

    /// It asks again.
    @Test
    void theHandshakesAreThoseOfItsClients() {
        CookieTerms terms = new CookieTerms();
        terms.begin(500, 99, 1460);
        long record = StageBench.beginHandshake(bench, terms);
        assertThat(handshakes.of(bench.entry)).isSameAs(client.handshakes());
        client.handshakes().retry(record);
        assertThat(HandshakeRecord.isSent(record)).isTrue();
        assertThat(bench.sent()).as("the SYN").hasSize(1);
    }

    @Test
    void fragmentsFollowTheirFirstOne() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        assertThat(fragment(0, true)).isNull();
        assertThat(fragment(64, false)).isNull();
        assertThat(bench.sent()).hasSize(2);
    }

    private @Nullable Outcome fragment(int offset, boolean more) {
        byte[] data = new byte[offset == 0 ? 56 : 64];
        PacketBuilder packet = PathCases.fragment(bench, offset, more, data);
        return client.fragments().receive(bench.receive(INBOUND, packet), 0);
    }

    @Test
    void anErrorAboutAConnectionIsTranslated() {
        PacketBuilder quoted = bench.leaving(OUTBOUND);
        PacketBuilder error = bench.from(INBOUND);
        error = bench.comesWide(INBOUND) ? error.icmp(1, 4, 0) : error.icmp(3, 3, 0);
        Frame frame = bench.receive(INBOUND, error.quoting(quoted.toBytes(), 20));
        assertThat(client.translator().translate(frame, 0)).isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.count(Outcome.FORWARDED_ICMP)).isOne();
    }
}
