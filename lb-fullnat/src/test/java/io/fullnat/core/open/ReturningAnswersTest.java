// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.io.Toeplitz;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.testing.Seed;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Local ports that [FullNat] takes on one of several workers: the answers come back to it,
/// whatever families the connection has.
class ReturningAnswersTest {
    private static final int WORKERS = 4;
    private static final int SELF = 2;
    private static final int CONNECTIONS = 300;

    private static PortSettings port() {
        return PortSettings.of("lan", "02:00:00:00:00:02").withQueues(WORKERS);
    }

    private static PortSettings hashing(byte[] key, boolean ipv6) {
        int[] redirection = IntStream.range(0, 128).map(i -> i % WORKERS).toArray();
        return port().withChooser(new RssSelector(new ReceiveSideScaling(key, redirection, ipv6)));
    }

    private static byte[] key() {
        byte[] key = new byte[40];
        Seed.generator().nextBytes(key);
        return key;
    }

    @ParameterizedTest
    @EnumSource
    void byTheNicsHashWhereItIsKnown(Families families) throws UnknownHostException {
        byte[] key = key();
        try (OpenBench bench = new OpenBench(Seed.value(), CONNECTIONS, SELF, hashing(key, true))) {
            Toeplitz toeplitz = new Toeplitz(key, families.out ? 36 : 12);
            Set<Integer> residues = new HashSet<>();
            for (int client = 0; client < CONNECTIONS; client++) {
                long entry = bench.open(families, OpenBench.UDP, client);
                byte[] answer = answer(entry);
                assertThat((toeplitz.hash(answer) & 127) % WORKERS).isEqualTo(SELF);
                residues.add(ConnectionKey.outboundDestinationPort(entry) % WORKERS);
            }
            assertThat(residues).as("not by port").hasSize(WORKERS);
        }
    }

    /// What a NIC hashes of an answer.
    private static byte[] answer(long entry) throws UnknownHostException {
        byte[] from =
                bytes(
                        ConnectionKey.sourceHigh(entry, OUTBOUND),
                        ConnectionKey.sourceLow(entry, OUTBOUND));
        byte[] to =
                bytes(
                        ConnectionKey.destinationHigh(entry, OUTBOUND),
                        ConnectionKey.destinationLow(entry, OUTBOUND));
        return ByteBuffer.allocate(2 * from.length + 4)
                .put(from)
                .put(to)
                .putShort((short) ConnectionKey.sourcePort(entry, OUTBOUND))
                .putShort((short) ConnectionKey.destinationPort(entry, OUTBOUND))
                .array();
    }

    private static byte[] bytes(long high, long low) throws UnknownHostException {
        return InetAddress.getByName(IpAddress.of(high, low).toString()).getAddress();
    }

    @ParameterizedTest
    @EnumSource
    void byLocalPortWhereItIsNot(Families families) {
        assertByLocalPort(families, port());
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV6", "IPV4_TO_IPV6"})
    void byLocalPortWhereItIsNotForTheServersFamily(Families families) {
        assertByLocalPort(families, hashing(key(), false));
    }

    private static void assertByLocalPort(Families families, PortSettings port) {
        try (OpenBench bench = new OpenBench(Seed.value(), CONNECTIONS, SELF, port)) {
            for (int client = 0; client < CONNECTIONS; client++) {
                long entry = bench.open(families, OpenBench.TCP, client);
                assertThat(ConnectionKey.outboundDestinationPort(entry) % WORKERS).isEqualTo(SELF);
            }
        }
    }
}
