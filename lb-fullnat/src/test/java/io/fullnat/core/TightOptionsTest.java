// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Options of Multipath TCP (RFC 8684) and others stay as they came, whatever the balancer would
/// put beside them: it gives way itself. What a client makes up of its own is padding, however
/// often it stands there.
class TightOptionsTest {
    private static final int PORT = 40_000;
    private static final byte[] TIMES = {8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    private static final byte[] PADDING2 = {1, 1};

    /// MP_CAPABLE of a SYN, and of the third segment, with both keys.
    private static final byte[] CAPABLE = mptcp(4, 0x01);

    private static final byte[] KEYS = mptcp(20, 0x01);

    /// MP_JOIN of a SYN, and of the third segment.
    private static final byte[] JOIN = mptcp(12, 0x10);

    private static final byte[] JOINED = mptcp(24, 0x10);

    /// DSS with short and with long numbers, ADD_ADDR, MP_FASTCLOSE.
    private static final List<byte[]> LATER =
            List.of(
                    mptcp(8, 0x20),
                    mptcp(20, 0x20),
                    mptcp(28, 0x20),
                    mptcp(16, 0x30),
                    mptcp(12, 0x70));

    private static byte[] mptcp(int length, int subtype) {
        byte[] option = new byte[length];
        for (int i = 0; i < length; i++) {
            option[i] = (byte) (0x40 + i);
        }
        option[0] = 30;
        option[1] = (byte) length;
        option[2] = (byte) subtype;
        return option;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] toa(FamilyPair families) {
        boolean ipv6 = families.clients == FamilyPair.Side.V6;
        IpAddress address = IpAddress.parse(families.clients.client);
        ByteBuffer option = ByteBuffer.allocate(ipv6 ? 20 : 8);
        option.put((byte) 254).put((byte) option.capacity()).putShort((short) PORT);
        return (ipv6
                        ? option.putLong(address.high()).putLong(address.low())
                        : option.putInt((int) address.low()))
                .array();
    }

    private static Rig rig(FamilyPair families, ServicePolicy policy) {
        Rig rig = Rig.of(families).configured();
        rig.apply(new Change.SetPolicy(rig.tcp, policy));
        return rig;
    }

    private static ServicePolicy telling() {
        return ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withToa(true));
    }

    /// Options of a segment of the client as the server gets it, without padding in front.
    private static byte[] sent(TcpFlow flow, byte... options) {
        List<byte[]> out =
                flow.rig.clientSends(flow.clientSegment(Tcp.ACK).tcpOptions(options).payload("x"));
        return CookieClient.options(out.getLast());
    }

    private static int count(byte[] options, byte[] part) {
        int found = 0;
        for (int at = 0; at + part.length <= options.length; at++) {
            found += Arrays.equals(options, at, at + part.length, part, 0, part.length) ? 1 : 0;
        }
        return found;
    }

    @ParameterizedTest
    @EnumSource
    void mptcpOfSynsStaysAndHasItsOwnWay(FamilyPair families) {
        TcpPolicy tcp = TcpPolicy.KEEP.withMss(1000).withStripsTimestamps(true).withFreshIsn(true);
        try (Rig rig = rig(families, telling().withTcp(tcp))) {
            for (byte[] option : List.of(CAPABLE, JOIN)) {
                byte[] all = join(new byte[] {2, 4, 5, (byte) 0xB4}, PADDING2, TIMES, option);
                PacketBuilder syn = rig.request().tcp(PORT, 80).flags(Tcp.SYN).tcpOptions(all);
                byte[] out = CookieClient.options(rig.clientSends(syn).getFirst());
                assertThat(count(out, option)).isOne();
                assertThat(count(out, TIMES)).as("stripped").isZero();
            }
            byte[] full = join(CAPABLE, JOIN, TIMES, mptcp(14, 0x60)); // no room for another
            PacketBuilder syn = rig.request().tcp(PORT + 1, 80).flags(Tcp.SYN).tcpOptions(full);
            byte[] out = CookieClient.options(rig.clientSends(syn).getFirst());
            assertThat(out).startsWith(join(CAPABLE, JOIN)).endsWith(mptcp(14, 0x60));
        }
    }

