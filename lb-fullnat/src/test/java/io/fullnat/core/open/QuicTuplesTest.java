// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.quic.QuicId;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.testing.Seed;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose a tuple is, datagram by datagram: the connection is that of the first of two servers.
class QuicTuplesTest {
    private static final String CLEAR = "config 1 server-id 2 nonce 4";
    private static final String ENCRYPTED =
            "config 1 server-id 2 nonce 6 key 8f95f09245765f80256934e50c66207f";
    private static final int OWN = 0;
    private static final int OTHER = 1;
    private static final long SECOND = 1_000_000_000L;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final QuicTuples tuples = new QuicTuples(bench.context);
    private final Region memory = Region.allocate(2048, "a datagram");
    private final HealthWords health = new HealthWords(2, 1);
    private ServiceEntry service = service(CLEAR);
    private final long flow = bench.open(Families.IPV4, OpenBench.UDP, 7);

    @AfterEach
    void close() {
        memory.close();
        bench.close();
    }

    private ServiceEntry service(String config) {
        return service(ServicePolicy.DEFAULT.withQuic(QuicRouting.parse(List.of(config))));
    }

    private ServiceEntry service(ServicePolicy policy) {
        List<RealServer> servers = List.of(server(OWN), server(OTHER));
        ServiceEntry entry =
                new ServiceEntry(
                        VirtualService.of(ServiceKey.udp("192.0.2.1", 443))
                                .withPolicy(policy)
                                .withRealServers(servers),
                        0,
                        (request, loads) -> Scheduler.NONE,
                        bench.servers,
                        null,
                        new LocalEntry[0],
                        new TrafficTable[] {bench.traffic},
                        health,
                        null);
        policy.quic().ifPresent(routing -> entry.routedBy(QuicRouter.of(routing, servers)));
        return entry;
    }

    private static RealServer server(int number) {
        return RealServer.of("10.0.1.11", 4433 + number).toBuilder()
                .quicIds(List.of(id(number)))
                .build();
    }

    private static String id(int server) {
        return "ab%02x".formatted(server);
    }

    /// A datagram behind the handshake: its id stands in clear.
    private static String named(int server) {
        return "402a" + id(server) + "11223344" + "00".repeat(24);
    }

    /// A client's first flight, whose id the client has chosen.
    private static String ofClient(int server) {
        return "c00000000107" + "2a" + id(server) + "11223344" + "00".repeat(9);
    }

    private long datagram(String payload) {
        byte[] bytes = HexFormat.of().parseHex(payload);
        long l4 = memory.address();
        Memory.putNetworkShort(l4 + 4, Udp.HEADER_LENGTH + bytes.length);
        Memory.fromBytes(bytes, l4 + Udp.HEADER_LENGTH);
        return l4;
    }

    private void begin(String payload) {
        QuicId id = new QuicId();
        id.read(datagram(payload) + Udp.HEADER_LENGTH, payload.length() / 2);
        tuples.begin(flow, service, id);
    }

    private boolean isTaken(String payload) {
        return tuples.isTaken(flow, datagram(payload), service);
    }

    private void seconds(double seconds) {
        bench.context.stack().time((long) (seconds * SECOND));
    }

    private int print() {
        return Memory.getInt(flow + ACKNOWLEDGED);
    }

    @Test
    void onlyConnectionsOfServicesThatRouteByIdsAreMarked() {
        int plain = Memory.getByte(flow + ConnectionLayout.EVENTS);
        begin(named(OWN));
        assertThat(ConnectionLayout.isRouted(flow)).isTrue();
        assertThat(print()).isEqualTo(QuicRouter.READ_AS_FAST);
        assertThat(Memory.getByte(flow + ConnectionLayout.EVENTS))
                .as("each datagram is one")
                .isNotEqualTo((byte) plain);

        long other = bench.open(Families.IPV4, OpenBench.UDP, 8);
        tuples.begin(other, service(ServicePolicy.DEFAULT), new QuicId());
        assertThat(ConnectionLayout.isRouted(other)).isFalse();
    }

    /// From the second second on: whole ones, of which the first may be almost over.
    @Test
    void aSilentTupleGoesToTheServerThatIsNamed() {
        begin(named(OWN));
        seconds(1.999);
        assertThat(isTaken(named(OTHER))).as("too soon").isFalse();
        assertThat(tuples.isOfStranger(flow)).isTrue();
        seconds(2);
        assertThat(isTaken(named(OTHER))).isTrue();
    }

    @Test
    void aTupleWhoseClientIsHeardIsItsOwn() {
        begin(named(OWN));
        seconds(100);
        Memory.putInt(flow + ConnectionLayout.LAST_SEEN, 99);
        assertThat(isTaken(named(OTHER))).isFalse();
        assertThat(isTaken(named(OWN))).isFalse();
        assertThat(tuples.isOfStranger(flow)).isFalse();
    }

