// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each datagram of a client gets a header; what the client says itself is data, or believed.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class ProxyDatagramsTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final byte[] SAID = HexFormat.of().parseHex(SIGNATURE + "20000000");

    private final boolean ipv6;
    private final ModifierBench bench;
    private final byte[] header;

    ProxyDatagramsTest(boolean ipv6) {
        this.ipv6 = ipv6;
        bench = new ModifierBench(ipv6, Ipv4.PROTOCOL_UDP);
        header =
                HexFormat.of()
                        .parseHex(
                                SIGNATURE
                                        + (ipv6
                                                ? "21220024"
                                                        + "20010db80000000000000000000c0001"
                                                        + "20010db8000000000000000000000080"
                                                : "2112000c" + "c6336401" + "c0000250")
                                        + "9c400050");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private ProxyDatagrams begin(ProxyProtocol form, ProxyTlv... tlvs) {
        ProxyDatagrams modifier =
                new ProxyDatagrams(bench.counters.counters, new ProxyTlvs(0xABCL));
        bench.begin(
                modifier,
                ServicePolicy.DEFAULT
                        .withProxyProtocol(form)
                        .withDisclosure(ClientDisclosure.NONE.withProxyTlvs(Set.of(tlvs))));
        return modifier;
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
    }

    private void assertPrefixed(PacketBuilder datagram, byte[] data) {
        datagram.payload(data);
        byte[] made = bench.request(datagram);
        assertThat(made).isEqualTo(ModifierBench.l3(datagram.payload(join(header, data))));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 500, 1001})
    void dataStandBehindTheHeader(int length) {
        begin(ProxyProtocol.V2);
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i * 13 + 1);
        }
        assertPrefixed(bench.packet(), data);
        assertPrefixed(bench.packet(), data);
        assertThat(bench.count(Counter.PROXY_SENT)).isEqualTo(2);
        assertThat(bench.isDone()).as("for as long as the connection lasts").isFalse();
    }

    @Test
    void aChecksumThatIsNotThereStaysAway() {
        if (!ipv6) {
            begin(ProxyProtocol.V2);
            assertPrefixed(bench.packet().noUdpChecksum(), new byte[] {1, 2, 3});
        }
    }

    @Test
    void whatCameDamagedLeavesDamaged() {
        begin(ProxyProtocol.V2);
        assertPrefixed(bench.packet().badTransportChecksum(), new byte[] {1, 2, 3});
    }

    @Test
    void answersStayAsTheyAre() {
        begin(ProxyProtocol.V2);
        PacketBuilder answer = bench.packet().payload("answer");
        assertThat(bench.answer(answer)).isEqualTo(ModifierBench.l3(answer));
    }

    /// Without a header they would be taken for one.
    @Test
    void aDatagramWithoutRoomLosesItsData() {
        begin(ProxyProtocol.V2);
        byte[] data = new byte[100];
        bench.mtu = bench.front() + 8 + header.length + 100;
        assertPrefixed(bench.packet(), data);
        assertThat(bench.count(Counter.PROXY_NO_ROOM)).isZero();
        bench.mtu--;
        byte[] made = bench.request(bench.packet().payload(data));
        assertThat(made).isEqualTo(ModifierBench.l3(bench.packet().payload(header)));
        assertThat(bench.count(Counter.PROXY_NO_ROOM)).isOne();
        assertThat(bench.count(Counter.PROXY_SENT)).isOne();
    }

    /// What lies behind a datagram in its packet goes.
    @Test
    void bytesBehindADatagramAreNotData() {
        begin(ProxyProtocol.V2);
        byte[] made =
                bench.request(
                        bench.packet().payload(new byte[] {1, 2, 3, 4, 5}).transportLength(8 + 2));
        byte[] whole = ModifierBench.l3(bench.packet().payload(join(header, new byte[] {1, 2})));
        int udp = bench.front();
        assertThat(made).hasSameSizeAs(whole);
        assertThat(Arrays.copyOfRange(made, udp + 4, udp + 6))
                .isEqualTo(Arrays.copyOfRange(whole, udp + 4, udp + 6));
        assertThat(Arrays.copyOfRange(made, udp + 8, made.length))
                .isEqualTo(Arrays.copyOfRange(whole, udp + 8, whole.length));
    }

    @Test
    void aHeaderThatAClientHasMadeUpIsData() {
        begin(ProxyProtocol.V2);
        assertPrefixed(bench.packet(), SAID);
        assertThat(bench.said().isDropped()).isFalse();
    }

    @Test
    void aHeaderOfAClientThatIsBelievedStays() {
        begin(ProxyProtocol.V2_INSECURE);
        PacketBuilder datagram = bench.packet().payload(join(SAID, new byte[] {7}));
        assertThat(bench.request(datagram)).isEqualTo(ModifierBench.l3(datagram));
        assertThat(bench.said().isDropped()).isFalse();
        assertThat(bench.count(Counter.PROXY_PASSED)).isOne();
        assertThat(bench.count(Counter.PROXY_SENT)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13, 15})
    void whatOnlyBeginsAsOneDoesNotGoOn(int length) {
        begin(ProxyProtocol.V2_INSECURE);
        bench.request(bench.packet().payload(Arrays.copyOf(SAID, length)));
        assertThat(bench.said().isDropped()).isTrue();
        assertThat(bench.said().isRefused()).isFalse();
        assertThat(bench.count(Counter.PROXY_MALFORMED)).isOne();
    }

    /// Shorter than what all headers begin with, and what begins otherwise.
    @Test
    void whatIsNoHeaderGetsOneThoughTheClientIsBelieved() {
        begin(ProxyProtocol.V2_INSECURE);
        assertPrefixed(bench.packet(), new byte[0]);
        assertPrefixed(bench.packet(), Arrays.copyOf(SAID, 11));
        assertPrefixed(bench.packet(), "PROXY UNKNOWN\r\n".getBytes(US_ASCII));
        assertThat(bench.count(Counter.PROXY_SENT)).isEqualTo(3);
    }

    @Test
    void whatTheServiceWantsBesideStandsInTheHeader() {
        begin(ProxyProtocol.V2, ProxyTlv.UNIQUE_ID, ProxyTlv.CRC32C);
        String id = "0000000000000abc" + "0000000000000000";
        byte[] tlvs =
                HexFormat.of()
                        .parseHex(
                                "050020"
                                        + HexFormat.of().formatHex(id.getBytes(US_ASCII))
                                        + "03000400000000");
        byte[] all = join(header, tlvs);
        ByteBuffer.wrap(all).putShort(14, (short) (all.length - 16));
        CRC32C crc = new CRC32C();
        crc.update(all);
        ByteBuffer.wrap(all).putInt(all.length - 4, (int) crc.getValue());
        byte[] made = bench.request(bench.packet().payload("x"));
        assertThat(made)
                .isEqualTo(ModifierBench.l3(bench.packet().payload(join(all, new byte[] {'x'}))));
    }

    @Test
    void aFaultLeavesItInPlace() {
        assertThat(begin(ProxyProtocol.V2).afterFault()).isEqualTo(PacketModifier.AfterFault.KEPT);
    }
}
