// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.cookie.CookieTerms.NO_SCALE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TestNetwork;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The segments of a handshake that the client would have sent, byte for byte.
class HandshakeSegmentsTest {
    private static final int CLIENT = 0xFFFF_FFFF;
    private static final int COOKIE = 0x7FFF_FFFF;

    private final TestNetwork network = new TestNetwork();
    private final HandshakeSegments segments = new HandshakeSegments(network.context);
    private final Region memory = Region.allocate(4096, "a record");
    private final long record = memory.address();
    private final CookieTerms terms = new CookieTerms();

    /// What lies in a buffer before is another packet.
    @BeforeEach
    void useTheBufferForSomethingElse() {
        PacketBurst burst = new PacketBurst(1);
        network.io.buffers().allocate(burst);
        for (int i = 0; i < 256; i++) {
            Memory.putByte(burst.data(0) + i, 0xA5);
        }
        network.io.buffers().freeAll(burst);
    }

    @AfterEach
    void close() {
        memory.close();
        network.close();
    }

    private static PacketBuilder packet(boolean ipv6, boolean tagged) {
        PacketBuilder packet = PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b");
        if (tagged) {
            packet.vlan(100);
        }
        packet =
                ipv6
                        ? packet.ipv6("2001:db8::7", "2001:db8::80")
                        : packet.ipv4("192.0.2.7", "192.0.2.80").dontFragment();
        return packet.timeToLive(57).typeOfService(0xB8);
    }

    /// Fills the record by a client's acknowledgement.
    private void origin(boolean ipv6, boolean tagged, int window) {
        long data = record + 1024;
        PacketBuilder from =
                packet(ipv6, tagged)
                        .typeOfService(0xBB) // with congestion experienced
                        .tcp(40_000, 443)
                        .window(window)
                        .payload("hello");
        int length = from.writeTo(data);
        int link = tagged ? 18 : 14;
        Frame frame = new Frame();
        frame.set(1, data, length, 3);
        frame.link(2, link);
        HandshakeRecord.terms(record, terms);
        HandshakeRecord.origin(record, frame, data + link + (ipv6 ? 40 : 20));
    }

    private void is(@Nullable Frame frame, PacketBuilder expected) {
        Frame sent = requireNonNull(frame);
        assertThat(Memory.toBytes(sent.l2(), sent.length())).isEqualTo(padded(expected));
        assertThat(sent.port()).isEqualTo(3);
        assertThat(sent.device()).isEqualTo(2);
        network.context.pool().free(sent.buffer());
    }

    /// Long enough for Ethernet (IEEE 802.3 §3.2.8) even if it leaves without its tag.
    private static byte[] padded(PacketBuilder expected) {
        byte[] all = expected.toBytes();
        boolean tagged = (all[12] & 0xFF) == 0x81;
        return Arrays.copyOf(all, Math.max(all.length, tagged ? 64 : 60));
    }