    /// What is no sign of life is so for one datagram.
    @Test
    void whoIsAStrangerIsAskedOfTheLastDatagramAlone() {
        begin(named(OWN));
        isTaken(named(OTHER));
        assertThat(tuples.isOfStranger(flow)).isTrue();
        assertThat(tuples.isOfStranger(flow + ConnectionLayout.FLOW_LENGTH)).isFalse();
        isTaken("40");
        assertThat(tuples.isOfStranger(flow)).isFalse();
    }

    /// Ids of a server that writes none may name the other one by chance.
    @ParameterizedTest
    @ValueSource(strings = {"40", "402aab0711223344", "e0000000010100"})
    void aConnectionWhoseServerWasNeverNamedKeepsItsTuple(String first) {
        begin(first);
        assertThat(print()).isZero();
        seconds(100);
        assertThat(isTaken(named(OTHER))).isFalse();
        assertThat(tuples.isOfStranger(flow)).isFalse();
        assertThat(isTaken(named(OWN))).isFalse();
        assertThat(print()).isEqualTo(QuicRouter.READ_AS_FAST);
        assertThat(isTaken(named(OTHER))).as("from now on").isTrue();
    }

    @Test
    void anIdThatAClientMayHaveChosenProvesNothing() {
        begin(ofClient(OWN));
        assertThat(print()).isZero();
        begin(named(OWN));
        seconds(100);
        assertThat(isTaken(ofClient(OTHER))).isFalse();
    }

    /// One that names another server at once: it has taken the tuple by that.
    @Test
    void aFirstDatagramOfAnotherServerIsNoNaming() {
        begin(named(OTHER));
        assertThat(print()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "40", "402aab01", "402aab0711223344", "8000000001"})
    void whatNamesNobodyTakesNothing(String payload) {
        begin(named(OWN));
        seconds(100);
        assertThat(isTaken(payload)).isFalse();
        assertThat(tuples.isOfStranger(flow)).isFalse();
    }

    @Test
    void aServerThatTakesNobodyGetsNoTuple() {
        begin(named(OWN));
        seconds(100);
        health.server(OTHER, 0);
        assertThat(isTaken(named(OTHER))).isFalse();
        assertThat(tuples.isOfStranger(flow)).isTrue();
        health.server(OTHER, HealthWords.WHOLE);
        assertThat(isTaken(named(OTHER))).isTrue();
    }

    /// By the vectors of the draft's appendix B an id of nine bytes is two passes over its halves.
    @Test
    void anEncryptedIdIsReadOnceAndKnownByItsPrint() {
        service = service(ENCRYPTED);
        QuicRouter router = requireNonNull(service.quic());
        String own = "";
        String other = "";
        for (int i = 0; own.isEmpty() || other.isEmpty(); i++) {
            String payload = "4028" + "%016x".formatted(i * 0x9E37_79B9_7F4A_7C15L) + "00";
            QuicId id = new QuicId();
            id.read(datagram(payload) + Udp.HEADER_LENGTH, payload.length() / 2);
            int server = router.find(id);
            own = server == OWN ? payload : own;
            other = server == OTHER ? payload : other;
        }
        begin(own);
        assertThat(print()).isNotIn(0, QuicRouter.READ_AS_FAST);
        seconds(100);
        assertThat(isTaken(own)).isFalse();
        assertThat(isTaken(other)).isTrue();
    }

    @Test
    void aServiceThatRoutesNoMoreLetsItsConnectionsBePlain() {
        begin(named(OWN));
        seconds(100);
        int watched = Memory.getByte(flow + ConnectionLayout.EVENTS);
        service = service(ServicePolicy.DEFAULT);
        assertThat(isTaken(named(OTHER))).isFalse();
        assertThat(ConnectionLayout.isRouted(flow)).isFalse();
        assertThat(Memory.getByte(flow + ConnectionLayout.EVENTS))
                .as("the fast loop is asked nothing more")
                .isNotEqualTo((byte) watched);
        service = service(CLEAR);
        begin(named(OWN));
        assertThat(tuples.isTaken(flow, datagram(named(OTHER)), null)).isFalse();
        assertThat(ConnectionLayout.isRouted(flow)).isFalse();
    }

    @Test
    void aTupleThatIsTakenEndsItsConnection() {
        begin(named(OWN));
        assertThat(bench.context.table().size()).isOne();
        tuples.take(flow);
        assertThat(bench.context.table().size()).isZero();
        assertThat(bench.context.stack().counters().get(Counter.QUIC_TUPLES_TAKEN)).isOne();
    }
}
