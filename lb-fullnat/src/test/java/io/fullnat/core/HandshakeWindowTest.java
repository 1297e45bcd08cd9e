// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Windows in the handshakes of the SYN proxy. DPVS offers none until the real server has answered,
/// and waits for an update that may be lost; here a window is offered from the first byte on, and
/// whatever a real server does with its own afterwards is between both ends.
class HandshakeWindowTest {
    private static final int PORT = 30_000;
    private static final byte[] SCALED = {2, 4, 5, (byte) 0xB4, 3, 3, 9, 1};
    private static final int SERVER = ProxiedFlow.SERVER_ISN + 1;

    private static Rig rig(FamilyPair families, SynProxy proxy) {
        Rig rig = Rig.of(families).configured().withStaticNeighbours();
        rig.apply(CookieClient.with(rig, proxy));
        return rig;
    }

    private static byte[] toServer(Rig rig, PacketBuilder segment) {
        List<byte[]> out = rig.clientSends(segment);
        assertThat(out).hasSize(1);
        assertThat(IpFrame.destinationPort(out.getFirst())).isEqualTo(8080);
        return out.getFirst();
    }

    private static byte[] toClient(Rig rig, PacketBuilder segment) {
        List<byte[]> out = rig.serverSends(segment);
        assertThat(out).hasSize(1);
        assertThat(IpFrame.sourcePort(out.getFirst())).isEqualTo(80);
        return out.getFirst();
    }

    /// C2, C3: there is no window of 0 before a server has said so, with and without options, and
    /// however often the client asks; so nobody waits for an update, and none can be lost.
    @ParameterizedTest
    @EnumSource
    void c02NoClientIsLeftWithoutAWindow(FamilyPair families) {
        for (String mode : List.of("always", "always,scale=no", "always,scale=14,timestamps=no")) {
            try (Rig rig = rig(families, SynProxy.parse(mode))) {
                for (byte[] options : List.of(new byte[0], CookieClient.LINUX)) {
                    CookieClient client = new CookieClient(rig, PORT + options.length);
                    for (int again = 0; again < 3; again++) {
                        assertThat(CookieClient.window(client.connect(options)))
                                .as(mode)
                                .isEqualTo(CookieTerms.WINDOW);
                    }
                }
            }
        }
    }

    /// C3: a client that speaks first and a server that waits for its data before it accepts
    /// (`TCP_DEFER_ACCEPT`): the data come with the acknowledgement, and again if they are lost.
    @ParameterizedTest
    @EnumSource
    void c03AServerThatWaitsForDataGetsThem(FamilyPair families) {
        try (Rig rig = rig(families, SynProxy.ALWAYS)) {
            ProxiedFlow flow = ProxiedFlow.begin(rig, PORT);
            assertThat(rig.clientSends(flow.says("hello"))).as("held").isEmpty();
            List<byte[]> out = flow.accept();
            assertThat(out).hasSize(2);
            assertThat(ProxiedFlow.text(out.getLast())).isEqualTo("hello");
            List<byte[]> repeated =
                    rig.serverSends(
                            flow.server(Tcp.SYN | Tcp.ACK, ProxiedFlow.SERVER_ISN, 1).window(5000));
            assertThat(repeated).as("the SYN-ACK again: both were lost").hasSize(1);
            assertThat(IpFrame.sourcePort(repeated.getFirst())).isEqualTo(80);
            assertThat(ProxiedFlow.text(toServer(rig, flow.says("hello")))).isEqualTo("hello");
            byte[] got = toClient(rig, flow.server(Tcp.ACK, SERVER, 6).window(5000));
            assertThat(CookieClient.number(got, 8)).isEqualTo(flow.client.sequence + 6);
        }
    }

    /// A balancer in front sends its header in pieces, and hears that they have arrived with the
    /// window that the real server has, in the scale that the client was promised.
    @ParameterizedTest
    @CsvSource({"3, 511", "7, 511", "9, 508", "0, 511", "-1, 511"})
    void whatIsKeptIsAcknowledgedInTheScaleThatTheClientKnows(int scale, int window) {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured().withStaticNeighbours()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT
                                    .withProxyProtocol(ProxyProtocol.V2_INSECURE)
                                    .withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))));
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(SCALED);
            byte[] syn = rig.clientSends(client.acknowledgement()).getFirst();
            byte[] options = {3, 3, (byte) scale, 1};
            rig.serverSends(
                    rig.answer()
                            .tcp(8080, IpFrame.sourcePort(syn))
                            .flags(Tcp.SYN | Tcp.ACK)
                            .sequence(ProxiedFlow.SERVER_ISN)
                            .acknowledgement(CookieClient.number(syn, 4) + 1)
                            .window(65_535)
                            .tcpOptions(scale < 0 ? new byte[0] : options));
            List<byte[]> out = rig.clientSends(client.acknowledgement().payload("\r\n\r\n"));
            byte[] heard =
                    out.stream()
                            .filter(frame -> IpFrame.sourcePort(frame) == 80)
                            .findFirst()
                            .orElseThrow();
            assertThat(CookieClient.number(heard, 8)).isEqualTo(client.sequence + 5);
            assertThat(CookieClient.window(heard)).isEqualTo(window);
        }
    }

    /// C2: a real server that has no room at first and says so, whose update is lost: the client
    /// tries the window by a byte, each try reaches the server, and each answer the client, in its
    /// numbers and with the window that the server has by then.
    @ParameterizedTest
    @EnumSource
    void c02TriesOfAClosedWindowAndTheirAnswersPass(FamilyPair families) {
        try (Rig rig = rig(families, SynProxy.ALWAYS)) {
            ProxiedFlow flow = ProxiedFlow.begin(rig, PORT);
            List<byte[]> out =
                    rig.serverSends(
                            flow.server(Tcp.SYN | Tcp.ACK, ProxiedFlow.SERVER_ISN, 1).window(0));
            assertThat(out).as("the server is acknowledged").hasSize(1);
            toServer(rig, flow.says("hello")); // as far as the client knows
            byte[] full = toClient(rig, flow.server(Tcp.ACK, SERVER, 1).window(0));
            assertThat(CookieClient.window(full)).as("as the server says").isZero();
            for (int again = 0; again < 5; again++) {
                byte[] probe = toServer(rig, flow.says("h"));
                assertThat(ProxiedFlow.text(probe)).isEqualTo("h");
                byte[] answer = toClient(rig, flow.server(Tcp.ACK, SERVER, 1).window(0));
                assertThat(CookieClient.number(answer, 8)).isEqualTo(flow.client.sequence + 1);
            }
            // the update is lost here; the next try is answered by what it said
            toServer(rig, flow.says("h"));
            byte[] open = toClient(rig, flow.server(Tcp.ACK, SERVER, 2).window(40));
            assertThat(CookieClient.window(open)).isPositive();
            assertThat(CookieClient.number(open, 8)).isEqualTo(flow.client.sequence + 2);
        }
    }
}
