// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// B11: a connection that nobody ends is gone when its time is over, in whichever way it began and
/// whichever state it was left in. The scan says which states the scenes leave.
class EveryTimerTest {
    private static final int PORT = 40_000;

    /// More than any time-out.
    private static final Duration STEP = Duration.ofMinutes(10);

    private static final int STEPS = 20;

    /// States that no packet leaves behind: nothing was seen, or the balancer itself listens.
    private static final Set<ConnectionState> NEVER_LEFT =
            EnumSet.of(
                    ConnectionState.TCP_NONE,
                    ConnectionState.LISTEN,
                    ConnectionState.SYNACK,
                    ConnectionState.SYN_SENT,
                    ConnectionState.UDP_NONE);

    private static TcpFlow established(Rig rig) {
        return TcpFlow.established(rig, PORT);
    }

    private static void tcp(Rig rig, ServicePolicy policy) {
        rig.apply(new Change.SetPolicy(rig.tcp, policy));
    }

    private static void ask(Rig rig, ServicePolicy policy) {
        rig.apply(new Change.SetPolicy(rig.udp, policy));
        rig.clientSends(rig.request().udp(PORT, 53).payload("question"));
    }

    private static void answer(Rig rig) {
        byte[] asked = rig.clientSends(rig.request().udp(PORT, 53).payload("?")).getFirst();
        rig.serverSends(rig.answer().udp(5353, IpFrame.sourcePort(asked)).payload("!"));
    }

    private static Map<String, Consumer<Rig>> scenes() {
        Map<String, Consumer<Rig>> scenes = new LinkedHashMap<>();
        scenes.put("a SYN", rig -> new TcpFlow(rig, PORT).syn());
        scenes.put("and its answer", rig -> new TcpFlow(rig, PORT).synReceived());
        scenes.put("established", EveryTimerTest::established);
        scenes.put("with data", rig -> established(rig).exchange());
        scenes.put("the client closes", rig -> established(rig).clientCloses());
        scenes.put("the server closes", rig -> established(rig).serverCloses());
        scenes.put("both close", EveryTimerTest::closed);
        scenes.put("the client closes last", EveryTimerTest::closedByServer);
        scenes.put(
                "a reset",
                rig -> {
                    TcpFlow flow = established(rig);
                    rig.clientSends(flow.clientSegment(Tcp.RST | Tcp.ACK));
                });
        scenes.put(
                "a refusal",
                rig -> {
                    TcpFlow flow = new TcpFlow(rig, PORT);
                    flow.syn();
                    rig.serverSends(
                            flow.server().flags(Tcp.RST | Tcp.ACK).acknowledgement(flow.serverGot));
                });
        scenes.put(
                "both send a SYN",
                rig -> {
                    TcpFlow flow = new TcpFlow(rig, PORT);
                    flow.syn();
                    rig.serverSends(flow.server().flags(Tcp.SYN).sequence(flow.serverNext));
                });
        scenes.put(
                "one that begins anew",
                rig -> {
                    TcpFlow flow = closed(rig);
                    rig.clientSends(
                            flow.client().flags(Tcp.SYN).sequence(flow.clientNext + 100_000));
                });
        scenes.put(
                "a server that is gone",
                rig -> {
                    established(rig);
                    rig.apply(new Change.RemoveService(rig.tcp));
                });
        tellings(scenes);
        datagrams(scenes);
        return scenes;
    }

    private static TcpFlow closed(Rig rig) {
        TcpFlow flow = established(rig);
        flow.clientCloses();
        flow.serverCloses();
        return flow;
    }

    private static void closedByServer(Rig rig) {
        TcpFlow flow = established(rig);
        flow.serverCloses();
        flow.clientCloses();
    }

