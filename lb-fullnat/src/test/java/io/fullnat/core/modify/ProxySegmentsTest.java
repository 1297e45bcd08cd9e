// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Segments that are changed are those that would have been built so, checksums included; what came
/// damaged leaves damaged.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class ProxySegmentsTest {
    private static final int SEQUENCE = 0xFFFF_FFF8;
    private static final byte[] TIMES = HexFormat.of().parseHex("0101080a1122334455667788");
    private static final byte[] ODD_TIMES =
            HexFormat.of().parseHex("030301" + "080a1122334455667788" + "010101");

    private final ModifierBench bench;
    private final boolean ipv6;
    private final Region memory = Region.allocate(512, "what is put in");

    ProxySegmentsTest(boolean ipv6) {
        this.ipv6 = ipv6;
        bench = new ModifierBench(ipv6, Ipv4.PROTOCOL_TCP);
    }

    @AfterEach
    void close() {
        bench.close();
        memory.close();
    }

    /// A modifier that does one thing to packets that are translated.
    private record Step(Consumer<ModifiedPacket> what) implements PacketModifier {
        @Override
        public void modify(ModifiedPacket packet) {
            what.accept(packet);
        }

        @Override
        public void finish(ModifiedPacket packet) {
            what.accept(packet);
        }
    }

    private void assertMade(
            Consumer<ModifiedPacket> step, PacketBuilder packet, PacketBuilder expected) {
        bench.begin(new Step(step), ServicePolicy.DEFAULT);
        assertThat(bench.request(packet)).isEqualTo(ModifierBench.l3(expected));
    }

    private PacketBuilder segment() {
        return bench.packet().sequence(SEQUENCE).acknowledgement(0x01FF_FFFF);
    }

    private long data(String text) {
        Memory.fromBytes(text.getBytes(US_ASCII), memory.address());
        return memory.address();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "odd", "even", "\uFFFF\uFFFF"})
    void cutTakesTheDataOut(String payload) {
        assertMade(
                ProxySegments::cut,
                segment().flags(Tcp.ACK | Tcp.PSH).payload(payload),
                segment().flags(Tcp.ACK | Tcp.PSH));
    }

    @Test
    void cutTakesFinAndUrgentOutAndLeavesTheOtherFlags() {
        assertMade(ProxySegments::cut, segment().flags(0xFF).payload("fin"), segment().flags(0xDE));
        assertMade(ProxySegments::cut, segment().flags(Tcp.FIN), segment().flags(0));
    }

    @Test
    void cutLeavesABareSegmentAsItIs() {
        assertMade(ProxySegments::cut, segment().tcpOptions(TIMES), segment().tcpOptions(TIMES));
        assertMade(
                ProxySegments::cut,
                segment().badTransportChecksum(),
                segment().badTransportChecksum());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9})
    void trimTakesTheFirstBytesOut(int bytes) {
        String text = "0123456789";
        assertMade(
                packet -> ProxySegments.trim(packet, bytes),
                segment().tcpOptions(TIMES).payload(text),
                segment()
                        .tcpOptions(TIMES)
                        .sequence(SEQUENCE + bytes)
                        .payload(text.substring(bytes)));
        assertMade(
                packet -> ProxySegments.trim(packet, bytes),
                segment().payload(text + "!"),
                segment().sequence(SEQUENCE + bytes).payload(text.substring(bytes) + "!"));
    }

    /// A short frame is padded by what lies there.
    @Test
    void nothingIsLeftBehindOfWhatIsTakenOut() {
        bench.begin(new Step(packet -> ProxySegments.trim(packet, 3)), ServicePolicy.DEFAULT);
        int trimmed = bench.request(segment().payload("secret")).length;
        assertThat(bench.behind(trimmed, 3)).containsOnly(0);
        bench.begin(new Step(ProxySegments::cut), ServicePolicy.DEFAULT);
        int cut = bench.request(segment().payload("secret")).length;
        assertThat(bench.behind(cut, 6)).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, SEQUENCE, 0x0001_0000, 0xFFFF_FFFF})
    void numbersAreReplaced(int number) {
        assertMade(
                packet -> ProxySegments.renumber(packet.transport(), number),
                segment().payload("data"),
                segment().payload("data").sequence(number));
        assertMade(
                packet -> ProxySegments.acknowledge(packet.transport(), number),
                segment().payload("data"),
                segment().payload("data").acknowledgement(number));
    }

    @Test
    void whatCameDamagedLeavesDamaged() {
        assertMade(
                packet -> ProxySegments.renumber(packet.transport(), 5),
                segment().badTransportChecksum(),
                segment().sequence(5).badTransportChecksum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "even", "PROXY UNKNOWN\r\n"})
    void appendGivesAPayloadAndAPush(String payload) {
        long data = data(payload);
        assertMade(
                packet -> ProxySegments.append(packet, 77, data, payload.length()),
                segment().tcpOptions(TIMES).flags(Tcp.ACK),
                segment().tcpOptions(TIMES).flags(Tcp.ACK | Tcp.PSH).sequence(77).payload(payload));
    }

    private void assertAhead(PacketBuilder packet, String payload, PacketBuilder expected) {
        boolean[] sent = new boolean[1];
        long data = data(payload);
        bench.begin(
                new Step(of -> sent[0] = ProxySegments.sendAhead(of, 99, data, payload.length())),
                ServicePolicy.DEFAULT);
        assertThat(bench.finish(packet))
                .as("the packet itself")
                .isEqualTo(ModifierBench.l3(packet));
        assertThat(sent[0]).isTrue();
        byte[] ahead = bench.ahead();
        byte[] made = ModifierBench.l3(expected);
        assertThat(HexFormat.of().formatHex(ahead)).isEqualTo(HexFormat.of().formatHex(made));
    }

    private PacketBuilder ahead(String payload) {
        return segment().dontFragment().flags(Tcp.ACK | Tcp.PSH).sequence(99).payload(payload);
    }

    @Test
    void whatGoesAheadHasAddressesPortsAndWindowOfThePacket() {
        assertAhead(
                segment()
                        .timeToLive(9)
                        .typeOfService(0xB8)
                        .window(1234)
                        .flags(Tcp.ACK | Tcp.FIN | Tcp.URG)
                        .payload("request"),
                "header",
                ahead("header").timeToLive(9).typeOfService(0xB8).window(1234));
    }

    @Test
    void whatGoesAheadHasTheTimestampsAloneOfAllOptions() {
        assertAhead(segment().tcpOptions(TIMES), "h", ahead("h").tcpOptions(TIMES));
        assertAhead(segment().tcpOptions(ODD_TIMES), "h", ahead("h").tcpOptions(TIMES));
        assertAhead(segment().tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 5), "h", ahead("h"));
    }

    @Test
    void whatGoesAheadLeavesTheTimestampsOutRatherThanBeTooLong() {
        bench.mtu = bench.front() + 32 + 6;
        assertAhead(segment().tcpOptions(TIMES), "header", ahead("header").tcpOptions(TIMES));
        bench.mtu--;
        assertAhead(segment().tcpOptions(TIMES), "header", ahead("header"));
    }

    /// Options of IPv4 and extension headers are about the packet itself.
    @Test
    void whatGoesAheadHasAPlainIpHeader() {
        if (!ipv6) {
            assertAhead(
                    segment()
                            .ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1)
                            .identification(5)
                            .dontFragment(),
                    "h",
                    ahead("h"));
        } else {
            assertAhead(segment().flowLabel(0xABCDE), "h", ahead("h").flowLabel(0xABCDE));
        }
    }

    @Test
    void nothingGoesAheadWithoutABuffer() {
        boolean[] sent = {true};
        bench.begin(
                new Step(of -> sent[0] = ProxySegments.sendAhead(of, 1, memory.address(), 5)),
                ServicePolicy.DEFAULT);
        bench.exhaust();
        bench.finish(segment());
        assertThat(sent[0]).isFalse();
        assertThat(bench.ahead()).isEmpty();
    }
}
