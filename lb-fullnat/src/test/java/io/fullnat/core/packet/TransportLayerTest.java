// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Transport headers over poison, byte for byte, in packets of either family; nothing is written
/// behind them.
@ParameterizedClass
@ValueSource(booleans = {false, true})
class TransportLayerTest {
    private static final byte POISON = (byte) 0xA5;
    private static final int BEHIND = 4;
    private static final int OTHER = 132;

    private final NativeMemory memory = new NativeMemory();
    private final TransportLayer layer = new TransportLayer();
    private final boolean ipv6;
    private int last = 2;
    private long ip;
    private long l4;
    private int length;

    TransportLayerTest(boolean ipv6) {
        this.ipv6 = ipv6;
    }

    @AfterEach
    void free() {
        memory.close();
    }

    private int icmp() {
        return ipv6 ? Ipv6.NEXT_HEADER_ICMP : Ipv4.PROTOCOL_ICMP;
    }

    /// Writes the header in front of a payload.
    private byte[] write(int protocol, String payload) {
        byte[] data = HexFormat.of().parseHex(payload);
        int front = ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
        length = layer.headerLength() + data.length;
        ip = memory.poisoned(front + length + BEHIND);
        if (ipv6) {
            Ipv6.writeHeader(ip, length, 64, protocol, 1, 2, 3, last);
        } else {
            Ipv4.writeHeader(ip, front + length, 64, protocol, 0x0A000001, last);
        }
        l4 = ip + front;
        Memory.fromBytes(data, l4 + layer.headerLength());
        layer.write(ip, l4, length);
        byte[] behind = new byte[BEHIND];
        Arrays.fill(behind, POISON);
        assertThat(Memory.toBytes(l4 + length, BEHIND)).as("behind it").isEqualTo(behind);
        return Memory.toBytes(l4, length);
    }

    /// Over the bytes that are there, whatever a length in them claims.
    private boolean isValid(int protocol) {
        long pseudo = protocol == Ipv4.PROTOCOL_ICMP ? 0 : Checksum.pseudoHeader(ip, length);
        long start = ipv6 ? Checksum.pseudoHeader6(ip, protocol, length) : pseudo;
        return Checksum.fold(start + Checksum.sum(l4, length)) == 0xFFFF;
    }

    /// Hexadecimal digits of the bytes but for the checksum.
    private static String without(byte[] bytes, int checksum) {
        String all = HexFormat.of().formatHex(bytes);
        return all.substring(0, 2 * checksum) + "...." + all.substring(2 * checksum + 4);
    }

    @Test
    void tcpHasAllThatWasSaid() {
        layer.ports(Ipv4.PROTOCOL_TCP, 0xFFFF, 80);
        layer.sequence = 0xFFFF_FFFE;
        layer.acknowledgement = 0x8000_0001;
        layer.flags = Tcp.SYN | Tcp.PSH;
        layer.window = 0xFEDC;

        byte[] written = write(Ipv4.PROTOCOL_TCP, "010203");

        assertThat(without(written, Tcp.CHECKSUM_OFFSET))
                .isEqualTo("ffff0050fffffffe80000001500afedc....0000010203");
        assertThat(isValid(Ipv4.PROTOCOL_TCP)).isTrue();
    }

    @Test
    void tcpOptionsStandBehindTheFixedHeaderWhichCountsThem() {
        layer.ports(Ipv4.PROTOCOL_TCP, 1, 2);
        layer.options = HexFormat.of().parseHex("0204058401010402");

        byte[] written = write(Ipv4.PROTOCOL_TCP, "ff");

        assertThat(layer.headerLength()).isEqualTo(28);
        assertThat(without(written, Tcp.CHECKSUM_OFFSET))
                .isEqualTo("0001000200000000000000007010ffff....00000204058401010402ff");
        assertThat(isValid(Ipv4.PROTOCOL_TCP)).isTrue();
    }

    @Test
    void udpHasItsOwnLength() {
        layer.ports(Ipv4.PROTOCOL_UDP, 53, 0xFFFF);

        byte[] written = write(Ipv4.PROTOCOL_UDP, "0badf00d");

        assertThat(without(written, Udp.CHECKSUM_OFFSET)).isEqualTo("0035ffff000c....0badf00d");
        assertThat(isValid(Ipv4.PROTOCOL_UDP)).isTrue();
    }

    @Test
    void icmpHasTypeCodeAndTheFourBytesBehindThem() {
        layer.icmp(icmp(), 255, 7, 0x8765_4321);

        byte[] written = write(icmp(), "99");

        assertThat(without(written, Icmp.CHECKSUM_OFFSET)).isEqualTo("ff07....8765432199");
        assertThat(isValid(icmp())).isTrue();
    }

    @Test
    void onlyIcmpOfIpv6CoversTheAddresses() {
        layer.icmp(icmp(), 8, 0, 1);
        byte[] one = write(icmp(), "");
        last++;
        byte[] other = write(icmp(), "");

        assertThat(Arrays.equals(one, other)).isEqualTo(!ipv6);
    }

