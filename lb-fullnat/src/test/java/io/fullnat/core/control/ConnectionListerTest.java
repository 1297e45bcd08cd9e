// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [ConnectionLister]: what is said of the connections of two workers, and how they are gone
/// through.
class ConnectionListerTest {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SLOT = 3;
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final Endpoint CLIENT = Endpoint.of("198.51.100.7", 40_000);
    private static final Endpoint VIRTUAL = Endpoint.of("192.0.2.80", 80);
    private static final Endpoint LOCAL = Endpoint.of("10.0.1.100", 1_025);
    private static final Endpoint SERVER = Endpoint.of("10.0.1.11", 8_080);
    private static final Endpoint CLIENT6 = Endpoint.of("2001:db8:c1::7", 40_000);
    private static final Endpoint VIRTUAL6 = Endpoint.of("2001:db8:80::80", 80);
    private static final Endpoint LOCAL6 = Endpoint.of("2001:db8:1::64", 1_025);
    private static final Endpoint SERVER6 = Endpoint.of("2001:db8:1::b", 8_080);

    /// What is read at once.
    private static final int BLOCK = 1_024;

    private static final long EPOCH_NS = 77_000_000_001L;

    private final IdleWorkers idle =
            new IdleWorkers(2, ControlRig.openIo(2, 64), 2 * BLOCK, EPOCH_NS);
    private final ReaderGate gate = new ReaderGate();
    private final Map<Integer, ServiceKey> services = new HashMap<>(Map.of(SLOT, WEB));
    private int seconds = 1_000;
    private final ConnectionLister lister =
            new ConnectionLister(
                    idle.workers,
                    gate,
                    () -> EPOCH_NS + TimeUnit.SECONDS.toNanos(seconds),
                    services::get);

    @AfterEach
    void close() {
        idle.close();
    }

    private ConnectionTable table(int worker) {
        return idle.workers.workers().get(worker).flows().table();
    }

    private static FlowKey key(Endpoint from, Endpoint to, int protocol) {
        int ports = Integer.reverseBytes(from.port() << Short.SIZE | to.port());
        long all = ConnectionKey.portsAndProtocol(ports, protocol);
        IpAddress source = from.address();
        IpAddress destination = to.address();
        return source.bitLength() == 32
                ? new FlowKey()
                        .ipv4(
                                Long.reverseBytes(
                                        source.low() << 32 | (destination.low() & 0xFFFF_FFFFL)),
                                all)
                : new FlowKey()
                        .ipv6(
                                source.high(),
                                source.low(),
                                destination.high(),
                                destination.low(),
                                all);
    }

    private long open(int worker, Endpoint client, Endpoint virtual, Endpoint local, Endpoint to) {
        return open(worker, TCP, client, virtual, local, to);
    }

    /// A connection of 90 seconds that began 30 seconds ago.
    private long open(
            int worker,
            int protocol,
            Endpoint client,
            Endpoint virtual,
            Endpoint local,
            Endpoint server) {
        try (FlowKey in = key(client, virtual, protocol);
                FlowKey out = key(server, local, protocol)) {
            ConnectionTable table = table(worker);
            long entry =
                    in.isWide() || out.isWide()
                            ? table.wide().open(in, out, SLOT)
                            : table.open(
                                    table.hash(in.addresses(), in.portsAndProtocol()),
                                    in.addresses(),
                                    in.portsAndProtocol(),
                                    table.hash(out.addresses(), out.portsAndProtocol()),
                                    out.addresses(),
                                    out.portsAndProtocol(),
                                    SLOT);
            assertThat(entry).isNotZero();
            table.start(entry, ConnectionState.SYN_RECV, 90, seconds - 30);
            return entry;
        }
    }

    private long open(int worker, int client) {
        Endpoint from = new Endpoint(CLIENT.address(), client);
        return open(worker, from, VIRTUAL, new Endpoint(LOCAL.address(), client), SERVER);
    }

    private static void count(long entry, int direction, int packets, long bytes) {
        long flow = entry + (long) direction * ConnectionLayout.FLOW_LENGTH;
        Memory.putInt(flow + ConnectionLayout.PACKETS, packets);
        Memory.putLong(flow + ConnectionLayout.BYTES, bytes);
    }

    private List<ConnectionInfo> list(ConnectionFilter filter) {
        List<ConnectionInfo> seen = new ArrayList<>();
        lister.list(filter, seen::add);
        return seen;
    }

