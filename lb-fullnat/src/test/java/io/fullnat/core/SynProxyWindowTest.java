// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Segments that do not fit a connection which began with a cookie: each end answers them by an
/// acknowledgement in its own numbers, which the other end answers in turn, for ever (an *ACK
/// storm*). `out-of-window: drop` of the service ends that, as it begins none.
class SynProxyWindowTest {
    private static final int PORT = 30_000;

    /// Beyond twice any window that was offered.
    private static final int FAR = 50_000_000;

    private static Rig rig(FamilyPair families, OutOfWindow wanted) {
        Rig rig = Rig.of(families).configured().withStaticNeighbours();
        rig.apply(
                new Change.SetPolicy(
                        rig.tcp,
                        ServicePolicy.DEFAULT
                                .withOutOfWindow(wanted)
                                .withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))));
        return rig;
    }

    private static ProxiedFlow open(Rig rig) {
        ProxiedFlow flow = ProxiedFlow.begin(rig, PORT);
        assertThat(flow.accept()).hasSize(1);
        return flow;
    }

    /// Numbers are moved before they are judged, and the client's wrap.
    @ParameterizedTest
    @EnumSource
    void whatFitsPassesInBothDirections(FamilyPair families) {
        try (Rig rig = rig(families, OutOfWindow.DROP)) {
            ProxiedFlow flow = open(rig);
            int server = ProxiedFlow.SERVER_ISN + 1;
            for (int i = 0; i < 300; i++) { // the server's numbers wrap too
                assertThat(
                                rig.clientSends(
                                        flow.client(Tcp.ACK, 1 + 4 * i, 1 + 4 * i).payload("abcd")))
                        .hasSize(1);
                assertThat(
                                rig.serverSends(
                                        flow.server(Tcp.ACK, server + 4 * i, 5 + 4 * i)
                                                .payload("efgh")))
                        .hasSize(1);
            }
            assertThat(rig.clientSends(flow.client(Tcp.FIN | Tcp.ACK, 1201, 1201))).hasSize(1);
            assertThat(rig.serverSends(flow.server(Tcp.FIN | Tcp.ACK, server + 1200, 1202)))
                    .hasSize(1);
            assertThat(rig.count(Outcome.OUT_OF_WINDOW)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void noAcknowledgementOfAStormReachesTheOtherEnd(FamilyPair families) {
        try (Rig rig = rig(families, OutOfWindow.DROP)) {
            ProxiedFlow flow = open(rig);
            int server = ProxiedFlow.SERVER_ISN + 1;
            for (int i = 0; i < 50; i++) {
                assertThat(rig.clientSends(flow.client(Tcp.ACK, FAR, 1))).isEmpty();
                assertThat(rig.clientSends(flow.client(Tcp.ACK, 1, FAR))).isEmpty();
                assertThat(rig.serverSends(flow.server(Tcp.ACK, server + FAR, 1))).isEmpty();
                assertThat(rig.serverSends(flow.server(Tcp.ACK, server, FAR))).isEmpty();
            }
            assertThat(rig.count(Outcome.OUT_OF_WINDOW)).isEqualTo(200);
            assertThat(rig.clientSends(flow.client(Tcp.ACK, 1, 1).payload("goes on"))).hasSize(1);
            List<byte[]> out = rig.serverSends(flow.server(Tcp.ACK, server, 8).payload("too"));
            assertThat(ProxiedFlow.text(out.getFirst())).isEqualTo("too");
        }
    }

    @ParameterizedTest
    @EnumSource
    void orTheyAreCountedAlone(FamilyPair families) {
        try (Rig rig = rig(families, OutOfWindow.COUNT)) {
            ProxiedFlow flow = open(rig);
            for (int i = 0; i < 20; i++) {
                assertThat(rig.clientSends(flow.client(Tcp.ACK, 1, FAR))).hasSize(1);
            }
            assertThat(rig.count(Counter.OUT_OF_WINDOW_PASSED)).isEqualTo(20);
        }
    }
}