    /// With timestamps there is room beside the keys for a client of IPv4, not of IPv6.
    @ParameterizedTest
    @EnumSource
    void theOptionThatTellsTheClientGivesWayToMptcp(FamilyPair families) {
        boolean ipv6 = families.clients == FamilyPair.Side.V6;
        try (Rig rig = rig(families, telling())) {
            TcpFlow flow = new TcpFlow(rig, PORT);
            flow.synReceived();
            byte[] third = sent(flow, join(PADDING2, TIMES, KEYS));
            assertThat(count(third, KEYS)).isOne();
            assertThat(count(third, TIMES)).isOne();
            assertThat(count(third, toa(families))).isEqualTo(ipv6 ? 0 : 1);
            assertThat(rig.count(Counter.TOA_NO_ROOM)).isEqualTo(ipv6 ? 1 : 0);
            assertThat(count(sent(flow, JOINED), toa(families))).isEqualTo(ipv6 ? 0 : 1);
            for (byte[] option : LATER) {
                byte[] out = sent(flow, join(PADDING2, TIMES, option));
                assertThat(count(out, option)).as("%d bytes", option.length).isOne();
                assertThat(count(out, TIMES)).isOne();
                int room = 40 - TIMES.length - option.length;
                boolean fits = room >= toa(families).length;
                assertThat(count(out, toa(families))).isEqualTo(fits ? 1 : 0);
            }
        }
    }

    /// What goes ahead of the first data has timestamps, and nothing that is said of a stream's
    /// place; the data behind it have all that they came with.
    @ParameterizedTest
    @EnumSource
    void aHeaderLeavesMptcpToTheDataBehindIt(FamilyPair families) {
        try (Rig rig = rig(families, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2))) {
            TcpFlow flow = new TcpFlow(rig, PORT);
            flow.synReceived();
            byte[] option = LATER.get(1);
            List<byte[]> out =
                    rig.clientSends(
                            flow.clientSegment(Tcp.ACK)
                                    .tcpOptions(join(PADDING2, TIMES, option))
                                    .payload("x"));
            assertThat(out).hasSize(2);
            assertThat(count(CookieClient.options(out.getFirst()), option)).isZero();
            assertThat(CookieClient.options(out.getLast()))
                    .isEqualTo(join(PADDING2, TIMES, option));
        }
    }

    /// A4: twice in one segment, of both lengths, in front of other options and behind them, with
    /// data, with a FIN, and in a segment that is sent again.
    @ParameterizedTest
    @EnumSource
    void a04OptionsThatAClientMakesUpArePaddingHoweverOften(FamilyPair families) {
        byte[] short8 = {(byte) 254, 8, 0, 1, 10, 9, 9, 9};
        byte[] long20 = new byte[20];
        long20[0] = (byte) 254;
        long20[1] = 20;
        long20[19] = 9;
        List<byte[]> all =
                List.of(
                        join(short8, short8),
                        join(short8, TIMES, PADDING2, short8),
                        join(long20, short8),
                        join(short8, long20, TIMES, PADDING2),
                        join(long20, long20));
        try (Rig rig = rig(families, telling())) {
            TcpFlow flow = new TcpFlow(rig, PORT);
            flow.synReceived();
            for (byte[] forged : all) {
                for (int flags : new int[] {Tcp.ACK, Tcp.ACK, Tcp.ACK | Tcp.FIN}) {
                    List<byte[]> out =
                            rig.clientSends(
                                    flow.clientSegment(flags).tcpOptions(forged).payload("x"));
                    byte[] options = CookieClient.options(out.getFirst());
                    assertThat(count(options, short8)).isZero();
                    assertThat(count(options, long20)).isZero();
                    assertThat(count(options, toa(families))).as("one, and ours").isOne();
                    assertThat(count(options, new byte[] {(byte) 254})).isOne();
                }
            }
        }
    }
}