    private static PacketBuilder syn(PacketBuilder packet, int window, String options) {
        return packet.tcp(40_000, 443)
                .flags(Tcp.SYN)
                .sequence(CLIENT)
                .window(window)
                .tcpOptions(HexFormat.of().parseHex(options.replace(" ", "")));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void theSynIsTheClientsWithWhatItsCookieHasAgreedOn(boolean ipv6, boolean tagged) {
        terms.begin(COOKIE, CLIENT, 1460);
        terms.options(7, 9, true);
        terms.timestamps(0x1111_1111, 0x2222_2222);
        origin(ipv6, tagged, 500);
        is(
                segments.syn(record),
                syn(
                        packet(ipv6, tagged),
                        500 << 7,
                        "020405b4 0402 080a 22222222 00000000 01 030307"));
    }

    /// Each option by itself; whatever stands beside it, all lie at a multiple of four bytes.
    @ParameterizedTest
    @CsvSource({
        "-1, false, false, ''",
        "-1, true, false, 0101 0402",
        "-1, false, true, 0101 080a 22222222 00000000",
        "-1, true, true, 0402 080a 22222222 00000000",
        "0, false, false, 01 030300",
        "14, true, false, 0101 0402 01 03030e"
    })
    void optionsAreThoseOfTheCookie(int scale, boolean selective, boolean stamped, String options) {
        terms.begin(COOKIE, CLIENT, 536);
        terms.options(scale, scale, selective);
        if (stamped) {
            terms.timestamps(0x1111_1111, 0x2222_2222);
        }
        origin(false, false, 0);
        is(segments.syn(record), syn(packet(false, false), 0, "02040218" + options));
    }

    /// RFC 7323 §2.2: the window of a SYN is never scaled, and has 16 bits.
    @ParameterizedTest
    @CsvSource({
        "-1, 65535, 65535",
        "0, 65535, 65535",
        "1, 32767, 65534",
        "1, 32768, 65535",
        "14, 65535, 65535",
        "14, 3, 49152"
    })
    void theWindowOfTheSynIsTheWholeOne(int scale, int window, int whole) {
        terms.begin(COOKIE, CLIENT, 1460);
        terms.options(scale, scale, false);
        origin(false, false, window);
        Frame syn = requireNonNull(segments.syn(record));
        assertThat(Tcp.window(syn.l3() + 20)).isEqualTo(whole);
        network.context.pool().free(syn.buffer());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theAcknowledgementEndsTheHandshake(boolean ipv6) {
        terms.begin(COOKIE, CLIENT, 1460);
        terms.options(7, 9, true);
        origin(ipv6, false, 500);
        is(
                segments.acknowledgement(record),
                packet(ipv6, false)
                        .tcp(40_000, 443)
                        .flags(Tcp.ACK)
                        .sequence(CLIENT + 1)
                        .acknowledgement(COOKIE + 1)
                        .window(500));
    }

    @Test
    void anAcknowledgementEchoesTheTimestampOfTheSynAck() {
        terms.begin(COOKIE, CLIENT, 1460);
        terms.options(NO_SCALE, NO_SCALE, true);
        terms.timestamps(0x1111_1111, 0x2222_2222);
        origin(true, true, 500);
        is(
                segments.acknowledgement(record),
                packet(true, true)
                        .tcp(40_000, 443)
                        .flags(Tcp.ACK)
                        .sequence(CLIENT + 1)
                        .acknowledgement(COOKIE + 1)
                        .window(500)
                        .tcpOptions(HexFormat.of().parseHex("0101080a2222222211111111")));
    }

    @Test
    void extensionHeadersOfTheClientAreLeftOut() {
        long data = record + 1024;
        PacketBuilder from =
                packet(true, false)
                        .extension(Ipv6Extension.destination())
                        .tcp(40_000, 443)
                        .window(500);
        int length = from.writeTo(data);
        Frame frame = new Frame();
        frame.set(1, data, length, 3);
        frame.link(2, 14);
        terms.begin(COOKIE, CLIENT, 1460);
        HandshakeRecord.terms(record, terms);
        HandshakeRecord.origin(record, frame, data + 14 + 40 + 8);
        is(segments.syn(record), syn(packet(true, false), 500, "020405b4"));
    }

    @Test
    void aSegmentHasABufferOfItsOwn() {
        terms.begin(COOKIE, CLIENT, 1460);
        origin(false, false, 500);
        long first = requireNonNull(segments.syn(record)).buffer();
        long second = requireNonNull(segments.syn(record)).buffer();
        assertThat(second).isNotEqualTo(first);
        network.context.pool().free(first);
        network.context.pool().free(second);
    }

    @Test
    void withoutABufferThereIsNone() {
        terms.begin(COOKIE, CLIENT, 1460);
        origin(false, false, 500);
        PacketBurst all = new PacketBurst(4096);
        while (network.io.buffers().allocate(all)) {
            // until there is none
        }
        assertThat(segments.syn(record)).isNull();
        assertThat(segments.acknowledgement(record)).isNull();
        assertThat(network.count(Counter.BUFFERS_MISSED)).isEqualTo(2);
        network.io.buffers().freeAll(all);
    }
}
