// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.set.SetMatcher;
import io.fullnat.core.set.UseCount;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where [ConnectionOpener] lets a connection go, whom it asks before, and what the connection has
/// then. Each service has two servers, of IPv4 and of IPv6.
class ConnectionOpenerTest {
    private static final int FIRST = OpenBench.IPV4;
    private static final int SECOND = OpenBench.IPV6;
    private static final int CLIENT = 7;
    private static final int OTHER = 8;
    private static final int NOW_MICROS = 7_000;
    private static final VirtualService WEB = VirtualService.of(ServiceKey.tcp("192.0.2.1", 80));

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final ConnectionOpener opener = new ConnectionOpener(bench.context, null);
    private final ConnectionOpener asking = new ConnectionOpener(bench.context, this::admits);
    private final Chooser chooser = new Chooser();
    private final ServiceEntry service = bench.service(0, WEB, chooser, bench.servers);
    private final List<String> admission = new ArrayList<>();
    private boolean admitted = true;
    private boolean admissionFails;

    ConnectionOpenerTest() {
        bench.context.stack().time(NOW_MICROS * 1_000L);
        bench.serve(service);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private final class Chooser implements Scheduler {
        private final List<Integer> asked = new ArrayList<>(); // lengths of ids of QUIC
        private boolean fails;
        private boolean measures;
        private boolean readsIds;

        @Override
        public int select(ConnectionRequest request, ServerLoads loads) {
            asked.add(request.quicIdLength());
            if (fails) {
                throw new IllegalStateException("broken");
            }
            return bench.chosen;
        }

        @Override
        public boolean measuresAnswers() {
            return measures;
        }

        @Override
        public boolean readsQuicId() {
            return readsIds;
        }
    }

    private boolean admits(ServiceKey key, ConnectionRequest request) {
        admission.add(key + " " + request.protocol() + " " + request.clientPort());
        if (admissionFails) {
            throw new IllegalStateException("broken");
        }
        return admitted;
    }

    private @Nullable Outcome open(int client, ServiceEntry of) {
        return bench.open(opener, false, OpenBench.TCP, client, of);
    }

    private ServiceEntry with(VirtualService wanted) {
        return bench.service(0, wanted, chooser, bench.servers);
    }

    /// One that asks rules which let all pass: it is not plain any more.
    private ServiceEntry ruled() {
        ServiceEntry entry = with(WEB);
        entry.admitting(AccessFilter.OPEN);
        return entry;
    }

    private static int serverOf(long flow) {
        return TrafficTable.slot(ConnectionLayout.traffic(flow));
    }

    private int size() {
        return bench.context.table().size();
    }

    private long count(Counter counter) {
        return bench.context.stack().counters().get(counter);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionGoesToTheServerThatTheSchedulerChooses(Families families) {
        bench.chosen = families.out ? SECOND : FIRST;
        for (ServiceEntry entry : List.of(service, ruled())) {
            assertThat(bench.open(opener, families.in, OpenBench.TCP, CLIENT, entry)).isNull();
            long flow = opener.flow();
            assertThat(serverOf(flow)).isEqualTo(bench.chosen);
            assertThat(ConnectionLayout.hasWideKey(flow, INBOUND)).isEqualTo(families.in);
            assertThat(ConnectionLayout.hasWideKey(flow, OUTBOUND)).isEqualTo(families.out);
            assertThat(ConnectionKey.sourceHigh(flow, INBOUND))
                    .isEqualTo(bench.packet.clientAddressHigh());
            assertThat(ConnectionKey.sourceLow(flow, INBOUND))
                    .isEqualTo(bench.packet.clientAddressLow());
            assertThat(ConnectionKey.sourcePort(flow, INBOUND)).isEqualTo(30_000 + CLIENT);
            assertThat(size()).isOne();
            bench.context.life().end(flow);
        }
        assertThat(chooser.asked).hasSize(2);
    }

    @Test
    void whoIsGivenNoServerOrOneThatIsDownIsNotServed() {
        for (ServiceEntry entry : List.of(service, ruled())) {
            bench.chosen = Scheduler.NONE;
            assertThat(open(CLIENT, entry)).isEqualTo(Outcome.NO_REAL_SERVER);
            bench.chosen = FIRST;
            bench.health.server(FIRST, 0);
            assertThat(open(CLIENT, entry)).isEqualTo(Outcome.NO_REAL_SERVER);
            bench.health.server(FIRST, 1);
        }
        assertThat(size()).isZero();
        assertThat(count(Counter.FAULTS)).isZero();
    }

    @Test
    void aSchedulerThatThrowsIsReportedAndServesNobody() {
        List<String> told = new ArrayList<>();
        bench.context.stack().counters().faults().onReport(told::add);
        chooser.fails = true;
        assertThat(open(CLIENT, service)).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(open(CLIENT, ruled())).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(count(Counter.FAULTS)).isEqualTo(2);
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("the scheduler \"" + WEB.scheduler() + "\" of " + WEB.key());
    }

    @Test
    void whyAServerIsNotReachedIsSaidAndTheLastFlowStays() {
        bench.chosen = FIRST;
        assertThat(open(OTHER, service)).isNull();
        long flow = opener.flow();
        ServiceEntry without = bench.service(0, WEB, chooser, bench.serverWithoutLocal(false));
        assertThat(open(CLIENT, without)).isEqualTo(Outcome.NO_LOCAL_ADDRESS);
        assertThat(opener.flow()).isEqualTo(flow);
        assertThat(size()).isOne();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whomRulesKeepOutIsNotScheduledNorAskedFor(boolean ipv6) {
        bench.chosen = FIRST;
        ServiceEntry entry = with(WEB);
        entry.admitting(
                new AccessFilter(
                        List.of(
                                AccessRule.deny("198.51.0.7"),
                                AccessRule.deny("2001:db8:0:c1::7"))));
        assertThat(bench.open(asking, ipv6, OpenBench.TCP, CLIENT, entry))
                .isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(bench.refusal(asking, ipv6, OpenBench.TCP, CLIENT, entry))
                .isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(chooser.asked).isEmpty();
        assertThat(admission).isEmpty();
        assertThat(size()).isZero();
        assertThat(bench.open(asking, ipv6, OpenBench.TCP, OTHER, entry)).isNull();
        assertThat(admission).hasSize(1);
    }

    @Test
    void anApplicationDecidesWhoMayConnectToAnyService() {
        bench.chosen = FIRST;
        assertThat(asking.asksAdmission()).isTrue();
        assertThat(opener.asksAdmission()).isFalse();
        admitted = false;
        assertThat(bench.open(asking, false, OpenBench.UDP, CLIENT, service))
                .isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(bench.refusal(asking, true, OpenBench.TCP, OTHER, service))
                .isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(chooser.asked).isEmpty();
        admitted = true;
        assertThat(bench.open(asking, false, OpenBench.UDP, CLIENT, service)).isNull();
        assertThat(bench.refusal(asking, true, OpenBench.TCP, OTHER, service)).isNull();
        assertThat(admission)
                .containsExactly(
                        WEB.key() + " UDP 30007",
                        WEB.key() + " TCP 30008",
                        WEB.key() + " UDP 30007",
                        WEB.key() + " TCP 30008");
    }

    @Test
    void anApplicationThatThrowsLetsNobodyInAndIsReported() {
        List<String> told = new ArrayList<>();
        bench.context.stack().counters().faults().onReport(told::add);
        bench.chosen = FIRST;
        admissionFails = true;
        assertThat(bench.open(asking, false, OpenBench.TCP, CLIENT, service))
                .isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(count(Counter.FAULTS)).isOne();
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("the admission to " + WEB.key() + " failed");
        assertThat(size()).isZero();
    }

    private ServiceEntry allowing(IpSet.Builder set, UseCount uses) {
        SetMatcher matcher = new SetMatcher(set.build(), device -> 0);
        ServiceEntry entry = with(WEB);
        entry.admitting(
                new AccessFilter(
                        List.of(AccessRule.allow("ipset:friends")), name -> matcher, rule -> uses));
        return entry;
    }

    /// What a set has admitted counts when the connection has begun.
    @Test
    void aSetOfClientsIsAskedAndItsUsesAreCounted() {
        IpSet.Builder set =
                IpSet.builder("friends", SetType.HASH_IP)
                        .family(SetFamily.IPV4)
                        .add(SetMember.of("198.51.0.7"), true);
        UseCount uses = new UseCount.Source(1).next();
        ServiceEntry entry = allowing(set, uses);
        assertThat(open(OTHER, entry)).isEqualTo(Outcome.ACCESS_DENIED);
        assertThat(open(CLIENT, entry)).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(uses.sum()).isZero();
        bench.chosen = FIRST;
        assertThat(open(CLIENT, entry)).isNull();
        assertThat(uses.sum()).isOne();
    }

    /// The link header lies in front of the packet, longer by the tag of a VLAN.
    @ParameterizedTest
    @CsvSource({"0, 8, true", "0, 12, false", "1, 12, true", "1, 8, false"})
    void aSetOfStationsIsAskedForTheOneThatHasSentTheFrame(int device, int before, boolean in) {
        bench.context
                .stack()
                .view(
                        new NetworkView(
                                List.of(
                                        bench.context.stack().view().device(0),
                                        new Device(1, "lan.5", 0, 5, 2, 1500, ReversePath.OFF)),
                                Set.of(0, 1),
                                List.of(),
                                new RouteTable(
                                        List.of(
                                                new RouteTable.Entry(
                                                        0,
                                                        IpAddress.mapped(0),
                                                        96,
                                                        RouteTable.Hop.onLink(0)))),
                                List.of(),
                                2));
        IpSet.Builder set =
                IpSet.builder("friends", SetType.BITMAP_IP_MAC)
                        .family(SetFamily.IPV4)
                        .range("198.51.0.0/16")
                        .add(SetMember.of("198.51.0.7,02:00:00:00:00:c1"), true);
        ServiceEntry entry = allowing(set, new UseCount.Source(1).next());
        bench.chosen = FIRST;
        bench.packet(false, OpenBench.TCP, CLIENT);
        Memory.zero(bench.ip() - 18, 18);
        Memory.fromBytes(HexFormat.of().parseHex("0200000000c1"), bench.ip() - before);
        Outcome refusal = bench.open(opener, entry, device);
        if (in) {
            assertThat(refusal).isNull();
        } else {
            assertThat(refusal).isEqualTo(Outcome.ACCESS_DENIED);
        }
    }

    /// Of TCP always, of UDP where schedulers compare.
    @ParameterizedTest
    @CsvSource({"6, 7000", "17, 0"})
    void whenAServerWasAskedIsKnown(int protocol, int micros) {
        bench.chosen = FIRST;
        for (ServiceEntry entry : List.of(service, ruled())) {
            assertThat(bench.open(opener, false, protocol, CLIENT, entry)).isNull();
            assertThat(AnswerTiming.askedMicros(opener.flow())).isEqualTo(micros);
            assertThat(ConnectionLayout.isAwaited(opener.flow())).isFalse();
            bench.context.life().end(opener.flow());
        }
        chooser.measures = true;
        ServiceEntry compared = with(WEB).measuring(bench.limits.answerTimes());
        assertThat(bench.open(opener, false, protocol, CLIENT, compared)).isNull();
        assertThat(AnswerTiming.askedMicros(opener.flow())).isEqualTo(NOW_MICROS);
        assertThat(ConnectionLayout.isAwaited(opener.flow())).isTrue();
        assertThat(bench.limits.answerTimes().waiting(FIRST)).isOne();
    }

    @Test
    void aClientWithATemplateStaysWithItsServer() {
        try (TemplateTable table = new TemplateTable(8, 42)) {
            ServiceEntry entry =
                    with(WEB)
                            .keeping(
                                    new ClientTemplates(
                                            table, 0, Persistence.of(Duration.ofSeconds(100))));
            bench.chosen = SECOND;
            assertThat(open(CLIENT, entry)).isNull();
            bench.context.life().end(opener.flow());
            bench.chosen = FIRST;
            assertThat(open(CLIENT, entry)).isNull();
            assertThat(serverOf(opener.flow())).isEqualTo(SECOND);
            assertThat(open(OTHER, entry)).isNull();
            assertThat(serverOf(opener.flow())).isEqualTo(FIRST);
            chooser.fails = true;
            assertThat(open(9, entry)).isEqualTo(Outcome.NO_REAL_SERVER);
            assertThat(count(Counter.FAULTS)).isOne();
        }
    }

    /// Has the next client send a datagram whose id is that of a server.
    private @Nullable Outcome openDatagram(boolean ipv6, int client, int server, ServiceEntry of) {
        byte[] bytes =
                HexFormat.of().parseHex("402aab%02x11223344".formatted(server) + "00".repeat(24));
        bench.packet(ipv6, OpenBench.UDP, client);
        long ip = bench.ip();
        long l4 = ip + (ipv6 ? 40 : 20);
        int length = 8 + bytes.length;
        Memory.putNetworkShort(ipv6 ? ip + 4 : ip + 2, ipv6 ? length : 20 + length);
        Memory.putNetworkShort(l4 + 4, length);
        Memory.fromBytes(bytes, l4 + 8);
        return bench.open(opener, of, 0);
    }

    private ServiceEntry routed() {
        List<RealServer> servers = List.of(server(FIRST), server(SECOND));
        QuicRouting routing =
                QuicRouting.parse(List.of("config 1 server-id 2 nonce 4")).orElseThrow();
        VirtualService wanted =
                VirtualService.of(ServiceKey.udp("192.0.2.1", 80))
                        .withPolicy(ServicePolicy.DEFAULT.withQuic(Optional.of(routing)))
                        .withRealServers(servers);
        return with(wanted).routedBy(QuicRouter.of(routing, servers));
    }

    private static RealServer server(int number) {
        return RealServer.of("10.0.1.11", 4433 + number).toBuilder()
                .quicIds(List.of("ab%02x".formatted(number)))
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDatagramThatNamesAServerGoesThereUnscheduled(boolean ipv6) {
        ServiceEntry entry = routed();
        bench.chosen = FIRST;
        assertThat(openDatagram(ipv6, CLIENT, SECOND, entry)).isNull();
        assertThat(serverOf(opener.flow())).isEqualTo(SECOND);
        assertThat(ConnectionLayout.isRouted(opener.flow())).isTrue();
        assertThat(chooser.asked).isEmpty();
        assertThat(count(Counter.QUIC_IDS_FOLLOWED)).isOne();

        assertThat(openDatagram(ipv6, OTHER, 9, entry)).isNull();
        assertThat(serverOf(opener.flow())).as("that of the scheduler").isEqualTo(FIRST);
        assertThat(count(Counter.QUIC_IDS_UNKNOWN)).isOne();
    }

    /// A look at each datagram for nothing costs.
    @Test
    void anIdIsReadForASchedulerThatWantsItAlone() {
        VirtualService wanted = VirtualService.of(ServiceKey.udp("192.0.2.1", 80));
        bench.chosen = FIRST;
        assertThat(openDatagram(false, CLIENT, SECOND, with(wanted))).isNull();
        chooser.readsIds = true;
        assertThat(openDatagram(false, OTHER, SECOND, with(wanted))).isNull();
        assertThat(chooser.asked).hasSize(2).startsWith(0);
        assertThat(chooser.asked.getLast()).isPositive();
        assertThat(serverOf(opener.flow())).isEqualTo(FIRST);
        assertThat(ConnectionLayout.isRouted(opener.flow())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void numbersAreMovedWhereTheServiceWantsFreshOnes(boolean fresh) {
        bench.chosen = FIRST;
        TcpPolicy tcp = TcpPolicy.KEEP.withFreshIsn(fresh);
        ServiceEntry entry = with(WEB.withPolicy(ServicePolicy.DEFAULT.withTcp(tcp)));
        entry.admitting(AccessFilter.OPEN);
        assertThat(open(CLIENT, entry)).isNull();
        long flow = opener.flow();
        assertThat(ConnectionLayout.isShifted(flow)).isEqualTo(fresh);
        if (fresh) {
            int number = bench.context.syns().number(flow, entry, 0);
            assertThat((int) bench.context.table().shifts().of(flow)).isEqualTo(number);
        }
    }

    /// Services that cannot get a packet modifier begin plainly.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionGetsAModifierIfItsServiceMay(boolean may) {
        bench.chosen = FIRST;
        List<Long> chosen = new ArrayList<>();
        Modifiers modifiers =
                bench.context.modify(
                        4,
                        new Modifiers.Choice() {
                            @Override
                            public PacketModifier choose(long entry, ServiceEntry of) {
                                chosen.add(entry);
                                return packet -> {};
                            }

                            @Override
                            public boolean mayChoose(ServiceEntry of) {
                                return may;
                            }
                        });
        for (ServiceEntry entry : List.of(service, ruled())) {
            assertThat(open(CLIENT, entry)).isNull();
            assertThat(ConnectionLayout.isModified(opener.flow())).isEqualTo(may);
            assertThat(modifiers.size()).isEqualTo(may ? 1 : 0);
            bench.context.life().end(opener.flow());
        }
        assertThat(chosen).hasSize(may ? 2 : 0);
    }
}
