// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [Toa] by itself: which segments carry the option, how much room it takes, and when it is done.
/// The server's first number is just below the largest.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class ToaOptionTest {
    private static final int KIND = 200;
    private static final int ISN = 0xFFFF_FFFA;
    private static final byte[] TIMES = HexFormat.of().parseHex("0101080a1122334455667788");

    private final ModifierBench bench;
    private final byte[] option;

    ToaOptionTest(boolean ipv6) {
        bench = new ModifierBench(ipv6, Ipv4.PROTOCOL_TCP);
        option =
                HexFormat.of()
                        .parseHex(
                                ipv6
                                        ? "c8149c40" + "20010db80000000000000000000c0001"
                                        : "c8089c40" + "c6336401");
    }

    @BeforeEach
    void begin() {
        bench.begin(
                new Toa(bench.counters.counters),
                ServicePolicy.DEFAULT.withDisclosure(
                        ClientDisclosure.NONE.withToa(true).withToaKind(KIND)));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
    }

    private void assertRequest(PacketBuilder segment, PacketBuilder expected) {
        byte[] before = ModifierBench.l3(segment);
        byte[] made = bench.request(segment);
        assertThat(made).isEqualTo(segment == expected ? before : ModifierBench.l3(expected));
    }

    private void assertUnchanged(PacketBuilder segment) {
        assertRequest(segment, segment);
    }

    private PacketBuilder client(int flags, int acknowledged) {
        return bench.packet().flags(flags).acknowledgement(ISN + acknowledged);
    }

    private PacketBuilder ack(int acknowledged) {
        return client(Tcp.ACK, acknowledged);
    }

    private void server(int flags, int sequence, String payload) {
        PacketBuilder segment =
                bench.packet().flags(flags).sequence(ISN + sequence).payload(payload);
        assertThat(bench.answer(segment)).isEqualTo(ModifierBench.l3(segment));
    }

    private void connect() {
        assertUnchanged(client(Tcp.SYN, 0));
        server(Tcp.SYN | Tcp.ACK, 0, "");
    }

    /// The segment has the option first of all.
    private void assertTold(PacketBuilder segment, byte... options) {
        segment.tcpOptions(options);
        byte[] made = bench.request(segment);
        assertThat(made).isEqualTo(ModifierBench.l3(segment.tcpOptions(join(option, options))));
        assertThat(bench.isDone()).isFalse();
    }

    @Test
    void eachSegmentThatAcknowledgesTheServersSynAloneCarriesIt() {
        connect();
        assertTold(ack(1));
        assertTold(ack(1).payload("request"), TIMES);
        assertTold(client(Tcp.ACK | Tcp.FIN, 1));
        assertThat(bench.count(Counter.TOA_SENT)).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.SYN, Tcp.RST, Tcp.RST | Tcp.ACK, Tcp.SYN | Tcp.ACK, 0, Tcp.PSH})
    void otherSegmentsDoNot(int flags) {
        connect();
        assertUnchanged(client(flags, 1));
        assertThat(bench.isDone()).isFalse();
    }

    @Test
    void nobodyIsToldBeforeTheServerHasAnswered() {
        assertUnchanged(client(Tcp.SYN, 0));
        assertUnchanged(ack(1));
        server(Tcp.SYN, 0, "");
        server(Tcp.SYN | Tcp.FIN, 0, "");
        server(Tcp.ACK, 0, "data");
        server(Tcp.RST | Tcp.SYN | Tcp.ACK, 0, "");
        assertUnchanged(ack(1));
        assertUnchanged(ack(5));
        assertThat(bench.isDone()).isFalse();
    }

    @Test
    void itIsDoneWhenTheClientHasDataOfTheServer() {
        connect();
        server(Tcp.ACK, 1, "0123456789");
        assertTold(ack(1));
        assertUnchanged(ack(12));
        assertThat(bench.isDone()).as("more than was sent").isFalse();
        assertUnchanged(ack(11));
        assertThat(bench.isDone()).isTrue();
    }

    @Test
    void oneByteIsEnough() {
        connect();
        server(Tcp.ACK, 1, "0123456789");
        assertUnchanged(ack(2));
        assertThat(bench.isDone()).isTrue();
    }

    @Test
    void aFinOfTheServerIsSentToo() {
        connect();
        server(Tcp.ACK | Tcp.FIN, 1, "ab");
        assertUnchanged(ack(5));
        assertThat(bench.isDone()).isFalse();
        assertUnchanged(ack(4));
        assertThat(bench.isDone()).isTrue();
    }

    @Test
    void whatTheServerSendsAgainTakesNothingBack() {
        connect();
        server(Tcp.ACK, 1, "0123456789");
        server(Tcp.ACK, 1, "01");
        server(Tcp.RST, 100, "reason");
        assertUnchanged(ack(107));
        assertThat(bench.isDone()).as("a reset's data").isFalse();
        assertUnchanged(ack(11));
        assertThat(bench.isDone()).isTrue();
    }

    @Test
    void dataOfTheServersSynAreSent() {
        assertUnchanged(client(Tcp.SYN, 0));
        server(Tcp.SYN | Tcp.ACK, 0, "abc");
        assertTold(ack(1));
        assertUnchanged(ack(5));
        assertThat(bench.isDone()).isFalse();
        assertUnchanged(ack(4));
        assertThat(bench.isDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void anAcknowledgementOfLessMeansNothing(int acknowledged) {
        connect();
        assertUnchanged(ack(acknowledged));
        assertThat(bench.isDone()).isFalse();
    }

    @Test
    void anOptionThatAClientSendsBecomesPadding() {
        byte[] forged = option.clone();
        forged[5]++;
        byte[] padding = new byte[option.length];
        Arrays.fill(padding, (byte) 1);
        assertRequest(
                client(Tcp.SYN, 0).tcpOptions(forged), client(Tcp.SYN, 0).tcpOptions(padding));
        server(Tcp.SYN | Tcp.ACK, 0, "");
        assertRequest(client(0, 1).tcpOptions(forged), client(0, 1).tcpOptions(padding));
        assertThat(bench.count(Counter.TOA_STRIPPED)).isEqualTo(2);
        assertThat(bench.count(Counter.TOA_SENT)).isZero();
    }

    @Test
    void anOptionOfAnotherKindStays() {
        byte[] other = option.clone();
        other[0]--;
        assertUnchanged(client(Tcp.SYN, 0).tcpOptions(other));
        assertThat(bench.count(Counter.TOA_STRIPPED)).isZero();
    }

    /// Padding gives way; nothing else does.
    @Test
    void paddingMakesRoom() {
        byte[] times = Arrays.copyOfRange(TIMES, 2, 12);
        byte[] padded = new byte[40];
        Arrays.fill(padded, (byte) 1);
        System.arraycopy(times, 0, padded, 5, times.length);
        connect();
        PacketBuilder segment = ack(1).payload("x").tcpOptions(padded);
        byte[] made = bench.request(segment);
        byte[] packed = Arrays.copyOf(times, 12);
        assertThat(made).isEqualTo(ModifierBench.l3(segment.tcpOptions(join(option, packed))));
        assertThat(bench.count(Counter.TOA_SENT)).isOne();
    }

    @Test
    void aSegmentWhoseOptionsAreFullGoesWithout() {
        byte[] full = new byte[40];
        full[0] = (byte) 0xFD;
        full[1] = 40;
        connect();
        assertUnchanged(ack(1).tcpOptions(full));
        assertThat(bench.count(Counter.TOA_NO_ROOM)).isOne();
        assertTold(ack(1));
    }

    @Test
    void aPacketDoesNotBecomeLongerThanALinkTakes() {
        connect();
        byte[] data = new byte[1500 - bench.front() - 20 - option.length];
        assertTold(ack(1).payload(data));
        bench.mtu = 1499;
        assertUnchanged(ack(1).payload(data));
        assertThat(bench.count(Counter.TOA_NO_ROOM)).isOne();
    }

    @Test
    void aRouterThatSaysSoIsALinkToo() {
        connect();
        bench.tooBig(1400);
        byte[] data = new byte[1400 - bench.front() - 20 - option.length];
        assertTold(ack(1).payload(data));
        assertUnchanged(ack(1).payload(new byte[data.length + 1]));
        bench.mtu = 1399;
        assertUnchanged(ack(1).payload(data));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 575, 576, -1})
    void noRouterMakesPacketsGoWithoutThatAreShort(int said) {
        connect();
        bench.tooBig(said);
        assertTold(ack(1).payload(new byte[576 - bench.front() - 20 - option.length]));
        assertUnchanged(ack(1).payload(new byte[577 - bench.front() - 20 - option.length]));
    }

    private int lowered(int mss) {
        byte[] with = {2, 4, (byte) (mss >>> 8), (byte) mss};
        PacketBuilder answer =
                bench.packet().flags(Tcp.SYN | Tcp.ACK).sequence(ISN).tcpOptions(join(with, TIMES));
        byte[] made = bench.answer(answer);
        int at = bench.front() + 20 + 2;
        int now = (made[at] & 0xFF) << 8 | (made[at + 1] & 0xFF);
        byte[] expected = {2, 4, (byte) (now >>> 8), (byte) now};
        assertThat(made)
                .as("changed there alone")
                .isEqualTo(ModifierBench.l3(answer.tcpOptions(join(expected, TIMES))));
        return now;
    }

    /// By the link from the client, by what the server says, but not below what makes sense.
    @ParameterizedTest
    @CsvSource({"65535, 1500", "1460, 1500", "1000, 1500", "536, 1500", "1460, 9000"})
    void theServersLargestSegmentLeavesRoomForIt(int mss, int mtu) {
        bench.mtu = mtu;
        assertUnchanged(client(Tcp.SYN, 0));
        int most = Math.min(mss, mtu - bench.front() - 20);
        assertThat(lowered(mss)).isEqualTo(most - option.length);
    }

    @Test
    void theLeastSizeIsNotLowered() {
        assertUnchanged(client(Tcp.SYN, 0));
        assertThat(lowered(64 + option.length + 1)).isEqualTo(65);
        assertThat(lowered(64 + option.length)).isEqualTo(64);
        assertThat(lowered(65)).isEqualTo(64);
        assertThat(lowered(64)).isEqualTo(64);
        assertThat(lowered(63)).isEqualTo(63);
        assertThat(lowered(0)).isZero();
    }

    @Test
    void aSizeThatIsAbsentOrMalformedStays() {
        assertUnchanged(client(Tcp.SYN, 0));
        for (String options : new String[] {"", "0206058005800101", "02030101"}) {
            PacketBuilder answer =
                    bench.packet()
                            .flags(Tcp.SYN | Tcp.ACK)
                            .tcpOptions(HexFormat.of().parseHex(options));
            assertThat(bench.answer(answer)).isEqualTo(ModifierBench.l3(answer));
        }
    }
}
