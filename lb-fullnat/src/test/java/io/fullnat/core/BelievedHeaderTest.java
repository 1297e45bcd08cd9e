// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.at;
import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.number;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// PROXY headers of clients that are trusted balancers: passed on, converted, put in where there is
/// none, refused; whole and in pieces.
class BelievedHeaderTest {
    private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";
    private static final byte[] REQUEST = ascii("GET / HTTP/1.1\r\n\r\n");

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /// What the server has got, by place in its stream; each byte the same however often it came.
    private static final class Stream {
        final TcpFlow flow;
        final int start;
        final TreeMap<Integer, Byte> bytes = new TreeMap<>();

        Stream(TcpFlow flow) {
            this.flow = flow;
            start = flow.clientNext;
        }

        /// Takes what goes to the server; what goes back to the client are acknowledgements alone.
        void take(List<byte[]> frames) {
            for (byte[] frame : frames) {
                if (IpFrame.sourcePort(frame) == 80) {
                    assertThat(data(frame)).isEmpty();
                    continue;
                }
                byte[] data = data(frame);
                for (int i = 0; i < data.length; i++) {
                    Byte before = bytes.put(number(frame, 4) - start + i, data[i]);
                    assertThat(before == null || before == data[i]).as("byte %d", i).isTrue();
                }
            }
        }

        byte[] got() {
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            for (Byte one = bytes.get(0); one != null; one = bytes.get(got.size())) {
                got.write(one);
            }
            assertThat(got.size()).as("without holes").isEqualTo(bytes.size());
            return got.toByteArray();
        }

        /// The server acknowledges all; the client hears so, and the connection is plain.
        void acknowledge(int sent) {
            byte[] answer =
                    flow.rig
                            .serverSends(
                                    flow.server()
                                            .flags(Tcp.ACK)
                                            .sequence(flow.serverNext)
                                            .acknowledgement(start + bytes.size()))
                            .getFirst();
            assertThat(number(answer, 8)).isEqualTo(start + sent);
            flow.rig
                    .balancer
                    .workersThemselves()
                    .getFirst()
                    .connections()
                    .visit(
                            0,
                            Integer.MAX_VALUE,
                            entry -> assertThat(ConnectionLayout.isModified(entry)).isFalse());
        }
    }

    private static final byte[] V4 =
            hex(SIGNATURE + "2111000C" + "01020304" + "05060708" + "0009" + "000A");
    private static final byte[] V4_TEXT = ascii("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n");
    private static final byte[] V6 =
            hex(
                    SIGNATURE
                            + "21210024"
                            + "20010DB8000000000000000000000001"
                            + "20010DB8000000010000000000000002"
                            + "FFFF0001");
    private static final byte[] V6_TEXT =
            ascii("PROXY TCP6 2001:db8::1 2001:db8:0:1::2 65535 1\r\n");

    private static byte[] checked(byte[] header) {
        byte[] longer = Arrays.copyOf(header, header.length + 7);
        longer[15] = (byte) (longer[15] + 7);
        longer[header.length] = 3;
        longer[header.length + 2] = 4;
        CRC32C sum = new CRC32C();
        sum.update(longer);
        for (int i = 0; i < 4; i++) {
            longer[header.length + 3 + i] = (byte) (sum.getValue() >>> (24 - 8 * i));
        }
        return longer;
    }

