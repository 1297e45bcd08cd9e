// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where [Uoa] tells a client, byte for byte: in a header of its own or in an option, in the
/// datagram or ahead of it; and how often.
class UoaFormTest {
    private static final String OPTION4 = "1f089c40" + "c6336401";
    private static final String OPTION6 = "1f149c40" + "20010db80000000000000000000c0001";

    private ModifierBench bench = new ModifierBench(false, Ipv4.PROTOCOL_UDP);

    @AfterEach
    void close() {
        bench.close();
    }

    private void begin(boolean ipv6, ClientDisclosure.Uoa form, int packets) {
        bench.close();
        bench = new ModifierBench(ipv6, Ipv4.PROTOCOL_UDP);
        bench.begin(
                new Uoa(bench.counters.counters),
                ServicePolicy.DEFAULT.withDisclosure(
                        ClientDisclosure.NONE.withUoa(form).withUoaPackets(packets)));
    }

    private void opp(boolean ipv6) {
        begin(ipv6, ClientDisclosure.Uoa.OPP, 2);
    }

    private void ipo() {
        begin(false, ClientDisclosure.Uoa.IPO, 2);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /// A packet of protocol 248 with the same datagram behind the header, whose checksum is what it
    /// was.
    private byte[] withHeader(PacketBuilder datagram, boolean ipv6) {
        byte[] plain = ModifierBench.l3(datagram);
        int front = ipv6 ? 40 : (plain[0] & 0xF) * 4;
        byte[] header = hex((ipv6 ? "20110018" : "1011000c") + (ipv6 ? OPTION6 : OPTION4));
        byte[] made =
                ByteBuffer.allocate(plain.length + header.length)
                        .put(plain, 0, front)
                        .put(header)
                        .put(plain, front, plain.length - front)
                        .array();
        ByteBuffer all = ByteBuffer.wrap(made);
        if (ipv6) {
            all.put(6, (byte) 248).putShort(4, (short) (made.length - 40));
            return made;
        }
        all.put(9, (byte) 248).putShort(2, (short) made.length).putShort(10, (short) 0);
        int sum = 0;
        for (int i = 0; i < front; i += 2) {
            sum += all.getShort(i) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        all.putShort(10, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
        return made;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHeaderOfItsOwnStandsBetweenIpAndUdp(boolean ipv6) {
        opp(ipv6);
        PacketBuilder datagram = bench.packet().identification(9).payload("question");
        assertThat(bench.finish(datagram)).isEqualTo(withHeader(datagram, ipv6));
        assertThat(bench.ahead()).isEmpty();
        assertThat(bench.count(Counter.UOA_SENT)).isOne();
    }

    @Test
    void aHeaderStandsBehindOptionsOfIpv4() {
        opp(false);
        byte[] options = new byte[40];
        Arrays.fill(options, (byte) 1);
        PacketBuilder datagram = bench.packet().ipOptions(options).payload("question");
        assertThat(bench.finish(datagram)).isEqualTo(withHeader(datagram, false));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 32})
    void anOptionStandsInFrontOfTheOthers(int others) {
        ipo();
        byte[] options = new byte[others];
        Arrays.fill(options, (byte) 1);
        byte[] all = ByteBuffer.allocate(8 + others).put(hex(OPTION4)).put(options).array();
        assertThat(bench.finish(bench.packet().ipOptions(options).payload("question")))
                .isEqualTo(ModifierBench.l3(bench.packet().ipOptions(all).payload("question")));
        assertThat(bench.count(Counter.UOA_SENT)).isOne();
    }

    private void assertAhead(PacketBuilder datagram, byte[] ahead) {
        assertThat(bench.finish(datagram)).as("itself").isEqualTo(ModifierBench.l3(datagram));
        assertThat(HexFormat.of().formatHex(bench.ahead()))
                .isEqualTo(HexFormat.of().formatHex(ahead));
        assertThat(bench.count(Counter.UOA_ALONE)).isOne();
        assertThat(bench.count(Counter.UOA_SENT)).isZero();
    }

    private PacketBuilder empty() {
        return bench.packet().dontFragment().payload("");
    }

    /// The header of IPv4 has 60 bytes at most.
    @Test
    void anOptionThatHasNoRoomAmongOthersGoesAhead() {
        ipo();
        byte[] options = new byte[36];
        Arrays.fill(options, (byte) 1);
        assertAhead(
                bench.packet()
                        .timeToLive(9)
                        .typeOfService(4)
                        .ipOptions(options)
                        .payload("question"),
                ModifierBench.l3(empty().timeToLive(9).typeOfService(4).ipOptions(hex(OPTION4))));
    }

    @Test
    void whatStandsBehindExtensionHeadersIsNotLookedFor() {
        opp(true);
        assertAhead(
                bench.packet().extension(Ipv6Extension.hopByHop()).payload("question"),
                withHeader(empty(), true));
    }

    @ParameterizedTest
    @CsvSource({"false, OPP, 12", "true, OPP, 24", "false, IPO, 8"})
    void aDatagramDoesNotBecomeLongerThanALinkTakes(
            boolean ipv6, ClientDisclosure.Uoa form, int more) {
        begin(ipv6, form, 3);
        byte[] data = new byte[100];
        bench.mtu = bench.front() + 8 + 100 + more;
        assertThat(bench.finish(bench.packet().payload(data))).hasSize(bench.mtu);
        bench.mtu--;
        assertThat(bench.finish(bench.packet().payload(data))).hasSize(bench.mtu + 1 - more);
        byte[] expected =
                form == ClientDisclosure.Uoa.OPP
                        ? withHeader(empty(), ipv6)
                        : ModifierBench.l3(empty().ipOptions(hex(OPTION4)));
        assertThat(bench.ahead()).isEqualTo(expected);
    }

    @Test
    void withoutABufferNobodyIsToldThisTime() {
        opp(false);
        bench.mtu = 100;
        bench.exhaust();
        PacketBuilder datagram = bench.packet().payload(new byte[70]);
        assertThat(bench.finish(datagram)).isEqualTo(ModifierBench.l3(datagram));
        assertThat(bench.ahead()).isEmpty();
        assertThat(bench.count(Counter.UOA_NO_ROOM)).isOne();
        bench.finish(bench.packet());
        assertThat(bench.isDone()).as("it does not count").isFalse();
        bench.finish(bench.packet());
        assertThat(bench.isDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 255})
    void asManyDatagramsTellItAsTheServiceSays(int packets) {
        begin(false, ClientDisclosure.Uoa.OPP, packets);
        for (int i = 1; i <= packets; i++) {
            assertThat(bench.isDone()).isFalse();
            bench.finish(bench.packet());
        }
        assertThat(bench.isDone()).isTrue();
        assertThat(bench.count(Counter.UOA_SENT)).isEqualTo(packets);
    }

    @Test
    void theServersAnswerEndsIt() {
        opp(false);
        bench.request(bench.packet());
        assertThat(bench.isDone()).isFalse();
        bench.answer(bench.packet());
        assertThat(bench.isDone()).isTrue();
    }

    /// It may have got the datagram and not what went ahead.
    @Test
    void theServersAnswerDoesNotEndItOnceSomethingWentAhead() {
        begin(true, ClientDisclosure.Uoa.OPP, 2);
        bench.finish(bench.packet().extension(Ipv6Extension.hopByHop()).payload("x"));
        assertThat(bench.ahead()).isNotEmpty();
        bench.answer(bench.packet());
        assertThat(bench.isDone()).isFalse();
        bench.finish(bench.packet());
        assertThat(bench.isDone()).isTrue();
    }

    @Test
    void anOptionOfIpv4SuitsIpv4Alone() {
        opp(false);
        assertThat(Uoa.suits(bench.entry(), ClientDisclosure.Uoa.IPO)).isTrue();
        assertThat(Uoa.suits(bench.entry(), ClientDisclosure.Uoa.OPP)).isTrue();
        opp(true);
        assertThat(Uoa.suits(bench.entry(), ClientDisclosure.Uoa.IPO)).isFalse();
        assertThat(Uoa.suits(bench.entry(), ClientDisclosure.Uoa.OPP)).isTrue();
    }
}
