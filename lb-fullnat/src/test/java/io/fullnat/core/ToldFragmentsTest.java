// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Fragments of services that tell servers their clients: those of the client are dropped for as
/// long as something may be put into its packets, and arrive afterwards. Numbers of segments are
/// moved in fragments too.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class ToldFragmentsTest {
    private static final int PORT = 40_000;
    private static final int PART = 1_000;
    private static final byte[] DATA = Parts.noise(2_500);
    private static final int PARTS = 3;

    private final FamilyPair families;
    private final Rig rig;

    ToldFragmentsTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families).configured();
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private void set(ServiceKey key, ServicePolicy policy) {
        rig.apply(new Change.SetPolicy(key, policy));
    }

    private List<byte[]> inParts(PacketBuilder packet, int identification, boolean client) {
        for (byte[] part : Parts.cut(packet.toBytes(), identification, PART)) {
            (client ? rig.client : rig.server).send(part);
        }
        rig.run();
        return rig.out();
    }

    private List<byte[]> ask(int identification) {
        return inParts(rig.request().udp(PORT, 53).payload(DATA), identification, true);
    }

    private List<byte[]> answer(int localPort, int identification) {
        return inParts(rig.answer().udp(5353, localPort).payload(DATA), identification, false);
    }

    private static void assertArrived(List<byte[]> out) {
        assertThat(out).hasSize(PARTS);
        byte[] whole = Parts.joined(out);
        assertThat(whole).endsWith(DATA);
        assertThat(sum(whole)).as("of the checksum").isEqualTo(0xFFFF);
    }

    /// As a receiver adds it up (RFC 9293 §3.1, RFC 8200 §8.1).
    private static int sum(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int l4 = IpFrame.transport(frame);
        int length = IpFrame.payloadLength(frame);
        int sum = length + (IpFrame.isTcp(frame) ? 6 : 17);
        for (int at = l4 - (IpFrame.isIpv6(frame) ? 32 : 8); at < l4 + length; at += 2) {
            sum += bytes.getShort(at) & 0xFFFF;
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private void assertDropped(List<byte[]> out, long all) {
        assertThat(out).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(all);
    }

    /// The local port is where UDP begins, behind what is put in front of it.
    private int localPort(byte[] frame) {
        byte[] ports = {0x14, (byte) 0xE9}; // 5353, the server's
        for (int at = frame.length - 10; at > 14; at--) {
            if (frame[at + 2] == ports[0] && frame[at + 3] == ports[1]) {
                return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
            }
        }
        throw new AssertionError("nothing for the server");
    }

    @Test
    void datagramsWithUoaPassWhenTheServerHasAnswered() {
        ClientDisclosure uoa = ClientDisclosure.NONE.withUoa(Uoa.OPP);
        set(rig.udp, ServicePolicy.DEFAULT.withDisclosure(uoa));
        assertDropped(ask(1), PARTS);
        assertThat(rig.count(Counter.CONNECTIONS)).as("none is opened for nothing").isZero();

        List<byte[]> out = rig.clientSends(rig.request().udp(PORT, 53).payload(new byte[9]));
        assertThat(out).hasSize(1);
        assertThat(rig.count(Counter.UOA_SENT)).isOne();
        assertDropped(ask(2), 2 * PARTS);

        assertArrived(answer(localPort(out.getFirst()), 3));
        assertArrived(ask(4));
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2 * PARTS);
    }

    /// Each datagram has a header.
    @Test
    void datagramsWithHeadersNeverPassAndAnswersDo() {
        set(rig.udp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2));
        List<byte[]> out = rig.clientSends(rig.request().udp(PORT, 53).payload(new byte[9]));
        assertThat(out).hasSize(1);
        int port = localPort(out.getFirst());
        assertArrived(answer(port, 1));
        assertDropped(ask(2), PARTS);
        assertArrived(answer(port, 3));
    }

    @Test
    void segmentsWithToaPassWhenTheServerHasBeenTold() {
        ClientDisclosure toa = ClientDisclosure.NONE.withToa(true);
        set(rig.tcp, ServicePolicy.DEFAULT.withDisclosure(toa));
        segmentsPassWhenTheServerHasBeenTold();
    }

    /// Numbers are moved by the length of the header afterwards.
    @Test
    void streamsWithHeadersPassWhenTheServerHasThem() {
        set(rig.tcp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1));
        segmentsPassWhenTheServerHasBeenTold();
    }

    private static int sequence(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + 4);
    }

    private void segmentsPassWhenTheServerHasBeenTold() {
        TcpFlow flow = TcpFlow.established(rig, PORT);
        assertDropped(inParts(flow.clientSegment(Tcp.ACK).payload(DATA), 1, true), PARTS);
        assertDropped(inParts(flow.serverSegment(Tcp.ACK).payload(DATA), 2, false), 2 * PARTS);

        List<byte[]> out =
                rig.clientSends(flow.clientSegment(Tcp.ACK | Tcp.PSH).payload(new byte[100]));
        flow.clientNext += 100;
        flow.serverGot = sequence(out.getLast()) + 100;
        flow.acknowledgeFromServer();
        assertThat(ModifiedConnections.of(rig.balancer)).as("told").isZero();

        out = inParts(flow.clientSegment(Tcp.ACK).payload(DATA), 3, true);
        assertArrived(out);
        assertThat(sequence(Parts.joined(out))).isEqualTo(flow.serverGot);
        assertArrived(inParts(flow.serverSegment(Tcp.ACK).payload(DATA), 4, false));
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2 * PARTS);
    }

    /// An option that a server with the module would believe.
    @Test
    void whatAClientMakesUpIsMadePadding() {
        byte[] told = {(byte) 254, 8, 1, 2, 3, 4, 5, 6};
        TcpFlow flow = new TcpFlow(rig, PORT);
        flow.synReceived();
        List<byte[]> out =
                inParts(flow.clientSegment(Tcp.ACK).tcpOptions(told).payload(DATA), 1, true);
        assertArrived(out);
        byte[] whole = Parts.joined(out);
        int options = IpFrame.transport(whole) + 20;
        assertThat(Arrays.copyOfRange(whole, options, options + 8)).containsOnly(1);
        assertThat(rig.count(Counter.TOA_STRIPPED)).isOne();
    }

    @Test
    void soIsAnOptionOfIpv4InEachFragment() {
        assumeTrue(families == FamilyPair.V4_TO_V4, "an option of IPv4");
        byte[] told = {31, 8, 1, 2, 3, 4, 5, 6};
        PacketBuilder datagram = rig.request().ipOptions(told).udp(PORT, 53).payload(DATA);
        List<byte[]> out = inParts(datagram, 1, true);
        assertThat(out)
                .hasSize(PARTS)
                .allSatisfy(part -> assertThat(Parts.options(part)).hasSize(8).containsOnly(1));
        assertThat(Parts.joined(out)).endsWith(DATA);
        assertThat(rig.count(Counter.UOA_STRIPPED)).isEqualTo(PARTS);
    }

    @Test
    void segmentsOfASynProxyPassWhenTheServerHasAnswered() {
        TcpPolicy policy = TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS);
        set(rig.tcp, ServicePolicy.DEFAULT.withTcp(policy));
        ProxiedFlow flow = ProxiedFlow.begin(rig, PORT);
        assertDropped(inParts(flow.client(Tcp.ACK, 1, 1).payload(DATA), 1, true), PARTS);
        flow.accept();
        List<byte[]> out = inParts(flow.client(Tcp.ACK, 1, 1).payload(DATA), 2, true);
        assertArrived(out);
        byte[] whole = Parts.joined(out);
        int l4 = IpFrame.transport(whole);
        assertThat(sequence(whole)).isEqualTo(CookieClient.number(flow.syn, 4) + 1);
        assertThat(ByteBuffer.wrap(whole).getInt(l4 + 8)).isEqualTo(ProxiedFlow.SERVER_ISN + 1);
    }
}
