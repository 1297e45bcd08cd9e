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
        if (from.length == 4) {
            tuple.order(ByteOrder.LITTLE_ENDIAN);
            assertThat(HexFormat.of().toHexDigits(toeplitz.hash(tuple.getLong(0), tuple.getInt(8))))
                    .isEqualTo(hash);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187, 161.142.100.80, 323e8fc2",
        "199.92.111.2, 65.69.140.83, d718262a",
        "24.19.198.95, 12.22.207.184, d2d0a5de",
        "38.27.205.30, 209.142.163.6, 82989176",
        "153.39.163.191, 202.188.127.2, 5d1809c5",
    })
    void hashesAddressesAsPublished(String source, String destination, String hash)
            throws UnknownHostException {
        byte[] addresses =
                ByteBuffer.allocate(8)
                        .put(InetAddress.getByName(source).getAddress())
                        .put(InetAddress.getByName(destination).getAddress())
                        .array();

        assertThat(HexFormat.of().toHexDigits(new Toeplitz(KEY, 8).hash(addresses)))
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
