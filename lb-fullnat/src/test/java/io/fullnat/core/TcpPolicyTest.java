// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a service does to SYNs: fresh initial sequence numbers, no timestamps, smaller segments.
class TcpPolicyTest {
    private static final byte[] OPTIONS = {
        2, 4, 0x05, (byte) 0xB4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7
    };

    private static Rig rig(FamilyPair families, TcpPolicy policy) {
        Rig rig = Rig.of(families).configured();
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withTcp(policy)));
        return rig;
    }

    private static int number(byte[] frame, int offset) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + offset);
    }

    private static byte[] syn(Rig rig, TcpFlow flow, byte... options) {
        List<byte[]> out =
                rig.clientSends(
                        flow.client()
                                .flags(Tcp.SYN)
                                .sequence(TcpFlow.CLIENT_ISN)
                                .tcpOptions(options));
        assertThat(out).hasSize(1);
        flow.localPort = IpFrame.sourcePort(out.getFirst());
        return out.getFirst();
    }

    private static byte[] synAck(Rig rig, TcpFlow flow, int isn, byte... options) {
        List<byte[]> out =
                rig.serverSends(
                        flow.server()
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(TcpFlow.SERVER_ISN)
                                .acknowledgement(isn + 1)
                                .tcpOptions(options));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    @ParameterizedTest
    @EnumSource
    void aFreshNumberIsChosenOnceAndEachEndKnowsItsOwn(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP.withFreshIsn(true))) {
            TcpFlow flow = new TcpFlow(rig, 40000);
            int isn = number(syn(rig, flow), 4);
            assertThat(isn).isNotEqualTo(TcpFlow.CLIENT_ISN);
            rig.pass(Duration.ofSeconds(1));
            assertThat(number(syn(rig, flow), 4)).as("of the SYN once more").isEqualTo(isn);
            assertThat(number(synAck(rig, flow, isn), 8)).isEqualTo(TcpFlow.CLIENT_ISN + 1);
            flow.clientNext = TcpFlow.CLIENT_ISN + 1;
            flow.clientGot = TcpFlow.SERVER_ISN + 1;
            byte[] data = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("x")).getFirst();
            assertThat(number(data, 4)).isEqualTo(isn + 1);
            assertThat(number(data, 8)).isEqualTo(TcpFlow.SERVER_ISN + 1);
            assertThat(flow.state()).isEqualTo("TCP_EST");
        }
    }

    /// A connection that begins anew under the tuple of one that was reset has another number, a
    /// later one of the same clock if it has the same local port.
    @Test
    void aConnectionThatBeginsAnewHasALaterNumber() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP.withFreshIsn(true))) {
            TcpFlow flow = new TcpFlow(rig, 40000);
            int isn = number(syn(rig, flow), 4);
            int port = flow.localPort;
            synAck(rig, flow, isn);
            flow.clientNext = TcpFlow.CLIENT_ISN + 1;
            flow.clientGot = TcpFlow.SERVER_ISN + 1;
            rig.clientSends(flow.clientSegment(Tcp.ACK));
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext));
            rig.pass(Duration.ofSeconds(1));

            int again = number(syn(rig, flow), 4);

            assertThat(again).isNotEqualTo(isn);
            if (flow.localPort == port) {
                assertThat(again - isn).isEqualTo(250_000);
            }
        }
    }

    /// The server compares a SYN with what it got from the former connection, whose number was
    /// another one than the client's; one that is too low is sent from another port.
    @ParameterizedTest
    @CsvSource({"1000, true", "1000000, false"})
    void aServerInTimeWaitGetsAHigherNumberOrAnotherPort(int bytes, boolean samePort) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP.withFreshIsn(true))) {
            TcpFlow flow = new TcpFlow(rig, 40000);
            int isn = number(syn(rig, flow), 4);
            int port = flow.localPort;
            synAck(rig, flow, isn);
            flow.clientNext = TcpFlow.CLIENT_ISN + 1;
            flow.clientGot = TcpFlow.SERVER_ISN + 1;
            flow.serverNext = TcpFlow.SERVER_ISN + 1;
            flow.acknowledgeFromClient();
            flow.clientNext += bytes;
            flow.serverGot = isn + 1 + bytes;
            flow.acknowledgeFromServer();
            flow.serverCloses();
            rig.clientSends(flow.clientSegment(Tcp.FIN | Tcp.ACK));
            flow.serverGot++;
            flow.acknowledgeFromServer();
            assertThat(flow.state()).isEqualTo("TIME_WAIT");
            rig.pass(Duration.ofSeconds(1));
            rig.out();

            int raw = samePort ? flow.serverGot - 1000 : flow.serverGot + 1000;
            byte[] again = rig.clientSends(flow.client().flags(Tcp.SYN).sequence(raw)).getFirst();

            assertThat(IpFrame.sourcePort(again) == port).as("same port").isEqualTo(samePort);
            if (samePort) {
                assertThat(number(again, 4) - flow.serverGot).isPositive();
            }
        }
    }

    /// Windows are looked at in the numbers of the connection that begins, not of the former one.
    @ParameterizedTest
    @EnumSource
    void whatBeginsAnewIsLookedAtInItsOwnNumbers(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT
                                    .withTcp(TcpPolicy.KEEP.withFreshIsn(true))
                                    .withOutOfWindow(OutOfWindow.DROP)));
            TcpFlow flow = new TcpFlow(rig, 40000);
            int isn = number(syn(rig, flow), 4);
            int port = flow.localPort;
            synAck(rig, flow, isn);
            flow.clientNext = TcpFlow.CLIENT_ISN + 1;
            flow.clientGot = TcpFlow.SERVER_ISN + 1;
            flow.acknowledgeFromClient();
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext));
            assertThat(flow.state()).isEqualTo("TCP_CLOSE");

            flow.clientNext += 1 << 29;
            byte[] again =
                    rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext))
                            .getFirst();
            assertThat(IpFrame.sourcePort(again)).as("under the same entry").isEqualTo(port);
            int next = number(again, 4) + 1;
            flow.clientNext++;
            flow.serverGot = next;
            flow.serverNext = TcpFlow.SERVER_ISN;
            assertThat(rig.serverSends(flow.serverSegment(Tcp.SYN | Tcp.ACK))).hasSize(1);
            flow.serverNext++;
            flow.acknowledgeFromClient();
            assertThat(rig.serverSends(flow.serverSegment(Tcp.ACK).payload("x"))).hasSize(1);
            assertThat(rig.clientSends(flow.clientSegment(Tcp.ACK).payload("x"))).hasSize(1);
            assertThat(flow.state()).isEqualTo("TCP_EST");
            assertThat(rig.count(Outcome.OUT_OF_WINDOW)).isZero();
        }
    }

    @Test
    void aServiceThatKeepsNumbersAgainMovesThoseOfNoNewConnection() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP.withFreshIsn(true))) {
            TcpFlow old = new TcpFlow(rig, 40000);
            int isn = number(syn(rig, old), 4);
            rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT));
            assertThat(number(syn(rig, new TcpFlow(rig, 40001)), 4)).isEqualTo(TcpFlow.CLIENT_ISN);
            assertThat(number(synAck(rig, old, isn), 8))
                    .as("of one that had begun")
                    .isEqualTo(TcpFlow.CLIENT_ISN + 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void timestampsAreTakenOutOfBothSyns(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP.withStripsTimestamps(true))) {
            TcpFlow flow = new TcpFlow(rig, 40000);
            byte[] expected = OPTIONS.clone();
            Arrays.fill(expected, 6, 16, (byte) 1);
            assertThat(options(syn(rig, flow, OPTIONS))).isEqualTo(expected);
            assertThat(options(synAck(rig, flow, TcpFlow.CLIENT_ISN, OPTIONS))).isEqualTo(expected);
        }
    }

    private static byte[] options(byte[] frame) {
        int l4 = IpFrame.transport(frame);
        return Arrays.copyOfRange(frame, l4 + 20, l4 + ((frame[l4 + 12] & 0xF0) >>> 2));
    }

    private static int mss(byte[] frame) {
        byte[] options = options(frame);
        return options.length == 0 ? 0 : (options[2] & 0xFF) << 8 | (options[3] & 0xFF);
    }

    private static byte[] asking(int mss) {
        return mss == 0 ? new byte[0] : new byte[] {2, 4, (byte) (mss >>> 8), (byte) mss};
    }

    /// Never raised; a host that says nothing is believed to mean 536, or 1220 in IPv6, and gets an
    /// option only if that is too much. `path` is what 1500 bytes of either link leave.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, 1400, 1460, 1400",
        "V4_TO_V4, 1400, 1400, 1400",
        "V4_TO_V4, 1400, 1200, 1200",
        "V4_TO_V4, 1400, 0, 0",
        "V4_TO_V4, 536, 0, 0",
        "V6_TO_V6, 1400, 0, 0",
        "V6_TO_V6, 1000, 0, 1000",
        "V6_TO_V6, 1000, 1440, 1000",
        "V4_TO_V6, 1000, 1460, 1000",
        "V4_TO_V4, -1, 8960, 1460",
        "V6_TO_V6, -1, 8960, 1440",
        "V4_TO_V6, -1, 1460, 1440",
        "V6_TO_V4, -1, 1460, 1440",
        "V4_TO_V4, -1, 1460, 1460",
        "V4_TO_V4, -1, 0, 0"
    })
    void segmentsAreClampedInBothDirections(FamilyPair families, int policy, int mss, int out) {
        try (Rig rig = rig(families, TcpPolicy.KEEP.withMss(policy))) {
            TcpFlow flow = new TcpFlow(rig, 40000);
            assertThat(mss(syn(rig, flow, asking(mss)))).as("SYN").isEqualTo(out);
            if (families.clients == families.servers || mss != 0) {
                assertThat(mss(synAck(rig, flow, TcpFlow.CLIENT_ISN, asking(mss))))
                        .as("SYN-ACK")
                        .isEqualTo(out);
            }
        }
    }

    /// The smaller link of both counts, whichever it is.
    @ParameterizedTest
    @CsvSource({"1280, 1500, 1240", "1500, 1280, 1240", "9000, 9000, 8960"})
    void thePathIsBothLinks(int wanMtu, int lanMtu, int expected) {
        try (Rig rig = Rig.withMtus(wanMtu, lanMtu).configured()) {
            TcpPolicy path = TcpPolicy.KEEP.withMss(TcpPolicy.PATH_MSS);
            rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withTcp(path)));
            TcpFlow flow = new TcpFlow(rig, 40000);
            assertThat(mss(syn(rig, flow, asking(9000)))).isEqualTo(expected);
            assertThat(mss(synAck(rig, flow, TcpFlow.CLIENT_ISN, asking(9000))))
                    .isEqualTo(expected);
        }
    }

    /// A server in TIME-WAIT takes a SYN whose number is beyond all that it has received (RFC 9293
    /// §3.10.7.4), so a tuple's numbers must rise whatever its clients choose.
    @Test
    void aServerInTimeWaitTakesTheNextConnectionOfAnotherClient() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP.withFreshIsn(true))) {
            ByteBuffer received = ByteBuffer.allocate(4 * 65_536);
            boolean[] used = new boolean[65_536];
            int reused = 0;
            for (int client = 0; client < 200; client++) {
                TcpFlow flow = new TcpFlow(rig, 1024 + client % 7);
                int isn = number(syn(rig, flow), 4);
                if (used[flow.localPort]) {
                    reused++;
                    assertThat(isn - received.getInt(4 * flow.localPort)).isPositive();
                }
                used[flow.localPort] = true;
                received.putInt(4 * flow.localPort, isn + 3);
                rig.serverSends(
                        flow.server()
                                .flags(Tcp.RST | Tcp.ACK)
                                .sequence(0)
                                .acknowledgement(isn + 1));
                rig.pass(Duration.ofSeconds(1));
            }
            assertThat(reused).isPositive();
        }
    }
}
