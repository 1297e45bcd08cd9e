// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// A client of QUIC moves to a tuple that the balancer knows as another connection's: it gets the
/// tuple once that one's client is silent, and never while it is not. Two servers, ports of one
/// host, have connections in turn; ids stand in clear.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class QuicTupleTest {
    private static final int FIRST_PORT = 4_433;
    private static final int PORT = 5_001;
    private static final String INITIAL =
            "c000000001" + "08" + "0011223344556677" + "00".repeat(24);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Rig rig;
    private final FamilyPair families;

    QuicTupleTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families, 1, 1 << 10).configured();
        rig.apply(new Change.ReplaceService(service()));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService service() {
        return VirtualService.of(rig.udp)
                .withScheduler("rr")
                .withPolicy(
                        ServicePolicy.DEFAULT.withQuic(
                                QuicRouting.parse(List.of("config 1 server-id 2 nonce 4"))))
                .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"))
                .withRealServers(List.of(server(0), server(1)));
    }

    private RealServer server(int number) {
        return RealServer.of(families.servers().getFirst(), FIRST_PORT + number).toBuilder()
                .quicIds(List.of("ab%02x".formatted(number)))
                .build();
    }

    private static String named(int server) {
        return "402aab%02x11223344".formatted(server) + "00".repeat(24);
    }

    private byte[] send(String payload) {
        List<byte[]> out =
                rig.clientSends(
                        rig.request().udp(PORT, 53).payload(HexFormat.of().parseHex(payload)));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    private static int number(byte[] out) {
        return IpFrame.destinationPort(out) - FIRST_PORT;
    }

    private boolean isAnswered(byte[] request) {
        long before = rig.count(Outcome.FORWARDED_OUT);
        rig.serverSends(
                rig.answer()
                        .udp(
                                /* sourcePort= */ IpFrame.destinationPort(request),
                                /* destinationPort= */ IpFrame.sourcePort(request)));
        return rig.count(Outcome.FORWARDED_OUT) == before + 1;
    }

    /// The first connection of the tuple, whose packets have named its server.
    private byte[] first() {
        byte[] first = send(INITIAL);
        assertThat(send(named(number(first)))).as("known").isNotEmpty();
        return first;
    }

    @Test
    void aSilentTupleGoesToTheConnectionThatMovesThere() {
        byte[] first = first();
        int other = 1 - number(first);
        rig.pass(Duration.ofSeconds(3));

        byte[] moved = send(named(other));
        assertThat(number(moved)).isEqualTo(other);
        assertThat(IpFrame.sourcePort(moved)).isNotEqualTo(IpFrame.sourcePort(first));
        assertThat(rig.count(Counter.QUIC_TUPLES_TAKEN)).isOne();
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        assertThat(isAnswered(moved)).isTrue();
        assertThat(isAnswered(first)).as("of the connection that has ended").isFalse();
        assertThat(number(send(named(other)))).isEqualTo(other);
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isEqualTo(2);
    }

    /// Packets of the one that moves are no sign of life of the other, however often they come, nor
    /// are answers.
    @Test
    void packetsThatNameAnotherServerDoNotKeepTheTuple() {
        byte[] first = first();
        int other = 1 - number(first);
        assertThat(number(send(named(other)))).as("at once").isEqualTo(number(first));
        rig.pass(SECOND);
        assertThat(number(send(named(other)))).as("too soon").isEqualTo(number(first));
        assertThat(isAnswered(first)).isTrue();
        rig.pass(SECOND);
        assertThat(number(send(named(other)))).isEqualTo(other);
        assertThat(rig.count(Counter.QUIC_TUPLES_TAKEN)).isOne();
    }

    /// Who sends under the address of a client that is there ends nothing.
    @Test
    void aClientThatIsThereKeepsItsTuple() {
        byte[] first = first();
        int own = number(first);
        for (int second = 0; second < 10; second++) {
            rig.pass(SECOND);
            assertThat(number(send(named(1 - own)))).isEqualTo(own);
            assertThat(number(send(named(own)))).isEqualTo(own);
        }
        assertThat(rig.count(Counter.QUIC_TUPLES_TAKEN)).isZero();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
    }

    /// Somebody who sends under the address of a client that is silent, by an id that names the
    /// other server, has its tuple: until the client is back, and the other silent in turn.
    @Test
    void aClientThatComesBackHasItsTupleAgain() {
        byte[] first = first();
        int own = number(first);
        rig.pass(Duration.ofSeconds(3));
        assertThat(number(send(named(1 - own)))).as("taken").isEqualTo(1 - own);

        assertThat(number(send(named(own)))).as("too soon").isEqualTo(1 - own);
        rig.pass(SECOND);
        assertThat(number(send(named(own)))).isEqualTo(1 - own);
        rig.pass(SECOND);
        byte[] back = send(named(own));
        assertThat(number(back)).as("its own packets kept nothing alive").isEqualTo(own);
        assertThat(isAnswered(back)).isTrue();
        assertThat(rig.count(Counter.QUIC_TUPLES_TAKEN)).isEqualTo(2);
        rig.pass(SECOND);
        assertThat(number(send(named(own)))).isEqualTo(own);
    }

    /// Ids of a server that writes none may name the other one by chance; nor does one that a
    /// client may have chosen, one of no server, or what is too short.
    @Test
    void nothingElseTakesATuple() {
        byte[] silent = send(INITIAL);
        int own = number(silent);
        rig.pass(Duration.ofSeconds(3));
        assertThat(number(send(named(1 - own)))).as("never named").isEqualTo(own);
        assertThat(number(send(named(own)))).isEqualTo(own);
        for (String payload :
                List.of(
                        "c000000001"
                                + "07"
                                + "2aab%02x11223344".formatted(1 - own)
                                + "00".repeat(9),
                        named(7),
                        "40",
                        "402aab%02x1122".formatted(1 - own),
                        "e0" + "00".repeat(30))) {
            rig.pass(Duration.ofSeconds(3));
            assertThat(number(send(payload))).as(payload).isEqualTo(own);
        }
        assertThat(rig.count(Counter.QUIC_TUPLES_TAKEN)).isZero();
    }

    /// A server that takes nobody gets no tuple; one that is up again does. A Handshake packet
    /// names a server, too.
    @Test
    void aServerThatIsDownTakesNoTuple() {
        byte[] first = first();
        int other = 1 - number(first);
        report(other, false, 1);
        rig.pass(Duration.ofSeconds(3));
        assertThat(number(send(named(other)))).isEqualTo(number(first));
        report(other, true, 2);
        String handshake = "e000000001" + "07" + "2aab%02x11223344".formatted(other);
        assertThat(number(send(handshake + "00".repeat(9)))).isEqualTo(other);
    }

    private void report(int server, boolean up, long version) {
        CompletableFuture<Void> done =
                rig.balancer
                        .control()
                        .reportHealth(rig.udp, server(server).endpoint(), up, "test", version);
        rig.run();
        assertThat(done).isCompleted();
    }

    /// A service that does not route by ids any more lets its connections be plain ones.
    @Test
    void connectionsOfAServiceWithoutIdsFollowTheirTuple() {
        byte[] first = first();
        int own = number(first);
        List<RealServer> without =
                service().realServers().stream()
                        .map(server -> server.toBuilder().quicIds(List.of()).build())
                        .toList();
        rig.apply(
                new Change.ReplaceService(
                        service().withPolicy(ServicePolicy.DEFAULT).withRealServers(without)));
        rig.pass(Duration.ofSeconds(3));
        assertThat(number(send(named(1 - own)))).isEqualTo(own);
        rig.apply(new Change.ReplaceService(service()));
        rig.pass(Duration.ofSeconds(3));
        assertThat(number(send(named(1 - own)))).as("marked no more").isEqualTo(own);
    }
}
