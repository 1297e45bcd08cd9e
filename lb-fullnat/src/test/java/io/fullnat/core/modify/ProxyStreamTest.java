// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.PacketModifier.AfterFault;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        begin(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1));
    }

    private void begin(ServicePolicy policy) {
        bench.begin(
                new ProxyStream(bench.shifts(), bench.counters.counters, new ProxyTlvs(1)), policy);
    }

    /// Headers of the client are believed.
    private void beginBelieving() {
        begin(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1_INSECURE));
        handshake();
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

    /// One that asks whether the server is there, and one that ends the stream, too.
    @Test
    void itGoesWithTheFirstSegmentThatBeginsInFrontOfTheStreamsData() {
        handshake();
        bench.request(bench.segment(Tcp.ACK, 99, 501));
        is(bench.finish(bench.segment(Tcp.ACK, 99 + length, 501)), carrying(100));
        PacketBuilder fin = bench.segment(Tcp.ACK | Tcp.FIN, 100, 501);
        is(bench.request(fin), fin);
        PacketBuilder translated = bench.segment(Tcp.ACK | Tcp.FIN, 100 + length, 501);
        is(bench.finish(translated), translated);
        PacketBuilder alone = carrying(100);
        is(bench.ahead(), ipv6 ? alone : alone.dontFragment());
        assertThat(bench.count(Counter.PROXY_SENT)).isEqualTo(2);
    }

    @Test
    void aSynThatIsRepeatedBehindTheAnswerDoesNotCarryIt() {
        handshake();
        PacketBuilder syn = bench.segment(Tcp.SYN, 99, 0);
        is(bench.request(syn), syn);
        PacketBuilder translated = bench.segment(Tcp.SYN, 99 + length, 0);
        is(bench.finish(translated), translated);
    }

    private void sendHeaderAnd(String data, int flags) {
        handshake();
        bench.request(bench.segment(flags, 100, 501).payload(data));
        bench.finish(bench.segment(flags, 100 + length, 501).payload(data));
        bench.ahead();
    }

    private void acknowledges(int number, boolean done) {
        PacketBuilder ack = bench.segment(Tcp.ACK, 501, number);
        is(bench.answer(ack), ack);
        assertThat(bench.isDone()).as("acknowledged up to %d", number).isEqualTo(done);
    }

    /// What was not sent cannot have arrived, nor what lies in front of the header.
    @Test
    void anAcknowledgementIsBelievedOfWhatWasSentAlone() {
        sendHeaderAnd("GET /", Tcp.ACK);
        bench.request(bench.segment(Tcp.ACK, 100, 501));
        bench.request(bench.segment(Tcp.ACK, 103, 501).payload(" /"));
        acknowledges(106, false);
        acknowledges(100 - length - 1, false);
        acknowledges(105, true);
    }

    @Test
    void aFinIsAcknowledgedAsAByte() {
        sendHeaderAnd("GET /", Tcp.ACK | Tcp.FIN);
        acknowledges(107, false);
        acknowledges(106, true);
    }

    @Test
    void whileItWasNotSentNothingOfItIsAcknowledged() {
        handshake();
        acknowledges(100, false);
        acknowledges(90, false);
    }

    @Test
    void anAnswerThatIsRepeatedChangesNothing() {
        sendHeaderAnd("GET /", Tcp.ACK);
        PacketBuilder answer = bench.segment(SYN_ACK, 500, 100);
        is(bench.answer(answer), answer);
        acknowledges(105, true);
    }

    @Test
    void anAnswerToAnotherSynBeginsTheStreamAnew() {
        sendHeaderAnd("GET /", Tcp.ACK);
        bench.answer(bench.segment(SYN_ACK, 500, 7_001));
        assertThat(bench.said().isRefused()).isFalse();
        acknowledges(7_001, false);
        bench.request(bench.segment(Tcp.ACK, 7_001, 501));
        is(bench.finish(bench.segment(Tcp.ACK, 7_001 + length, 501)), carrying(7_001));
        acknowledges(7_006, false);
        acknowledges(7_001, true);
    }

    /// Both ends may open at once (RFC 9293 §3.5): what it says of the client's stream is nothing.
    @Test
    void aSynOfTheServerIsNoAnswer() {
        bench.request(bench.segment(Tcp.SYN, 99, 0));
        PacketBuilder syn = bench.segment(Tcp.SYN, 500, 7_001);
        is(bench.answer(syn), syn);
        is(
                bench.request(bench.segment(Tcp.ACK, 100, 501).payload("GET /")),
                bench.segment(Tcp.ACK, 100, 501));
        is(bench.request(bench.segment(Tcp.SYN, 7_000, 0)), bench.segment(Tcp.SYN, 99, 0));
    }

    private static byte[] toa() {
        return new byte[] {(byte) 254, 8, 0, 80, 1, 2, 3, 4};
    }

    @Test
    void whatAClientSaysItselfOfWhoItIsBecomesPadding() {
        byte[] padding = {1, 1, 1, 1, 1, 1, 1, 1};
        is(
                bench.request(bench.segment(Tcp.SYN, 99, 0).tcpOptions(toa())),
                bench.segment(Tcp.SYN, 99, 0).tcpOptions(padding));
        PacketBuilder answer = bench.segment(SYN_ACK, 500, 100).tcpOptions(toa());
        is(bench.answer(answer), answer);
        is(
                bench.request(bench.segment(Tcp.ACK, 100, 501).tcpOptions(toa()).payload("x")),
                bench.segment(Tcp.ACK, 100, 501).tcpOptions(padding).payload("x"));
    }

    @Test
    void aStreamThatBeginsAgainHasNoNumbersMovedUntilItsHeaderIsKnown() {
        handshake();
        assertThat(bench.shifts().of(bench.entry())).isEqualTo(length);
        begin(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1_INSECURE));
        assertThat(bench.shifts().of(bench.entry())).isZero();
    }

    @Test
    void theBinaryFormEndsWithWhatElseTheServiceWantsToBeSaid() {
        begin(
                ServicePolicy.DEFAULT
                        .withProxyProtocol(ProxyProtocol.V2)
                        .withDisclosure(
                                ClientDisclosure.NONE.withProxyTlvs(Set.of(ProxyTlv.SERVICE))));
        handshake();
        bench.request(bench.segment(Tcp.ACK, 100, 501));
        int moved = (int) bench.shifts().of(bench.entry());
        byte[] sent = bench.finish(bench.segment(Tcp.ACK, 100 + moved, 501));
        int before = bench.front() + Tcp.MIN_HEADER_LENGTH;
        assertThat(new String(sent, before, sent.length - before, ISO_8859_1))
                .hasSize(moved)
                .startsWith("\r\n\r\n")
                .endsWith("192.0.2.80:80");
    }

    /// A server that has not got what is kept of the stream expects a lower number.
    @Test
    void aResetOfAClientOfWhomSomethingIsKeptIsWhereTheServerExpectsIt() {
        beginBelieving();
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("PRO"));
        is(bench.request(bench.segment(Tcp.RST, 103, 0)), bench.segment(Tcp.RST, 100, 0));
        PacketBuilder other = bench.segment(Tcp.RST, 102, 0);
        is(bench.request(other), other);
        PacketBuilder servers = bench.segment(Tcp.RST, 103, 0);
        is(bench.answer(servers), servers);
        bench.request(bench.segment(Tcp.ACK, 103, 501).payload("XIES\r\n"));
        PacketBuilder later = bench.segment(Tcp.RST, 106, 0);
        is(bench.request(later), later);
    }

    @Test
    void whatIsKeptHasArrivedForTheClient() {
        beginBelieving();
        acknowledges(100, false);
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("PRO"));
        is(bench.answer(bench.segment(Tcp.ACK, 501, 100)), bench.segment(Tcp.ACK, 501, 103));
        acknowledges(99, false);
        acknowledges(101, false);
    }

    /// What was kept is of a stream that the server does not know.
    @Test
    void whileNothingIsKnownAnAnswerToAnotherSynHasWhatWasKeptForgotten() {
        beginBelieving();
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("PRO"));
        bench.answer(bench.segment(SYN_ACK, 500, 7_001));
        assertThat(bench.said().isRefused()).isFalse();
        acknowledges(7_001, false);
        bench.request(bench.segment(Tcp.ACK, 7_001, 501).payload("GET /"));
        PacketBuilder data = bench.segment(Tcp.ACK, 7_001 + length, 501).payload("GET /");
        is(bench.finish(data), data);
        PacketBuilder alone = carrying(7_001);
        is(bench.ahead(), ipv6 ? alone : alone.dontFragment());
    }

    @Test
    void onceItIsKnownAnAnswerToAnotherSynEndsAConnectionThatIsBelieved() {
        beginBelieving();
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("GET /"));
        bench.answer(bench.segment(SYN_ACK, 500, 7_001));
        assertThat(bench.said().isRefused()).isTrue();
    }

    /// That of a SYN-ACK is never scaled (RFC 7323 §2.2); an empty one would stop the client.
    @ParameterizedTest
    @CsvSource({"1000, 7, 7", "100, 7, 1", "1000, 0, 1000", "1000, -1, 1000", "0, -1, 1"})
    void whoseDataAreKeptHearsOfTheServersWindow(int window, int scale, int heard) {
        begin(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1_INSECURE));
        bench.request(bench.segment(Tcp.SYN, 99, 0));
        PacketBuilder answer = bench.segment(SYN_ACK, 500, 100).window(window);
        bench.answer(
                scale < 0 ? answer : answer.tcpOptions((byte) 3, (byte) 3, (byte) scale, (byte) 0));
        bench.request(bench.segment(Tcp.ACK, 100, 501).payload("PRO"));
        assertThat(bench.said().answerWindow()).isEqualTo(heard);
    }

    /// The text stands for as many bytes of the client's stream as there are of it.
    @Test
    void aClientThatRepeatsWhatWasReplacedSendsWhatComesBehindIt() {
        beginBelieving();
        String theirs = "PROXY TCP4 9.8.7.6 192.0.2.80 1 2\r\n";
        begin(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2_INSECURE));
        handshake();
        int end = 100 + theirs.length();
        PacketBuilder whole = bench.segment(Tcp.ACK, 100, 501).payload(theirs + "GET /");
        PacketBuilder behind = bench.segment(Tcp.ACK, end, 501).payload("GET /");
        is(bench.request(whole), behind);
        is(bench.request(whole), behind);
        is(
                bench.request(bench.segment(Tcp.ACK, 100, 501).payload(theirs)),
                bench.segment(Tcp.ACK, 100, 501));
        is(
                bench.request(bench.segment(Tcp.ACK, 99, 501).payload("x" + theirs + "GET /")),
                bench.segment(Tcp.ACK, 99, 501));
        PacketBuilder syn = bench.segment(Tcp.SYN, 99, 0);
        is(bench.request(bench.segment(Tcp.SYN, 50, 0)), syn);
        is(bench.request(syn), syn);
        bench.finish(bench.segment(Tcp.ACK, end + (int) bench.shifts().of(bench.entry()), 501));
        acknowledges(end + 6, false);
        acknowledges(end + 5, true);
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