    /// What a stream begins with, and what the server gets in its place.
    private static List<byte[][]> table(Rig rig, ProxyProtocol form) {
        byte[] ours = ProxyProtocolTest.header(rig, form.version(), true);
        boolean text = form.version() == 1;
        byte[] padded =
                hex(
                        SIGNATURE
                                + "2111002C"
                                + "01020304050607080009000A"
                                + "FF001DFE"
                                + "00".repeat(28));
        byte[] local = hex(SIGNATURE + "2011000C" + "01020304050607080009000A");
        byte[] bare = hex(SIGNATURE + "20000000");
        byte[] unspecified = hex(SIGNATURE + "21000004" + "EE000100");
        byte[] unix = hex(SIGNATURE + "213100D8" + "2F".repeat(216));
        byte[] datagram = hex(SIGNATURE + "2112000C" + "01020304050607080009000A");
        byte[] unknown = ascii("PROXY UNKNOWN\r\n");
        byte[] longest = ascii("PROXY UNKNOWN " + "f".repeat(91) + "\r\n");
        byte[] nothing = {};
        return List.of(
                new byte[][] {V4, text ? V4_TEXT : V4},
                new byte[][] {V4_TEXT, text ? V4_TEXT : V4},
                new byte[][] {V6, text ? V6_TEXT : V6},
                new byte[][] {V6_TEXT, text ? V6_TEXT : V6},
                new byte[][] {checked(V4), text ? V4_TEXT : checked(V4)},
                new byte[][] {padded, text ? V4_TEXT : padded},
                new byte[][] {local, text ? ours : local},
                new byte[][] {bare, text ? ours : bare},
                new byte[][] {unspecified, text ? ours : unspecified},
                new byte[][] {datagram, text ? V4_TEXT : datagram},
                new byte[][] {text ? V4 : unix, text ? V4_TEXT : unix},
                new byte[][] {unknown, text ? unknown : ours},
                new byte[][] {longest, text ? longest : ours},
                new byte[][] {nothing, ours},
                new byte[][] {ascii("PROPFIND "), join(ours, ascii("PROPFIND "))},
                new byte[][] {
                    hex("0D0A0D0A000D0A515549540B"), join(ours, hex("0D0A0D0A000D0A515549540B"))
                });
    }

    /// A10, A12, A15: whole headers, with a request in the same segment.
    @ParameterizedTest
    @EnumSource
    void headersInOneSegment(FamilyPair families) {
        for (ProxyProtocol form : List.of(ProxyProtocol.V1_INSECURE, ProxyProtocol.V2_INSECURE)) {
            for (int row = 0; ; row++) {
                try (Rig rig = rig(families, form)) {
                    List<byte[][]> table = table(rig, form);
                    if (row == table.size()) {
                        break;
                    }
                    byte[] sent = join(table.get(row)[0], REQUEST);
                    TcpFlow flow = opened(rig);
                    Stream stream = new Stream(flow);
                    for (int again = 0; again < 2; again++) {
                        stream.take(rig.clientSends(flow.clientSegment(Tcp.ACK).payload(sent)));
                    }
                    assertThat(stream.got())
                            .as("%s row %d", form, row)
                            .isEqualTo(join(table.get(row)[1], REQUEST));
                    stream.acknowledge(sent.length);
                }
            }
        }
    }

    /// A9: split in two at any byte, the pieces repeated, swapped and overlapping.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, V1_INSECURE", "V6_TO_V4, V2_INSECURE"})
    void headersInTwoSegments(FamilyPair families, ProxyProtocol form) {
        int rows;
        try (Rig rig = rig(families, form)) {
            rows = table(rig, form).size();
        }
        for (int row = 0; row < rows; row++) {
            try (Rig rig = rig(families, form)) {
                byte[][] said = table(rig, form).get(row);
                byte[] sent = join(said[0], REQUEST);
                for (int split = 1; split < said[0].length + 2; split++) {
                    TcpFlow flow = opened(rig);
                    Stream stream = new Stream(flow);
                    int start = flow.clientNext;
                    byte[] first = Arrays.copyOf(sent, split);
                    byte[] second = Arrays.copyOfRange(sent, split, sent.length);
                    byte[] overlap = Arrays.copyOfRange(sent, split / 2, sent.length);
                    if (split % 3 == 0) {
                        stream.take(rig.clientSends(at(flow, start + split).payload(second)));
                    }
                    stream.take(rig.clientSends(at(flow, start).payload(first)));
                    stream.take(rig.clientSends(at(flow, start).payload(first)));
                    stream.take(rig.clientSends(at(flow, start + split / 2).payload(overlap)));
                    stream.take(rig.clientSends(at(flow, start + split).payload(second)));
                    stream.take(rig.clientSends(at(flow, start).payload(sent)));
                    assertThat(stream.got())
                            .as("row %d split at %d", row, split)
                            .isEqualTo(join(said[1], REQUEST));
                    stream.acknowledge(sent.length);
                    rig.clientSends(flow.client().flags(Tcp.RST).sequence(start + sent.length));
                }
            }
        }
    }

