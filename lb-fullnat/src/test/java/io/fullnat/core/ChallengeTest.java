// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// B13: resets within a window, and the challenges that answer them (RFC 5961 §3.2), of connections
/// whose numbers are moved: each end hears of them in its own numbers, nobody answers a reset, and
/// the connection goes on.
class ChallengeTest {
    private static final int PORT = 30_000;
    private static final int SERVER = ProxiedFlow.SERVER_ISN + 1;
    private static final int WITHIN = 100;
    private static final int FAR = 50_000_000;

    private static Rig rig(FamilyPair families, OutOfWindow outside) {
        Rig rig = Rig.of(families).configured().withStaticNeighbours();
        TcpPolicy tcp = TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS).withFreshIsn(true);
        rig.apply(
                new Change.SetPolicy(
                        rig.tcp, ServicePolicy.DEFAULT.withOutOfWindow(outside).withTcp(tcp)));
        return rig;
    }

    private static ProxiedFlow open(Rig rig) {
        ProxiedFlow flow = ProxiedFlow.begin(rig, PORT);
        assertThat(flow.accept()).hasSize(1);
        return flow;
    }

    /// @param frames one segment
    private static void assertNumbers(List<byte[]> frames, int flags, int sequence, int number) {
        assertThat(frames).as("one segment, and no answer to it").hasSize(1);
        byte[] frame = frames.getFirst();
        assertThat(IpFrame.tcpFlags(frame)).isEqualTo(flags);
        assertThat(CookieClient.number(frame, 4)).isEqualTo(sequence);
        if ((flags & Tcp.ACK) != 0) {
            assertThat(CookieClient.number(frame, 8)).isEqualTo(number);
        }
    }

    @ParameterizedTest
    @EnumSource
    void b13EachEndIsChallengedInItsOwnNumbers(FamilyPair families) {
        for (OutOfWindow outside : List.of(OutOfWindow.PASS, OutOfWindow.DROP)) {
            try (Rig rig = rig(families, outside)) {
                ProxiedFlow flow = open(rig);
                int asked = CookieClient.number(flow.syn, 4);
                int client = flow.client.sequence;
                int cookie = flow.client.cookie;
                for (int again = 0; again < 20; again++) {
                    assertNumbers(
                            rig.clientSends(flow.client(Tcp.RST, 1 + WITHIN, 0)),
                            Tcp.RST,
                            asked + 1 + WITHIN,
                            0);
                    assertNumbers(
                            rig.serverSends(flow.server(Tcp.ACK, SERVER, 1)),
                            Tcp.ACK,
                            cookie + 1,
                            client + 1);
                    assertNumbers(
                            rig.serverSends(flow.server(Tcp.RST, SERVER + WITHIN, 0)),
                            Tcp.RST,
                            cookie + 1 + WITHIN,
                            0);
                    assertNumbers(
                            rig.clientSends(flow.client(Tcp.ACK, 1, 1)),
                            Tcp.ACK,
                            asked + 1,
                            SERVER);
                }
                List<byte[]> data = rig.clientSends(flow.says("goes on"));
                assertThat(ProxiedFlow.text(data.getFirst())).isEqualTo("goes on");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void b13ResetsOutsideOfWindowsAreDropped(FamilyPair families) {
        try (Rig rig = rig(families, OutOfWindow.DROP)) {
            ProxiedFlow flow = open(rig);
            for (int sign : new int[] {1, -1}) {
                assertThat(rig.clientSends(flow.client(Tcp.RST, sign * FAR, 0))).isEmpty();
                assertThat(rig.serverSends(flow.server(Tcp.RST, SERVER + sign * FAR, 0))).isEmpty();
            }
            assertThat(rig.count(Outcome.OUT_OF_WINDOW)).isEqualTo(4);
            assertThat(rig.clientSends(flow.says("goes on"))).hasSize(1);
        }
    }

    /// A reset of the very number is one, whatever is between both ends' numbers.
    @ParameterizedTest
    @EnumSource
    void b13AnExactResetEndsTheConnectionOfBothEnds(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured().withStaticNeighbours()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2)));
            int header = ProxyProtocolTest.header(rig, 2, true).length;
            TcpFlow flow = TcpFlow.established(rig, PORT);
            rig.serverSends(
                    flow.server()
                            .flags(Tcp.ACK)
                            .sequence(flow.serverNext)
                            .acknowledgement(flow.clientNext + header));
            assertNumbers(
                    rig.clientSends(flow.clientSegment(Tcp.RST | Tcp.ACK)),
                    Tcp.RST | Tcp.ACK,
                    flow.clientNext + header,
                    flow.clientGot);
            assertThat(flow.state()).isEqualTo("TCP_CLOSE");
        }
    }
}
