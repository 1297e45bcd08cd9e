// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What PROXY headers say beside addresses and ports, read by this test as the specification says.
class ProxyTlvTest {
    private static final int PORT = 40000;

    private static Rig telling(FamilyPair families, Set<ProxyTlv> tlvs) {
        Rig rig = rig(families, ProxyProtocol.V2);
        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withProxyProtocol(ProxyProtocol.V2)
                        .withDisclosure(ClientDisclosure.NONE.withProxyTlvs(tlvs));
        rig.apply(new Change.SetPolicy(rig.tcp, policy), new Change.SetPolicy(rig.udp, policy));
        return rig;
    }

    /// The value of one TLV, of those behind the addresses.
    private static byte[] value(byte[] header, int type) {
        int at = header[13] >> 4 == 1 ? 28 : 52;
        int end = 16 + ByteBuffer.wrap(header).getShort(14);
        assertThat(end).isEqualTo(header.length);
        byte[] found = null;
        while (at < end) {
            byte[] value = new byte[ByteBuffer.wrap(header).getShort(at + 1)];
            System.arraycopy(header, at + 3, value, 0, value.length);
            if ((header[at] & 0xFF) == type) {
                assertThat(found).isNull();
                found = value;
            }
            at += 3 + value.length;
        }
        assertThat(at).isEqualTo(end);
        return found == null ? new byte[0] : found;
    }

    private static void check(byte[] header, byte[] plain, Set<ProxyTlv> tlvs, ServiceKey key) {
        byte[] expected = plain.clone();
        ByteBuffer.wrap(expected).putShort(14, (short) (header.length - 16));
        assertThat(header).startsWith(expected);
        boolean unique = tlvs.contains(ProxyTlv.UNIQUE_ID);
        assertThat(new String(value(header, 5), StandardCharsets.US_ASCII))
                .matches(unique ? "[0-9a-f]{32}" : "");
        assertThat(new String(value(header, 0xE0), StandardCharsets.US_ASCII))
                .isEqualTo(tlvs.contains(ProxyTlv.SERVICE) ? key.name() : "");
        byte[] sum = value(header, 3);
        assertThat(sum).hasSize(tlvs.contains(ProxyTlv.CRC32C) ? 4 : 0);
        if (sum.length > 0) {
            byte[] blank = header.clone();
            ByteBuffer.wrap(blank).putInt(header.length - 4, 0);
            CRC32C crc = new CRC32C();
            crc.update(blank);
            assertThat(ByteBuffer.wrap(sum).getInt()).isEqualTo((int) crc.getValue());
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachConnectionHasThem(FamilyPair families) {
        List<Set<ProxyTlv>> some =
                List.of(
                        EnumSet.allOf(ProxyTlv.class),
                        EnumSet.noneOf(ProxyTlv.class),
                        EnumSet.of(ProxyTlv.CRC32C),
                        EnumSet.of(ProxyTlv.UNIQUE_ID),
                        EnumSet.of(ProxyTlv.SERVICE));
        for (Set<ProxyTlv> tlvs : some) {
            try (Rig rig = telling(families, tlvs)) {
                Set<String> ids = new HashSet<>();
                byte[] plain = ProxyProtocolTest.header(rig, 2, true);
                TcpFlow flow = opened(rig);
                byte[] header = data(flow.acknowledgeFromClient().getFirst());
                check(header, plain, tlvs, rig.tcp);
                ids.add(new String(value(header, 5), StandardCharsets.US_ASCII));
                List<byte[]> again = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("x"));
                assertThat(data(again.getFirst())).as("repeated").isEqualTo(header);
                assertThat(ProxyProtocolTest.number(again.getLast(), 4))
                        .isEqualTo(flow.clientNext + header.length);

                byte[] plainUdp = ProxyProtocolTest.header(rig, 2, false);
                int portAt = plainUdp[13] >> 4 == 1 ? 24 : 48;
                for (int port : new int[] {PORT, PORT, PORT + 1}) {
                    byte[] datagram =
                            IpFrame.udpData(
                                    rig.clientSends(rig.request().udp(port, 53)).getFirst());
                    ByteBuffer.wrap(plainUdp).putShort(portAt, (short) port);
                    check(datagram, plainUdp, tlvs, rig.udp);
                    ids.add(new String(value(datagram, 5), StandardCharsets.US_ASCII));
                }
                assertThat(ids).hasSize(tlvs.contains(ProxyTlv.UNIQUE_ID) ? 3 : 1);
            }
        }
    }
}
