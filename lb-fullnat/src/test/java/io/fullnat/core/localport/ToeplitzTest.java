// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.io.Toeplitz;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The published values: Microsoft, "Verifying the RSS Hash Calculation".
class ToeplitzTest {
    private static final byte[] KEY =
            HexFormat.of()
                    .parseHex(
                            "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4"
                                    + "77cb2da38030f20c6a42b73bbeac01fa");

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187, 2794, 161.142.100.80, 1766, 51ccc178",
        "199.92.111.2, 14230, 65.69.140.83, 4739, c626b0ea",
        "24.19.198.95, 12898, 12.22.207.184, 38024, 5c2b394a",
        "38.27.205.30, 48228, 209.142.163.6, 2217, afc7327f",
        "153.39.163.191, 44251, 202.188.127.2, 1303, 10e828a2",
        "3ffe:2501:200:1fff::7, 2794, 3ffe:2501:200:3::1, 1766, 40207d3d",
        "3ffe:501:8::260:97ff:fe40:efab, 14230, ff02::1, 4739, dde51bbf",
        "3ffe:1900:4545:3:200:f8ff:fe21:67cf, 44251, fe80::200:f8ff:fe21:67cf, 38024, 02d1feef",
    })
    void hashesTuplesAsPublished(
            String source, int sourcePort, String destination, int destinationPort, String hash)
            throws UnknownHostException {
        byte[] from = InetAddress.getByName(source).getAddress();
        byte[] to = InetAddress.getByName(destination).getAddress();
        ByteBuffer tuple = ByteBuffer.allocate(2 * from.length + 4);
        tuple.put(from).put(to).putShort((short) sourcePort).putShort((short) destinationPort);
        Toeplitz toeplitz = new Toeplitz(KEY, tuple.capacity());

        assertThat(HexFormat.of().toHexDigits(toeplitz.hash(tuple.array()))).isEqualTo(hash);
        tuple.order(ByteOrder.LITTLE_ENDIAN);
        int ofWords =
                from.length == 4
                        ? toeplitz.hash(tuple.getLong(0), tuple.getInt(8))
                        : toeplitz.hash(
                                tuple.getLong(0),
                                tuple.getLong(8),
                                tuple.getLong(16),
                                tuple.getLong(24),
                                tuple.getInt(32));
        assertThat(HexFormat.of().toHexDigits(ofWords)).isEqualTo(hash);
    }

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187, 161.142.100.80, 323e8fc2",
        "199.92.111.2, 65.69.140.83, d718262a",
        "24.19.198.95, 12.22.207.184, d2d0a5de",
        "38.27.205.30, 209.142.163.6, 82989176",
        "153.39.163.191, 202.188.127.2, 5d1809c5",
        "3ffe:2501:200:1fff::7, 3ffe:2501:200:3::1, 2cc18cd5",
        "3ffe:501:8::260:97ff:fe40:efab, ff02::1, 0f0c461c",
        "3ffe:1900:4545:3:200:f8ff:fe21:67cf, fe80::200:f8ff:fe21:67cf, 4b61e985",
    })
    void hashesAddressesAsPublished(String source, String destination, String hash)
            throws UnknownHostException {
        byte[] from = InetAddress.getByName(source).getAddress();
        byte[] addresses =
                ByteBuffer.allocate(2 * from.length)
                        .put(from)
                        .put(InetAddress.getByName(destination).getAddress())
                        .array();

        assertThat(HexFormat.of().toHexDigits(new Toeplitz(KEY, addresses.length).hash(addresses)))
                .isEqualTo(hash);
    }

    @Test
    void theLowBitsSelectTheQueue() {
        ReceiveSideScaling scaling = new ReceiveSideScaling(KEY, new int[] {5, 6, 7, 3});
        // 66.9.149.187:2794 to 161.142.100.80:1766 hashes to 51ccc178, whose low bits are 0.
        long addresses = Long.reverseBytes(0x4209_95BB_A18E_6450L);
        int ports = Integer.reverseBytes(2794 << 16 | 1766);

        assertThat(scaling.queue(addresses, ports)).isEqualTo(5);
        assertThat(scaling.highestQueue()).isEqualTo(7);
    }

    @Test
    void theLowBitsSelectTheQueueOfIpv6() {
        int[] redirection = {5, 6, 7, 3, 9, 8, 2, 1, 4, 5, 6, 7, 8, 10, 9, 0};
        ReceiveSideScaling scaling = new ReceiveSideScaling(KEY, redirection);
        // 3ffe:2501:200:1fff::7 port 2794 to 3ffe:2501:200:3::1 port 1766 hashes to 40207d3d.
        int queue =
                scaling.queue(
                        Long.reverseBytes(0x3FFE_2501_0200_1FFFL),
                        Long.reverseBytes(7),
                        Long.reverseBytes(0x3FFE_2501_0200_0003L),
                        Long.reverseBytes(1),
                        Integer.reverseBytes(2794 << 16 | 1766));

        assertThat(queue).isEqualTo(10);
        assertThat(scaling.spreadsIpv6()).isTrue();
    }

    @Test
    void aShortKeyOrAPortThatDoesNotSayDoesNotSpreadIpv6() {
        byte[] shorter = Arrays.copyOf(KEY, 39);
        assertThat(new ReceiveSideScaling(shorter, new int[1]).spreadsIpv6()).isFalse();
        ReceiveSideScaling told = new ReceiveSideScaling(KEY, new int[1], false);
        assertThat(told.spreadsIpv6()).isFalse();
        assertThatThrownBy(() -> told.queue(0, 0, 0, 0, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the port spreads no packets over IPv6");
        assertThatThrownBy(() -> new ReceiveSideScaling(shorter, new int[1], true))
                .hasMessage("a key of 39 bytes is too short for 36 bytes; it needs 40");
    }

    @Test
    void aTableIsOverSomeQueuesIfItHasEachOfThemAndNoOther() {
        assertThat(new ReceiveSideScaling(KEY, new int[] {0, 1, 0, 1}).isOver(2)).isTrue();
        assertThat(new ReceiveSideScaling(KEY, new int[] {0, 1, 0, 1}).isOver(3)).isFalse();
        assertThat(new ReceiveSideScaling(KEY, new int[] {0, 2, 0, 2}).isOver(2)).isFalse();
        assertThat(new ReceiveSideScaling(KEY, new int[] {0, 2, 0, 2}).isOver(3)).isFalse();
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> new ReceiveSideScaling(KEY, new int[3]))
                .hasMessage("a redirection table of 3 is no power of two");
        assertThatThrownBy(() -> new ReceiveSideScaling(KEY, new int[] {-1}))
                .hasMessage("queue -1 is negative");
        assertThatThrownBy(() -> new ReceiveSideScaling(new byte[15], new int[1]))
                .hasMessage("a key of 15 bytes is too short for 12 bytes; it needs 16");
        assertThatThrownBy(() -> new Toeplitz(KEY, 12).hash(new byte[8]))
                .hasMessage("8 bytes are not 12");
    }
}