    private ConnectionInfo only() {
        List<ConnectionInfo> all = list(ConnectionFilter.ALL);
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void aConnectionIsSaidWithAllThatThereIsOfIt() {
        long entry = open(1, CLIENT, VIRTUAL, LOCAL, SERVER);
        count(entry, ConnectionLayout.INBOUND, 3, 300);
        count(entry, ConnectionLayout.OUTBOUND, 4, 4_000);
        assertThat(only())
                .isEqualTo(
                        new ConnectionInfo(
                                1,
                                WEB,
                                "SYN_RECV",
                                60,
                                30,
                                CLIENT,
                                VIRTUAL,
                                LOCAL,
                                SERVER,
                                new TrafficCounts(1, 3, 300, 4, 4_000)));
    }

    @Test
    void endpointsMayBeOfEitherFamilyOnEachSide() {
        open(0, CLIENT6, VIRTUAL6, LOCAL6, SERVER6);
        open(0, CLIENT6, VIRTUAL6, LOCAL, SERVER);
        open(0, CLIENT, VIRTUAL, LOCAL6, SERVER6);
        assertThat(list(ConnectionFilter.ALL))
                .extracting(
                        each -> List.of(each.client(), each.virtual(), each.local(), each.server()))
                .containsExactlyInAnyOrder(
                        List.of(CLIENT6, VIRTUAL6, LOCAL6, SERVER6),
                        List.of(CLIENT6, VIRTUAL6, LOCAL, SERVER),
                        List.of(CLIENT, VIRTUAL, LOCAL6, SERVER6));
    }

    /// Its address is one of several that the service may have.
    @Test
    void theServiceIsTheOneOfItsSlot() {
        open(0, CLIENT6, VIRTUAL6, LOCAL6, SERVER6);
        assertThat(only().service()).isEqualTo(WEB);
    }

    @Test
    void whereTheSlotHasNoServiceItIsNamedByWhatTheClientSpeaksTo() {
        services.clear();
        open(0, CLIENT6, VIRTUAL6, LOCAL6, SERVER6);
        assertThat(only().service()).isEqualTo(ServiceKey.tcp("2001:db8:80::80", 80));
    }

    @Test
    void soItIsWhereTheSlotIsOneOfAnotherProtocolNow() {
        open(0, UDP, CLIENT, VIRTUAL, LOCAL, SERVER);
        assertThat(only().service()).isEqualTo(ServiceKey.udp("192.0.2.80", 80));
    }

    @Test
    void timesPassAndAreNeverNegative() {
        open(0, CLIENT, VIRTUAL, LOCAL, SERVER);
        seconds += 59;
        assertThat(only().secondsLeft()).isEqualTo(1);
        assertThat(only().ageSeconds()).isEqualTo(89);
        seconds += 2;
        assertThat(only().secondsLeft()).isZero();
        assertThat(only().ageSeconds()).isEqualTo(91);
        seconds -= 92;
        assertThat(only().ageSeconds()).as("the worker's clock is ahead").isZero();
    }

    @Test
    void theTimeLeftIsFromTheLastPacketOn() {
        long entry = open(0, CLIENT, VIRTUAL, LOCAL, SERVER);
        Memory.putInt(entry + ConnectionLayout.LAST_SEEN, seconds - 1);
        assertThat(only().secondsLeft()).isEqualTo(89);
        assertThat(only().ageSeconds()).isEqualTo(30);
    }

    @Test
    void workersHaveTheirTurnsInTheirOrder() {
        open(1, 2_000);
        open(0, 2_001);
        open(1, 2_002);
        assertThat(list(ConnectionFilter.ALL))
                .extracting(each -> each.worker() + " " + each.client().port())
                .containsExactly("0 2001", "1 2000", "1 2002");
    }

    @Test
    void onlyThoseThatTheFilterAcceptsAreShown() {
        open(0, CLIENT, VIRTUAL, LOCAL, SERVER);
        open(0, CLIENT6, VIRTUAL6, LOCAL6, SERVER6);
        assertThat(list(ConnectionFilter.ALL.withServer(SERVER6)))
                .extracting(ConnectionInfo::server)
                .containsExactly(SERVER6);
        assertThat(list(ConnectionFilter.of(ServiceKey.udp("192.0.2.80", 80)))).isEmpty();
    }

    @Test
    void whoHasHadEnoughSeesNoMoreOfAnyWorker() {
        open(0, 2_000);
        open(0, 2_001);
        open(1, 2_002);
        List<Integer> seen = new ArrayList<>();
        lister.list(
                ConnectionFilter.ALL,
                each -> {
                    seen.add(each.client().port());
                    return seen.size() < 2;
                });
        assertThat(seen).containsExactly(2_000, 2_001);
    }

    @Test
    void oneThatHasEndedIsNotThere() {
        long first = open(0, 2_000);
        open(0, 2_001);
        table(0).remove(first);
        assertThat(only().client().port()).isEqualTo(2_001);
    }

    @Test
    void eachIsShownOnceHoweverManyThereAre() {
        List<Integer> clients = IntStream.range(2_000, 2_000 + BLOCK + 2).boxed().toList();
        clients.forEach(client -> open(0, client));
        open(0, CLIENT6, VIRTUAL6, LOCAL6, SERVER6);
        List<Integer> expected = new ArrayList<>(clients);
        expected.add(CLIENT6.port());
        assertThat(list(ConnectionFilter.ALL))
                .extracting(each -> each.client().port())
                .containsExactlyElementsOf(expected);
    }

    /// Somebody who looks at all, and at whose first look the balancer ends.
    private Predicate<ConnectionInfo> shutAtFirst(List<Integer> seen) {
        return each -> {
            if (seen.isEmpty()) {
                gate.shut();
            }
            return seen.add(each.client().port());
        };
    }

    /// The balancer may end while somebody looks at what has been read.
    @Test
    void whoLooksLongAtABlockKeepsNoEndWaiting() {
        for (int client = 0; client <= BLOCK; client++) {
            open(0, 2_000 + client);
        }
        List<Integer> seen = new ArrayList<>();
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> lister.list(ConnectionFilter.ALL, shutAtFirst(seen)))
                .extracting(BalancerException::code)
                .isEqualTo(ErrorCode.CLOSED);
        assertThat(seen).hasSize(BLOCK);
    }

    @Test
    void whatFitsIntoOneBlockIsReadAtOnce() {
        for (int client = 0; client < BLOCK; client++) {
            open(1, 2_000 + client);
        }
        List<Integer> seen = new ArrayList<>();
        lister.list(ConnectionFilter.ALL, shutAtFirst(seen));
        assertThat(seen).hasSize(BLOCK);
    }

    @Test
    void whereNobodyIsConnectedNothingIsShown() {
        assertThat(list(ConnectionFilter.ALL)).isEmpty();
    }
}