    private static void tellings(Map<String, Consumer<Rig>> scenes) {
        ServicePolicy usual = ServicePolicy.DEFAULT;
        Map<String, ServicePolicy> policies =
                Map.of(
                        "TOA", usual.withDisclosure(ClientDisclosure.NONE.withToa(true)),
                        "PROXY", usual.withProxyProtocol(ProxyProtocol.V2),
                        "PROXY believed", usual.withProxyProtocol(ProxyProtocol.V1_INSECURE),
                        "fresh numbers", usual.withTcp(TcpPolicy.KEEP.withFreshIsn(true)));
        policies.forEach((name, policy) -> {
            scenes.put(
                    name + ", a SYN",
                    rig -> {
                        tcp(rig, policy);
                        new TcpFlow(rig, PORT).syn();
                    });
            scenes.put(
                    name + ", first data",
                    rig -> {
                        tcp(rig, policy);
                        TcpFlow flow = new TcpFlow(rig, PORT);
                        flow.syn();
                        flow.synAck();
                        rig.clientSends(
                                flow.client()
                                        .flags(Tcp.ACK)
                                        .sequence(flow.clientNext)
                                        .acknowledgement(flow.serverNext + 1)
                                        .payload("PROX"));
                    });
        });
        scenes.put("an acknowledged cookie", rig -> proxied(rig));
        scenes.put("and the server's answer", rig -> proxied(rig).accept());
        scenes.put(
                "and its refusal",
                rig -> {
                    ProxiedFlow flow = proxied(rig);
                    rig.serverSends(flow.server(Tcp.RST | Tcp.ACK, 0, 1));
                });
    }

    private static ProxiedFlow proxied(Rig rig) {
        rig.apply(CookieClient.always(rig));
        return ProxiedFlow.begin(rig, PORT);
    }

    private static void datagrams(Map<String, Consumer<Rig>> scenes) {
        ServicePolicy usual = ServicePolicy.DEFAULT;
        scenes.put("a question", rig -> ask(rig, usual));
        scenes.put("an answer", EveryTimerTest::answer);
        scenes.put(
                "more questions",
                rig -> {
                    answer(rig);
                    answer(rig);
                });
        scenes.put("one packet", rig -> ask(rig, usual.withOnePacket(true)));
        scenes.put(
                "UOA",
                rig -> ask(rig, usual.withDisclosure(ClientDisclosure.NONE.withUoa(Uoa.OPP))));
        scenes.put("PROXY of UDP", rig -> ask(rig, usual.withProxyProtocol(ProxyProtocol.V2)));
    }

    private static Set<ConnectionState> states(Rig rig) {
        Set<ConnectionState> states = EnumSet.noneOf(ConnectionState.class);
        rig.balancer
                .workersThemselves()
                .getFirst()
                .connections()
                .visit(
                        0,
                        Integer.MAX_VALUE,
                        entry ->
                                states.add(
                                        ConnectionState.of(
                                                Memory.getUnsignedByte(
                                                        entry + ConnectionLayout.STATE))));
        return states;
    }

    @ParameterizedTest
    @EnumSource
    void b11WhateverBeginsEndsByItself(FamilyPair families) {
        Set<ConnectionState> left = EnumSet.noneOf(ConnectionState.class);
        scenes().forEach((name, scene) -> {
            try (Rig rig = Rig.of(families).configured().withStaticNeighbours()) {
                scene.accept(rig);
                rig.out();
                assertThat(rig.count(Counter.CONNECTIONS)).as(name).isPositive();
                left.addAll(states(rig));
                for (int i = 0; i < STEPS && rig.count(Counter.CONNECTIONS) > 0; i++) {
                    rig.pass(STEP);
                    rig.out();
                }
                assertThat(rig.count(Counter.CONNECTIONS)).as("left of %s", name).isZero();
                assertThat(ModifiedConnections.of(rig.balancer)).as("told of %s", name).isZero();
                rig.pass(Duration.ofSeconds(1));
                rig.out();
            }
        });
        assertThat(left)
                .as("states that were left")
                .containsExactlyInAnyOrderElementsOf(
                        EnumSet.complementOf(EnumSet.copyOf(NEVER_LEFT)));
    }
}