    /// A client may wait until what it has sent has arrived: it hears so, byte by byte, with what
    /// else it needs.
    @ParameterizedTest
    @EnumSource
    void whatIsKeptIsAcknowledged(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V1_INSECURE)) {
            TcpFlow flow = opened(rig);
            byte[] times = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
            Stream stream = new Stream(flow);
            for (int i = 0; i < V4.length - 1; i++) {
                List<byte[]> out =
                        rig.clientSends(
                                at(flow, stream.start + i)
                                        .tcpOptions(times)
                                        .payload(new byte[] {V4[i]}));
                assertThat(out).hasSize(2);
                byte[] answer = out.getFirst();
                assertThat(number(answer, 8)).isEqualTo(stream.start + i + 1);
                assertThat(number(answer, 4)).isEqualTo(flow.serverNext);
                assertThat(number(answer, 24)).as("time").isEqualTo(0x05060708);
                assertThat(number(answer, 28)).as("echo").isEqualTo(0x01020304);
                stream.take(out);
            }
            assertThat(stream.bytes).isEmpty();
            byte[] greeting = rig.serverSends(flow.serverSegment(Tcp.ACK).payload("hi")).getFirst();
            assertThat(number(greeting, 8)).isEqualTo(stream.start + V4.length - 1);
            stream.take(
                    rig.clientSends(
                            at(flow, stream.start + V4.length - 1)
                                    .payload(new byte[] {V4[V4.length - 1]})));
            assertThat(stream.got()).isEqualTo(V4_TEXT);
            stream.acknowledge(V4.length);
        }
    }

    /// A client that changes its mind before its header is whole: of each byte that counts which
    /// came first, as with any receiver of TCP, so no byte reaches the server in two versions.
    @ParameterizedTest
    @CsvSource({"11, 9.8.7.6", "15, 1.2.7.6", "18, 1.2.3.4", "30, 1.2.3.4"})
    void whatCameFirstCounts(int kept, String believed) {
        byte[] other = ascii("PROXY TCP4 9.8.7.6 5.6.7.8 9 10\r\n");
        for (ProxyProtocol form : List.of(ProxyProtocol.V1_INSECURE, ProxyProtocol.V2_INSECURE)) {
            try (Rig rig = rig(FamilyPair.V4_TO_V4, form)) {
                TcpFlow flow = opened(rig);
                Stream stream = new Stream(flow);
                byte[] changed = join(other, REQUEST);
                byte[] first = Arrays.copyOf(V4_TEXT, kept);
                stream.take(rig.clientSends(at(flow, stream.start).payload(first)));
                stream.take(rig.clientSends(at(flow, stream.start).payload(changed)));
                stream.take(
                        rig.clientSends(at(flow, stream.start).payload(join(V4_TEXT, REQUEST))));
                byte[] binary = V4.clone();
                for (int i = 0; i < 4; i++) {
                    binary[16 + i] = (byte) (believed.charAt(2 * i) - '0');
                }
                byte[] text = ascii("PROXY TCP4 " + believed + " 5.6.7.8 9 10\r\n");
                assertThat(stream.got())
                        .isEqualTo(join(form.version() == 1 ? text : binary, REQUEST));
                stream.acknowledge(changed.length);
            }
        }
    }

    private static final List<byte[]> MALFORMED =
            List.of(
                    hex(SIGNATURE + "11110000"),
                    hex(SIGNATURE + "2211000C01020304050607080009000A"),
                    hex(SIGNATURE + "21110004" + "01020304"),
                    hex(SIGNATURE + "2121000C" + "01020304050607080009000A"),
                    hex(SIGNATURE + "2131000C" + "01020304050607080009000A"),
                    hex(SIGNATURE + "2141000C" + "01020304050607080009000A"),
                    hex(SIGNATURE + "2113000C" + "01020304050607080009000A"),
                    hex(SIGNATURE + "2111000E" + "01020304050607080009000A" + "0500"),
                    hex(SIGNATURE + "21110010" + "01020304050607080009000A" + "05000200"),
                    hex(SIGNATURE + "21110013" + "01020304050607080009000A" + "03000400000001"),
                    ascii("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\n"),
                    ascii("PROXY TCP4 1.2.3.4 5.6.7.8 9 10 \r\n"),
                    ascii("PROXY TCP4  1.2.3.4 5.6.7.8 9 10\r\n"),
                    ascii("PROXY TCP4 1.2.3.4 5.6.7.8 9 65536\r\n"),
                    ascii("PROXY TCP4 1.2.3.256 5.6.7.8 9 10\r\n"),
                    ascii("PROXY TCP4 01.2.3.4 5.6.7.8 9 10\r\n"),
                    ascii("PROXY TCP4 ::1 ::2 9 10\r\n"),
                    ascii("PROXY TCP6 ::1 5.6.7.8 9 10\r\n"),
                    ascii("PROXY TCP6 1::2::3 ::2 9 10\r\n"),
                    ascii("PROXY TCP6 12345:: ::2 9 10\r\n"),
                    ascii("PROXY TCP6 1:2:3:4:5:6:7:8:9 ::2 9 10\r\n"),
                    ascii("PROXY TCP5 1.2.3.4 5.6.7.8 9 10\r\n"),
                    ascii("PROXY UNKNOWNS\r\n"),
                    ascii("PROXY \r\n"),
                    ascii("PROXY UNKNOWN" + " ".repeat(100)));

    /// A13, A14: the connection is reset on both sides, with the numbers that they expect, and what
    /// comes afterwards is refused, too.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, V1_INSECURE", "V6_TO_V4, V2_INSECURE",
        "V4_TO_V6, V1_INSECURE", "V6_TO_V6, V2_INSECURE"
    })
    void malformedHeadersEndTheConnection(FamilyPair families, ProxyProtocol form) {
        try (Rig rig = rig(families, form)) {
            int refused = 0;
            for (byte[] sent : MALFORMED) {
                for (int split : new int[] {0, 5, sent.length - 2}) {
                    TcpFlow flow = opened(rig);
                    int start = flow.clientNext;
                    if (split > 0) {
                        rig.clientSends(at(flow, start).payload(Arrays.copyOf(sent, split)));
                    }
                    byte[] rest = Arrays.copyOfRange(sent, split, sent.length);
                    List<byte[]> out = rig.clientSends(at(flow, start + split).payload(rest));
                    assertThat(out)
                            .as(HexFormat.of().formatHex(sent))
                            .hasSize(2)
                            .allMatch(one -> IpFrame.tcpFlags(one) == (Tcp.RST | Tcp.ACK))
                            .anyMatch(one ->
                                    IpFrame.sourcePort(one) == 80
                                            && number(one, 4) == flow.serverNext)
                            .anyMatch(one ->
                                    IpFrame.sourcePort(one) == flow.localPort
                                            && number(one, 4) == start);
                    assertThat(rig.count(Counter.PROXY_MALFORMED)).isEqualTo(++refused);
                    assertThat(rig.clientSends(at(flow, start).payload("hello")))
                            .as("later")
                            .allMatch(one -> (IpFrame.tcpFlags(one) & Tcp.RST) != 0);
                }
            }
            assertThat(rig.count(Outcome.TELLING_REFUSED)).isGreaterThanOrEqualTo(2L * refused);
            TcpFlow next = opened(rig);
            List<byte[]> served = rig.clientSends(next.clientSegment(Tcp.ACK).payload("hello"));
            assertThat(served).as("another connection").hasSize(2);
        }
    }

    /// A header that must be looked at whole is taken in one segment, however long it is, and in
    /// several if it has no more than 107 bytes.
    @Test
    void longHeaders() {
        byte[] header = Arrays.copyOf(V4, V4.length + 203);
        header[15] = (byte) (header[15] + 203);
        header[V4.length] = (byte) 0xEE;
        header[V4.length + 2] = (byte) 200;
        for (ProxyProtocol form : List.of(ProxyProtocol.V1_INSECURE, ProxyProtocol.V2_INSECURE)) {
            boolean converted = form.version() == 1;
            try (Rig rig = rig(FamilyPair.V4_TO_V4, form)) {
                TcpFlow flow = opened(rig);
                Stream stream = new Stream(flow);
                byte[] sent = join(header, REQUEST);
                stream.take(rig.clientSends(flow.clientSegment(Tcp.ACK).payload(sent)));
                assertThat(stream.got()).isEqualTo(join(converted ? V4_TEXT : header, REQUEST));
                stream.acknowledge(sent.length);
            }
            try (Rig rig = rig(FamilyPair.V4_TO_V4, form)) {
                TcpFlow flow = opened(rig);
                Stream stream = new Stream(flow);
                byte[] first = Arrays.copyOf(header, 100);
                byte[] second = Arrays.copyOfRange(header, 100, header.length);
                stream.take(rig.clientSends(flow.clientSegment(Tcp.ACK).payload(first)));
                stream.take(rig.clientSends(at(flow, stream.start + 100).payload(second)));
                assertThat(stream.got()).isEqualTo(converted ? new byte[0] : header);
                assertThat(rig.count(Counter.PROXY_MALFORMED)).isEqualTo(converted ? 1 : 0);
            }
        }
    }

    /// A datagram has its header whole, in the binary form.
    @ParameterizedTest
    @EnumSource
    void datagrams(FamilyPair families) {
        byte[] udp = V4.clone();
        udp[13] = 0x12;
        byte[] cut = Arrays.copyOf(udp, 20);
        byte[] broken = checked(udp);
        broken[broken.length - 1]++;
        try (Rig rig = rig(families, ProxyProtocol.V2_INSECURE)) {
            byte[] ours = ProxyProtocolTest.header(rig, 2, false);
            for (byte[] whole : List.of(udp, checked(udp), hex(SIGNATURE + "20000000"))) {
                assertThat(exchanged(rig, join(whole, REQUEST))).isEqualTo(join(whole, REQUEST));
            }
            for (byte[] plain : List.of(REQUEST, new byte[0], V4_TEXT, Arrays.copyOf(udp, 11))) {
                assertThat(exchanged(rig, plain)).isEqualTo(join(ours, plain));
            }
            for (byte[] wrong : List.of(cut, broken, Arrays.copyOf(udp, 12))) {
                assertThat(rig.clientSends(rig.request().udp(40000, 53).payload(wrong))).isEmpty();
            }
            assertThat(rig.count(Counter.PROXY_MALFORMED)).isEqualTo(3);
            assertThat(rig.count(Outcome.TELLING_REFUSED)).isEqualTo(3);
            assertThat(exchanged(rig, REQUEST)).as("afterwards").isEqualTo(join(ours, REQUEST));
        }
    }

    private static byte[] exchanged(Rig rig, byte[] payload) {
        List<byte[]> out = rig.clientSends(rig.request().udp(40000, 53).payload(payload));
        assertThat(out).hasSize(1);
        return IpFrame.udpData(out.getFirst());
    }
}
