// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TCP options put in and taken out, compared with packets that were built so.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class TcpOptionsTest {
    private static final int LINK = 14;
    private static final int KIND = 253;
    private static final byte[] MSS = {2, 4, 5, (byte) 0xB4};
    private static final byte[] ODD = {1, 3, 3, 7, 4, 2, 1, 1}; // scale at an odd place

    private final Arena arena = Arena.ofConfined();
    private final boolean ipv6;

    TcpOptionsTest(boolean ipv6) {
        this.ipv6 = ipv6;
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private static byte[] option(int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) KIND;
        bytes[1] = (byte) length;
        for (int i = 2; i < length; i++) {
            bytes[i] = (byte) (0xF0 + i);
        }
        return bytes;
    }

    private PacketBuilder packet(String payload, byte[]... options) {
        int length = Arrays.stream(options).mapToInt(bytes -> bytes.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] bytes : options) {
            System.arraycopy(bytes, 0, all, at, bytes.length);
            at += bytes.length;
        }
        PacketBuilder frame = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
        return (ipv6
                        ? frame.ipv6("2001:db8::7", "2001:db8::80")
                        : frame.ipv4("198.51.100.7", "192.0.2.80"))
                .tcp(40000, 80)
                .sequence(0xFFFF_FFF0)
                .tcpOptions(all)
                .payload(payload);
    }

    private long load(byte[] bytes) {
        long address = arena.allocate(256, 8).address() + 64;
        Memory.fromBytes(bytes, address);
        return address;
    }

    private byte[] read(long ip) {
        return Memory.toBytes(ip, ipv6 ? Ipv6.totalLength(ip) : Ipv4.totalLength(ip));
    }

    private byte[] l3(PacketBuilder packet) {
        byte[] frame = packet.toBytes();
        int at = LINK + (ipv6 ? 4 : 2);
        int length = (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
        return Arrays.copyOfRange(frame, LINK, LINK + length + (ipv6 ? 40 : 0));
    }

    private long l4(long ip) {
        return ipv6 ? ip + Ipv6.HEADER_LENGTH : Ipv4.payload(ip);
    }

    private boolean isValid(long ip) {
        long l4 = l4(ip);
        return ipv6
                ? Checksum.isTransport6Valid(
                        ip, Ipv4.PROTOCOL_TCP, l4, (int) (ip + Ipv6.totalLength(ip) - l4))
                : Checksum.isTransportValid(ip) && Checksum.isIpv4HeaderValid(ip);
    }

    private int find(PacketBuilder packet) {
        return TcpOptions.find(l4(load(l3(packet))), KIND);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 20, 36})
    void insertsInFrontOfTheOthers(int length) {
        long ip = load(packet("odd", MSS).toBytes()) + LINK;

        long now = TcpOptions.insert(ip, l4(ip), load(option(length)), length);

        assertThat(now).isEqualTo(ip - length);
        assertThat(read(now)).isEqualTo(l3(packet("odd", option(length), MSS)));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 20})
    void removesFromAmongTheOthers(int length) {
        long ip = load(packet("even", ODD, option(length), MSS).toBytes()) + LINK;

        long now = TcpOptions.remove(ip, l4(ip), TcpOptions.find(l4(ip), KIND), length);

        assertThat(now).isEqualTo(ip + length);
        assertThat(read(now)).isEqualTo(l3(packet("even", ODD, MSS)));
    }

    private long header(byte... options) {
        return l4(load(l3(packet("\b\n123456789", options))));
    }

    @Test
    void optionsOfAWrongLengthAreNotRead() {
        byte[] none = {8, 2, 3, 2};
        byte[] behind = {8, 2, 3, 4, 9, 9, 3, 3, 15, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        byte[] cut = {1, 3, 3, 7, 1, 1, 8, 10};

        assertThat(TcpOptions.timestamps(header(none))).isZero();
        assertThat(TcpOptions.windowScale(header(none))).isEqualTo(-1);
        assertThat(TcpOptions.timestamps(header(behind))).isEqualTo(29);
        assertThat(TcpOptions.windowScale(header(behind))).as("the largest").isEqualTo(14);
        assertThat(TcpOptions.timestamps(header(cut))).isZero();
        assertThat(TcpOptions.windowScale(header(cut))).isEqualTo(7);
        assertThat(TcpOptions.windowScale(header((byte) 3))).as("malformed").isEqualTo(-1);
    }

    @Test
    void worksBehindIpOptionsAndExtensionHeaders() {
        byte[] padding = {1, 1, 1, 1};
        Ipv6Extension extension = Ipv6Extension.destination(new byte[6]);
        PacketBuilder before = packet("x");
        PacketBuilder after = packet("x", option(8));
        long ip =
                LINK
                        + load(
                                (ipv6 ? before.extension(extension) : before.ipOptions(padding))
                                        .toBytes());

        long now = TcpOptions.insert(ip, ip + (ipv6 ? 48 : 24), load(option(8)), 8);

        assertThat(read(now))
                .isEqualTo(l3(ipv6 ? after.extension(extension) : after.ipOptions(padding)));
    }

    @Test
    void blanksAnOptionAtAnOddPlace() {
        long ip = load(packet("odd", new byte[] {1}, option(7), MSS).toBytes()) + LINK;

        TcpOptions.blank(l4(ip), TcpOptions.find(l4(ip), KIND), 7);

        byte[] padding = {1, 1, 1, 1, 1, 1, 1, 1};
        assertThat(read(ip)).isEqualTo(l3(packet("odd", padding, MSS)));
    }

    @Test
    void writesANumberAtAnOddPlace() {
        long ip = load(packet("", new byte[] {1}, MSS, new byte[3]).toBytes()) + LINK;

        TcpOptions.write(l4(ip), TcpOptions.find(l4(ip), 2) + 2, 1420);

        byte[] lowered = {1, 2, 4, 5, (byte) 0x8C, 0, 0, 0};
        assertThat(read(ip)).isEqualTo(l3(packet("", lowered)));
    }

    @Test
    void packsOptionsAndLosesNone() {
        byte[] filled = {1, 1};
        long ip = load(packet("packed", filled, option(10), ODD, MSS).toBytes()) + LINK;

        long now = TcpOptions.pack(ip, l4(ip));

        byte[] rest = {3, 3, 7, 4, 2, 2, 4, 5, (byte) 0xB4, 0};
        assertThat(read(now)).isEqualTo(l3(packet("packed", option(10), rest)));
        assertThat(now).isEqualTo(ip + 4);
    }

    @Test
    void packsNothingWhereNothingIsWonOrOptionsAreMalformed() {
        byte[] endless = {1, 1, 1, 1, 3, 0, 1, 1};
        for (byte[] options : new byte[][] {MSS, ODD, endless, {}}) {
            byte[] before = l3(packet("x", options));
            long ip = load(before);
            assertThat(TcpOptions.pack(ip, l4(ip))).isEqualTo(ip);
            assertThat(read(ip)).isEqualTo(before);
        }
    }

    @Test
    void packsAwayWhatIsPaddingAlone() {
        long ip = load(packet("x", new byte[] {1, 1, 1, 1, 0, 9, 9, 9}).toBytes()) + LINK;

        assertThat(read(TcpOptions.pack(ip, l4(ip)))).isEqualTo(l3(packet("x")));
    }

    @Test
    void aDamagedSegmentStaysDamagedAndIsRightAgainWhenAllIsUndone() {
        long ip = load(packet("damaged").badTransportChecksum().toBytes()) + LINK;
        int before = Tcp.checksum(l4(ip));

        long longer = TcpOptions.insert(ip, l4(ip), load(option(8)), 8);
        assertThat(isValid(longer)).isFalse();
        long again = TcpOptions.remove(longer, l4(longer), Tcp.MIN_HEADER_LENGTH, 8);

        assertThat(again).isEqualTo(ip);
        assertThat(Tcp.checksum(l4(again))).isEqualTo(before);
    }

    @Test
    void findsAnOptionOnlyWhereOneIs() {
        assertThat(find(packet("", MSS, option(8)))).isEqualTo(24);
        assertThat(find(packet("", MSS))).isZero();
        assertThat(find(packet(""))).isZero();
        byte[] end = {0, (byte) KIND, 2, 0};
        assertThat(find(packet("", end))).as("behind end").isZero();
        byte[] endless = {3, 0, (byte) KIND, 2};
        assertThat(find(packet("", endless))).as("length 0").isZero();
        byte[] beyond = {1, 1, (byte) KIND, 9};
        assertThat(find(packet("", beyond))).as("too long").isZero();
        byte[] cut = {1, 1, 1, (byte) KIND};
        assertThat(find(packet("", cut))).as("no length").isZero();
    }

    @Test
    void refusesWhatDoesNotFit() {
        long ip = load(l3(packet("", option(36))));
        long option = load(option(8));

        assertThat(TcpOptions.room(l4(ip))).isEqualTo(4);
        assertThatThrownBy(() -> TcpOptions.insert(ip, l4(ip), option, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("8 bytes, room for 4");
        assertThatThrownBy(() -> TcpOptions.insert(ip, l4(ip), option, 3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TcpOptions.remove(ip, l4(ip), 20, 40))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("40 bytes at 20 of a header of 56");
        assertThatThrownBy(() -> TcpOptions.remove(ip, l4(ip), 16, 4))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
