// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.at;
import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// PROXY headers of clients that are believed and should not be: lengths beyond all that comes, and
/// bytes that are no text.
class HostileHeaderTest {
    private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";
    private static final String ENDS = "01020304050607080009000A";

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    /// A14: nothing is read behind the segment. A header that is to be converted cannot be, so both
    /// ends are reset; one of the service's form goes on as its bytes come, and its receiver
    /// judges.
    @ParameterizedTest
    @EnumSource
    void a14AHeaderThatSaysTheGreatestLength(FamilyPair families) {
        for (String family : List.of("11", "21")) {
            byte[] sent = hex(SIGNATURE + "21" + family + "FFFF" + ENDS + "00".repeat(200));
            try (Rig rig = rig(families, ProxyProtocol.V1_INSECURE)) {
                TcpFlow flow = opened(rig);
                assertThat(rig.clientSends(at(flow, flow.clientNext).payload(sent)))
                        .hasSize(2)
                        .allMatch(one -> IpFrame.tcpFlags(one) == (Tcp.RST | Tcp.ACK));
                assertThat(rig.count(Counter.PROXY_MALFORMED)).isOne();
            }
            try (Rig rig = rig(families, ProxyProtocol.V2_INSECURE)) {
                TcpFlow flow = opened(rig);
                ByteArrayOutputStream got = new ByteArrayOutputStream();
                for (int from = 0; from < sent.length; from += 50) {
                    byte[] piece = Arrays.copyOfRange(sent, from, Math.min(sent.length, from + 50));
                    rig.clientSends(at(flow, flow.clientNext + from).payload(piece)).stream()
                            .filter(frame -> IpFrame.sourcePort(frame) != 80)
                            .forEach(frame -> got.writeBytes(data(frame)));
                }
                assertThat(got.toByteArray()).isEqualTo(sent);
                byte[] datagram = sent.clone();
                datagram[13]++; // of UDP
                assertThat(rig.clientSends(rig.request().udp(40_000, 53).payload(datagram)))
                        .isEmpty();
                assertThat(rig.count(Outcome.TELLING_REFUSED)).isOne();
            }
        }
    }

    /// A15: a name that is no UTF-8, control characters, what ends a line or a terminal's title: it
    /// goes to the server as it came, or is left out where the text form has no place for it, and
    /// nobody is shown it.
    @ParameterizedTest
    @EnumSource
    void a15BytesOfTlvsAreShownNowhere(FamilyPair families) {
        byte[] tlvs = hex("020004FFFE0A1B" + "FE0003FFFE00" + "E00005" + "0D0A1B5D30");
        byte[] header = hex(SIGNATURE + "211100" + String.format("%02X", 12 + tlvs.length) + ENDS);
        byte[] sent = Arrays.copyOf(header, header.length + tlvs.length);
        System.arraycopy(tlvs, 0, sent, header.length, tlvs.length);
        for (ProxyProtocol form : List.of(ProxyProtocol.V1_INSECURE, ProxyProtocol.V2_INSECURE)) {
            try (LogCapture log = new LogCapture();
                    Rig rig = rig(families, form)) {
                int before = log.with("").size();
                TcpFlow flow = opened(rig);
                List<byte[]> out = rig.clientSends(at(flow, flow.clientNext).payload(sent));
                byte[] got = data(out.getFirst());
                if (form.version() == 2) {
                    assertThat(got).isEqualTo(sent);
                } else {
                    assertThat(got).asString().isEqualTo("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n");
                }
                assertThat(log.with("")).hasSize(before);
                assertThat(rig.balancer.control().health().conditions()).isEmpty();
                assertThat(flow.info().orElseThrow().client().address())
                        .hasToString(families.clients.client);
            }
        }
    }
}
