// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which worker has which local ports.
class PortPartitionTest {
    private static final int ALL_PORTS = 64_511;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 16, 31, 32, 63, 64})
    void thePartitionsOfAllWorkersAreDisjointAndComplete(int workers) {
        assertPartitions(workers, workers);
    }

    /// A power of two, and one that gives some workers three residues.
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 4", "5, 8", "31, 32", "33, 64", "63, 64", "3, 8", "1, 2"})
    void soAreThoseWithMoreResiduesThanWorkers(int workers, int modulus) {
        assertPartitions(workers, modulus);
    }

    private static void assertPartitions(int workers, int modulus) {
        BitSet seen = new BitSet();
        for (int worker = 0; worker < workers; worker++) {
            PortPartition partition = new PortPartition(worker, workers, modulus);
            for (int place = 0; place < partition.count(); place++) {
                int port = partition.port(place);
                assertThat(seen.get(port)).as("port " + port + " twice").isFalse();
                seen.set(port);
                assertThat(partition.place(port)).isEqualTo(place);
                assertThat(PortPartition.owner(port, workers, modulus)).isEqualTo(worker);
            }
        }
        assertThat(seen.cardinality()).isEqualTo(ALL_PORTS);
        assertThat(seen.nextSetBit(0)).isEqualTo(PortPartition.FIRST);
        assertThat(seen.length() - 1).isEqualTo(PortPartition.LAST);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "-1, 2", "0, 65"})
    void aWorkerThatIsNotOneOfTheWorkersIsNamed(int worker, int workers) {
        assertThatThrownBy(() -> new PortPartition(worker, workers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("worker " + worker + " of " + workers);
    }

    @Test
    void aPortWordLiesInAPacketAsTheHeaderWants() {
        int word = LocalPorts.ports(TestPair.SERVER_PORT, 0xABCD);

        assertThat(Integer.reverseBytes(word)).isEqualTo(0x1F90_ABCD);
        assertThat(ConnectionKey.portsAndProtocol(word, TestPair.TCP) & ~ConnectionLayout.KEY_MASK)
                .isZero();
    }
}
