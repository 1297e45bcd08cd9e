// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.PacketModifier.AfterFault;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// What [ProxyStream] makes of each segment of a connection whose client begins at 100: a header of
/// version 1 in front of its stream. What is translated has moved numbers, so that the header lies
/// at 100, and the client's data behind it.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class ProxyStreamTest {
    private static final int SYN_ACK = Tcp.SYN | Tcp.ACK;

    private final ModifierBench bench;
    private final boolean ipv6;
    private final String header;
    private final int length;

    ProxyStreamTest(boolean ipv6) {
        this.ipv6 = ipv6;
        bench = new ModifierBench(ipv6, Ipv4.PROTOCOL_TCP);
        header =
                ipv6
                        ? "PROXY TCP6 2001:db8::c:1 2001:db8::80 40000 80\r\n"
                        : "PROXY TCP4 198.51.100.1 192.0.2.80 40000 80\r\n";
        length = header.length();
        bench.begin(
                new ProxyStream(bench.shifts(), bench.counters.counters, new ProxyTlvs(1)),
                ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /// The header as a server gets it.
    private PacketBuilder carrying(int sequence) {
        return bench.segment(Tcp.ACK | Tcp.PSH, sequence, 501).payload(header);
    }

    private static void is(byte[] packet, PacketBuilder expected) {
        assertThat(packet).isEqualTo(ModifierBench.l3(expected));
    }

    /// The client's SYN and the server's answer to it.
    private void handshake() {
        PacketBuilder syn = bench.segment(Tcp.SYN, 99, 0);
        is(bench.request(syn), syn);
        PacketBuilder answer = bench.segment(SYN_ACK, 500, 100);
        is(bench.answer(answer), answer);
    }

    /// A server whose client waits for it to speak first has the header at once.
    @Test
    void aBareAcknowledgementCarriesTheHeader() {
        handshake();
        PacketBuilder ack = bench.segment(Tcp.ACK, 100, 501);
        is(bench.request(ack), ack);
        is(bench.finish(bench.segment(Tcp.ACK, 100 + length, 501)), carrying(100));
        assertThat(bench.ahead()).isEmpty();
        assertThat(bench.count(Counter.PROXY_SENT)).isOne();
    }

    @Test
    void inFrontOfDataItIsASegmentOfItsOwn() {
        handshake();
        PacketBuilder data = bench.segment(Tcp.ACK, 100, 501).payload("GET /");
        is(bench.request(data), data);
        PacketBuilder translated = bench.segment(Tcp.ACK, 100 + length, 501).payload("GET /");
        is(bench.finish(translated), translated);
        PacketBuilder alone = carrying(100);
        is(bench.ahead(), ipv6 ? alone : alone.dontFragment());
    }

    /// The client repeats its data.
    @Test
    void withoutABufferItGoesInPlaceOfTheData() {
        handshake();
        bench.exhaust();
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("GET /"));
        is(bench.finish(bench.segment(Tcp.ACK, 100 + length, 501).payload("GET /")), carrying(100));
    }

    @Test
    void itIsSentAgainUntilTheServerHasItAndThenNoMore() {
        handshake();
        bench.request(bench.segment(Tcp.ACK, 100, 501));
        bench.finish(bench.segment(Tcp.ACK, 100 + length, 501));
        is(
                bench.answer(bench.segment(Tcp.ACK, 501, 100 - length)),
                bench.segment(Tcp.ACK, 501, 100));
        assertThat(bench.isDone()).as("the server has nothing of it").isFalse();
        bench.request(bench.segment(Tcp.ACK, 100, 501));
        is(bench.finish(bench.segment(Tcp.ACK, 100 + length, 501)), carrying(100));
        is(bench.answer(bench.segment(Tcp.ACK, 501, 99)), bench.segment(Tcp.ACK, 501, 100));
        assertThat(bench.isDone()).as("all but one byte").isFalse();
        PacketBuilder all = bench.segment(Tcp.ACK, 501, 100);
        is(bench.answer(all), all);
        assertThat(bench.isDone()).isTrue();
    }

    /// Data behind the first of the stream need no header in front.
    @Test
    void segmentsBehindTheFirstDoNotCarryIt() {
        handshake();
        PacketBuilder later = bench.segment(Tcp.ACK, 101, 501).payload("x");
        is(bench.request(later), later);
        PacketBuilder translated = bench.segment(Tcp.ACK, 101 + length, 501).payload("x");
        is(bench.finish(translated), translated);
        assertThat(bench.ahead()).isEmpty();
        assertThat(bench.count(Counter.PROXY_SENT)).isZero();
    }

    /// RFC 7413 §4.1.3: they would stand in front of the header.
    @Test
    void dataOfASynAreLeftOut() {
        is(
                bench.request(bench.segment(Tcp.SYN, 99, 0).payload("early")),
                bench.segment(Tcp.SYN, 99, 0));
    }

    /// A client that sent others could choose among them afterwards.
    @Test
    void theServerHearsOfOneSynAlone() {
        PacketBuilder syn = bench.segment(Tcp.SYN, 99, 0);
        is(bench.request(syn), syn);
        is(bench.request(bench.segment(Tcp.SYN, 7_000, 0)), syn);
        is(bench.request(syn), syn);
    }

    @Test
    void nothingIsPassedOnBeforeTheServerHasAnswered() {
        bench.request(bench.segment(Tcp.SYN, 99, 0));
        is(
                bench.request(bench.segment(Tcp.ACK, 100, 501).payload("GET /")),
                bench.segment(Tcp.ACK, 100, 501));
        PacketBuilder translated = bench.segment(Tcp.ACK, 100 + length, 501);
        is(bench.finish(translated), translated);
    }

    @Test
    void whatLiesInFrontOfTheStreamIsCut() {
        handshake();
        is(
                bench.request(bench.segment(Tcp.ACK, 95, 501).payload("early")),
                bench.segment(Tcp.ACK, 95, 501));
        is(
                bench.request(bench.segment(Tcp.ACK, 95, 501).payload("earlyGET /")),
                bench.segment(Tcp.ACK, 95, 501));
    }

    /// The server says where it begins, whatever number the client's SYN had.
    @Test
    void theStreamBeginsWhereTheServerSays() {
        bench.request(bench.segment(Tcp.SYN, 99, 0));
        bench.answer(bench.segment(SYN_ACK, 500, 7_001));
        bench.request(bench.segment(Tcp.ACK, 7_001, 501));
        is(bench.finish(bench.segment(Tcp.ACK, 7_001 + length, 501)), carrying(7_001));
    }

    @Test
    void resetsPassAsTheyAre() {
        handshake();
        PacketBuilder reset = bench.segment(Tcp.RST, 100, 0);
        is(bench.request(reset), reset);
        is(bench.answer(reset), reset);
        is(bench.finish(reset), reset);
    }

    /// A stream without a header could begin with one that the client has made up.
    @Test
    void aConnectionWhoseHeaderFailsIsReset() {
        ProxyStream stream =
                new ProxyStream(bench.shifts(), bench.counters.counters, new ProxyTlvs(1));
        assertThat(stream.afterFault()).isEqualTo(AfterFault.RESET);
        assertThat(stream.finishes()).isTrue();
        assertThat(header.getBytes(US_ASCII)).hasSize(length);
    }
}
