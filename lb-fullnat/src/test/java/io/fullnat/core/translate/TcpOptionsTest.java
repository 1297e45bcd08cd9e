// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TCP options put in and taken out, compared with packets that were built so.
class TcpOptionsTest {
    private static final int LINK = 14;
    private static final int KIND = 253;
    private static final byte[] MSS = {2, 4, 5, (byte) 0xB4};
    private static final byte[] ODD = {1, 3, 3, 7, 4, 2, 1, 1}; // scale at an odd place

    private final Arena arena = Arena.ofConfined();

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

    private static PacketBuilder packet(String payload, byte[]... options) {
        int length = Arrays.stream(options).mapToInt(bytes -> bytes.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] bytes : options) {
            System.arraycopy(bytes, 0, all, at, bytes.length);
            at += bytes.length;
        }
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv4("198.51.100.7", "192.0.2.80")
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

    private static byte[] read(long ip) {
        return Memory.toBytes(ip, Ipv4.totalLength(ip));
    }

    private static byte[] l3(PacketBuilder packet) {
        byte[] frame = packet.toBytes();
        int total = (frame[LINK + 2] & 0xFF) << 8 | (frame[LINK + 3] & 0xFF);
        return Arrays.copyOfRange(frame, LINK, LINK + total);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 20, 36})
    void insertsInFrontOfTheOthers(int length) {
        long ip = load(packet("odd", MSS).toBytes()) + LINK;

        long now = TcpOptions.insert(ip, load(option(length)), length);

        assertThat(now).isEqualTo(ip - length);
        assertThat(read(now)).isEqualTo(l3(packet("odd", option(length), MSS)));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 20})
    void removesFromAmongTheOthers(int length) {
        long ip = load(packet("even", ODD, option(length), MSS).toBytes()) + LINK;

        long now = TcpOptions.remove(ip, TcpOptions.find(ip, KIND), length);

        assertThat(now).isEqualTo(ip + length);
        assertThat(read(now)).isEqualTo(l3(packet("even", ODD, MSS)));
    }

    @Test
    void worksBehindIpOptions() {
        PacketBuilder before = packet("x").ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1);
        PacketBuilder after =
                packet("x", option(8)).ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1);
        long ip = load(before.toBytes()) + LINK;

        assertThat(read(TcpOptions.insert(ip, load(option(8)), 8))).isEqualTo(l3(after));
    }

    @Test
    void aDamagedSegmentStaysDamagedAndIsRightAgainWhenAllIsUndone() {
        long ip = load(packet("damaged").badTransportChecksum().toBytes()) + LINK;
        int before = Tcp.checksum(Ipv4.payload(ip));

        long longer = TcpOptions.insert(ip, load(option(8)), 8);
        assertThat(Checksum.isTransportValid(longer)).isFalse();
        assertThat(Checksum.isIpv4HeaderValid(longer)).isTrue();
        long again = TcpOptions.remove(longer, Tcp.MIN_HEADER_LENGTH, 8);

        assertThat(again).isEqualTo(ip);
        assertThat(Tcp.checksum(Ipv4.payload(again))).isEqualTo(before);
    }

    @Test
    void findsAnOptionOnlyWhereOneIs() {
        assertThat(TcpOptions.find(load(l3(packet("", MSS, option(8)))), KIND)).isEqualTo(24);
        assertThat(TcpOptions.find(load(l3(packet("", MSS))), KIND)).isZero();
        assertThat(TcpOptions.find(load(l3(packet(""))), KIND)).isZero();
        byte[] end = {0, (byte) KIND, 2, 0};
        assertThat(TcpOptions.find(load(l3(packet("", end))), KIND)).as("behind end").isZero();
        byte[] endless = {3, 0, (byte) KIND, 2};
        assertThat(TcpOptions.find(load(l3(packet("", endless))), KIND)).as("length 0").isZero();
        byte[] beyond = {1, 1, (byte) KIND, 9};
        assertThat(TcpOptions.find(load(l3(packet("", beyond))), KIND)).as("too long").isZero();
        byte[] cut = {1, 1, 1, (byte) KIND};
        assertThat(TcpOptions.find(load(l3(packet("", cut))), KIND)).as("no length").isZero();
    }

    @Test
    void refusesWhatDoesNotFit() {
        long ip = load(l3(packet("", option(36))));
        long option = load(option(8));

        assertThat(TcpOptions.room(ip)).isEqualTo(4);
        assertThatThrownBy(() -> TcpOptions.insert(ip, option, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("8 bytes, room for 4");
        assertThatThrownBy(() -> TcpOptions.insert(ip, option, 3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TcpOptions.remove(ip, 20, 40))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("40 bytes at 20 of a header of 56");
        assertThatThrownBy(() -> TcpOptions.remove(ip, 16, 4))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
