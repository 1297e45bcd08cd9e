// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The verification suite of Microsoft, "Verifying the RSS Hash Calculation".
class ReceiveQueuesTest {
    private static final byte[] KEY =
            HexFormat.of()
                    .parseHex(
                            "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4"
                                    + "77cb2da38030f20c6a42b73bbeac01fa");

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187:2794, 161.142.100.80:1766, 51ccc178, 0",
        "199.92.111.2:14230, 65.69.140.83:4739, c626b0ea, 2",
        "24.19.198.95:12898, 12.22.207.184:38024, 5c2b394a, 2",
        "38.27.205.30:48228, 209.142.163.6:2217, afc7327f, 3",
        "153.39.163.191:44251, 202.188.127.2:1303, 10e828a2, 2"
    })
    void theHashIsThatOfTheNic(String source, String destination, String hash, int queue) {
        FlowTuple tuple =
                new FlowTuple(Protocol.TCP, Endpoint.parse(source), Endpoint.parse(destination));
        ReceiveQueues queues = new ReceiveQueues(KEY, 0, 1, 2, 3);

        assertThat(Integer.toHexString(queues.hash(tuple))).isEqualTo(hash);
        assertThat(queues.queue(tuple)).isEqualTo(queue);
    }
}
