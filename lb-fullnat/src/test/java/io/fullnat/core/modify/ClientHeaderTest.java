// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What [ClientHeader] finds out of a client that is believed, whose stream begins at 100; what it
/// keeps of that in a [ProxyRecord] is seen by what goes in front. The server offers 2,000 bytes.
class ClientHeaderTest {
    private static final String OURS = "PROXY TCP4 198.51.100.1 192.0.2.80 40000 80\r\n";
    private static final String THEIRS = "PROXY TCP4 203.0.113.9 192.0.2.80 1 2\r\n";

    private final ModifierBench bench = new ModifierBench(false, Ipv4.PROTOCOL_TCP);

    @BeforeEach
    void begin() {
        begin(ProxyProtocol.V1_INSECURE);
    }

    private void begin(ProxyProtocol form) {
        bench.begin(
                new ProxyStream(bench.shifts(), bench.counters.counters, new ProxyTlvs(1)),
                ServicePolicy.DEFAULT.withProxyProtocol(form));
        bench.request(bench.segment(Tcp.SYN, 99, 0));
        bench.answer(bench.segment(Tcp.SYN | Tcp.ACK, 500, 100).window(2000));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder ack(int sequence) {
        return bench.segment(Tcp.ACK, sequence, 501);
    }

    private PacketBuilder carrying(int sequence, String header) {
        return bench.segment(Tcp.ACK | Tcp.PSH, sequence, 501).dontFragment().payload(header);
    }

    private static void is(byte[] packet, PacketBuilder expected) {
        assertThat(packet).isEqualTo(ModifierBench.l3(expected));
    }

    private void answered(int acknowledgement) {
        assertThat(bench.said().isAnswered()).isTrue();
        assertThat(bench.said().answer()).isEqualTo(acknowledgement);
        assertThat(bench.said().answerWindow()).isEqualTo(2000);
    }

    /// What goes in front of a segment that begins where the stream does.
    private void isInFront(String header, int sequence, String data) {
        is(bench.finish(ack(sequence).payload(data)), ack(sequence).payload(data));
        is(bench.ahead(), carrying(sequence - header.length(), header));
    }

    @Test
    void aBareAcknowledgementTellsNothing() {
        is(bench.request(ack(100)), ack(100));
        is(bench.finish(ack(100)), ack(100));
        assertThat(bench.said().isAnswered()).isFalse();
    }

    @Test
    void aStreamWithoutAHeaderGetsTheConnectionsOwn() {
        is(bench.request(ack(100).payload("GET /")), ack(100).payload("GET /"));
        isInFront(OURS, 100 + OURS.length(), "GET /");
    }

    @Test
    void aHeaderOfTheServicesFormGoesOnAsItIs() {
        is(bench.request(ack(100).payload(THEIRS + "GET /")), ack(100).payload(THEIRS + "GET /"));
        assertThat(bench.isDone()).isTrue();
        assertThat(bench.count(Counter.PROXY_PASSED)).isOne();
    }

    /// A client may wait for what it has sent to have arrived before it goes on.
    @Test
    void whatDoesNotTellYetIsKeptAndTheClientHearsOfIt() {
        is(bench.request(ack(100).payload("PRO")), ack(100));
        answered(103);
        is(bench.request(ack(103).payload("XIES\r\n")), ack(103).payload("XIES\r\n"));
        isInFront(OURS + "PRO", 103 + OURS.length(), "XIES\r\n");
    }

    @Test
    void aHeaderMayComeInPieces() {
        bench.request(ack(100).payload(THEIRS.substring(0, 10)));
        answered(110);
        is(bench.request(ack(110).payload(THEIRS.substring(10, 20))), ack(100));
        answered(120);
        bench.request(ack(120).payload(THEIRS.substring(20) + "GET /"));
        assertThat(bench.count(Counter.PROXY_PASSED)).isOne();
        int end = 100 + THEIRS.length();
        is(bench.finish(ack(end).payload("GET /")), ack(end).payload("GET /"));
        is(bench.ahead(), carrying(100, THEIRS));
    }

    @Test
    void whatWasKeptComesAgainAndIsAnsweredAgain() {
        bench.request(ack(100).payload("PROXY "));
        is(bench.request(ack(100).payload("PRO")), ack(100));
        answered(106);
        is(bench.request(ack(100).payload("PROXY TC")), ack(100));
        answered(108);
    }

    /// It could not be known where it belongs.
    @Test
    void whatComesOutOfOrderIsLeftOut() {
        is(bench.request(ack(103).payload("XY T")), ack(100));
        assertThat(bench.said().isAnswered()).isFalse();
        is(bench.request(ack(100).payload("GET /")), ack(100).payload("GET /"));
        isInFront(OURS, 100 + OURS.length(), "GET /");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 nobody 192.0.2.80 1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n",
                "PROXY TCP4 203.0.113.9 192.0.2.80 1\r\n"
            })
    void whatIsNoHeaderThoughItBeginsAsOneEndsTheConnection(String header) {
        is(bench.request(ack(100).payload(header)), ack(100));
        assertThat(bench.said().isRefused()).isTrue();
        assertThat(bench.count(Counter.PROXY_MALFORMED)).isOne();
    }

    /// A stream that ends within what could be a header: what is less than its beginning is none.
    @Test
    void aStreamThatEndsEarlyIsJudgedAsItIs() {
        bench.request(bench.segment(Tcp.ACK | Tcp.FIN, 100, 501).payload("PROX"));
        assertThat(bench.said().isRefused()).isFalse();
        begin();
        bench.request(bench.segment(Tcp.ACK | Tcp.FIN, 100, 501).payload("PROXY TCP4 1"));
        assertThat(bench.said().isRefused()).isTrue();
    }

    private static byte[] binary() {
        return HexFormat.of()
                .parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + "cb007109c000025000010002");
    }

    @Test
    void aHeaderOfTheOtherFormIsReplaced() {
        byte[] data = new byte[binary().length + 5];
        System.arraycopy(binary(), 0, data, 0, binary().length);
        System.arraycopy("GET /".getBytes(US_ASCII), 0, data, binary().length, 5);
        int end = 100 + binary().length;
        is(bench.request(ack(100).payload(data)), ack(end).payload("GET /"));
        int moved = 100 + THEIRS.length();
        is(bench.finish(ack(moved).payload("GET /")), ack(moved).payload("GET /"));
        is(bench.ahead(), carrying(100, THEIRS));
        assertThat(bench.count(Counter.PROXY_PASSED)).isZero();
    }

    /// The client does not know yet that what is replaced has arrived.
    @Test
    void anAcknowledgementOfWhatWasReplacedIsWhatTheClientSent() {
        bench.request(ack(100).payload(binary()));
        bench.finish(ack(100 + THEIRS.length()));
        int end = 100 + binary().length;
        is(
                bench.answer(bench.segment(Tcp.ACK, 501, end - THEIRS.length())),
                bench.segment(Tcp.ACK, 501, 100));
        PacketBuilder all = bench.segment(Tcp.ACK, 501, end);
        is(bench.answer(all), all);
        assertThat(bench.isDone()).isTrue();
    }
}