    @Test
    void portsCoverTheAddresses() {
        layer.ports(Ipv4.PROTOCOL_TCP, 8, 0);
        byte[] one = write(Ipv4.PROTOCOL_TCP, "");
        last++;

        assertThat(write(Ipv4.PROTOCOL_TCP, "")).isNotEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, OTHER})
    void anotherProtocolHasNoHeader(int protocol) {
        layer.ports(protocol, 1, 2);

        assertThat(layer.headerLength()).isZero();
        assertThat(write(protocol, "0102")).containsExactly(1, 2);
    }

    @Test
    void nothingIsSaidAtFirst() {
        assertThat(layer.headerLength()).isZero();
        assertThat(write(OTHER, "")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16, 24, 60})
    void tcpMayClaimAHeaderOfAnotherLengthUnderARightChecksum(int claimed) {
        layer.ports(Ipv4.PROTOCOL_TCP, 1, 2);
        layer.claimedLength = claimed;

        byte[] written = write(Ipv4.PROTOCOL_TCP, "0102");

        assertThat(written).hasSize(22);
        assertThat(written[12]).isEqualTo((byte) ((claimed / 4) << 4));
        assertThat(isValid(Ipv4.PROTOCOL_TCP)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 9, 11, 65_535})
    void udpMayClaimAnotherLengthUnderARightChecksum(int claimed) {
        layer.ports(Ipv4.PROTOCOL_UDP, 1, 2);
        layer.claimedLength = claimed;

        byte[] written = write(Ipv4.PROTOCOL_UDP, "0102");

        assertThat(written).hasSize(10);
        assertThat(Memory.getNetworkShort(l4 + 4)).isEqualTo(claimed);
        assertThat(isValid(Ipv4.PROTOCOL_UDP)).isTrue();
    }

    @Test
    void onlyUdpCanGoWithoutAChecksum() {
        layer.checksumLeftOut = true;
        layer.ports(Ipv4.PROTOCOL_UDP, 1, 2);
        assertThat(HexFormat.of().formatHex(write(Ipv4.PROTOCOL_UDP, "05")))
                .isEqualTo("000100020009000005");

        layer.ports(Ipv4.PROTOCOL_TCP, 1, 2);
        write(Ipv4.PROTOCOL_TCP, "05");
        assertThat(isValid(Ipv4.PROTOCOL_TCP)).isTrue();
        layer.icmp(icmp(), 1, 2, 3);
        write(icmp(), "05");
        assertThat(isValid(icmp())).isTrue();
    }

    @Test
    void aChecksumThatIsLeftOutIsNotDamaged() {
        layer.checksumLeftOut = true;
        layer.checksumDamaged = true;
        layer.ports(Ipv4.PROTOCOL_UDP, 1, 2);
        write(Ipv4.PROTOCOL_UDP, "");

        assertThat(Udp.checksum(l4)).isEqualTo(Udp.NO_CHECKSUM);
    }

    /// Zero would say that there is none (RFC 768).
    @Test
    void aChecksumOfZeroIsWrittenAsOnesByUdpAlone() {
        layer.ports(Ipv4.PROTOCOL_UDP, 1, 2);
        byte[] udp = write(Ipv4.PROTOCOL_UDP, "0000");
        write(Ipv4.PROTOCOL_UDP, HexFormat.of().formatHex(udp, 6, 8));
        assertThat(Udp.checksum(l4)).isEqualTo(0xFFFF);

        layer.ports(Ipv4.PROTOCOL_TCP, 1, 2);
        byte[] tcp = write(Ipv4.PROTOCOL_TCP, "0000");
        write(Ipv4.PROTOCOL_TCP, HexFormat.of().formatHex(tcp, 16, 18));
        assertThat(Tcp.checksum(l4)).isZero();
    }

    @Test
    void aDamagedChecksumIsWrongAndThere() {
        layer.checksumDamaged = true;
        layer.ports(Ipv4.PROTOCOL_TCP, 1, 2);
        write(Ipv4.PROTOCOL_TCP, "01");
        assertThat(isValid(Ipv4.PROTOCOL_TCP)).isFalse();
        layer.ports(Ipv4.PROTOCOL_UDP, 1, 2);
        write(Ipv4.PROTOCOL_UDP, "01");
        assertThat(isValid(Ipv4.PROTOCOL_UDP)).isFalse();
        assertThat(Udp.checksum(l4)).isNotZero();
        layer.icmp(icmp(), 3, 4, 5);
        write(icmp(), "01");
        assertThat(isValid(icmp())).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,4", "2,4", "3,4", "4,4", "5,8", "40,40"})
    void optionsArePaddedWithZerosToWholeWords(int bytes, int padded) {
        byte[] ones = new byte[bytes];
        Arrays.fill(ones, (byte) 1);

        byte[] written = TransportLayer.padded(ones);

        assertThat(written).startsWith(ones);
        assertThat(Arrays.copyOfRange(written, bytes, written.length))
                .isEqualTo(new byte[padded - bytes]);
    }

    @Test
    void whatIsWrittenIntoMemoryComesBackAsBytes() {
        assertThat(
                        TransportLayer.written(
                                3,
                                at -> {
                                    Memory.putByte(at, 7);
                                    Memory.putNetworkShort(at + 1, 0x0809);
                                }))
                .containsExactly(7, 8, 9);
    }
}
