// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.translate.FamilyFixtureTest.Row;
import io.fullnat.core.translate.FamilyPacket.Ends;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The fuzzer of packets between families begins with the packets of `rfc7915.txt`; `-Dupdate`
/// writes them.
class FamilySeedsTest {
    private static final Path CORPUS = Path.of("src/test/corpus/families");
    private static final int FROM_SERVER = 2;
    private static final int MOST = 1486;

    @Test
    void eachRowIsAnInput() throws IOException {
        List<Row> rows = FamilyFixtureTest.read("rfc7915.txt");
        for (int number = 0; number < rows.size(); number++) {
            Row row = rows.get(number);
            boolean toServer = row.in().startsWith("6");
            byte[] packet = FamilyPacket.bytes(row.in(), toServer, Ends.TRANSLATED);
            if (packet.length > MOST) {
                continue; // no link of the fuzzer's carries it
            }
            byte[] input =
                    ByteBuffer.allocate(3 + packet.length)
                            .put((byte) (toServer ? 0 : FROM_SERVER))
                            .putShort((short) packet.length)
                            .put(packet)
                            .array();
            Path file = CORPUS.resolve("rfc7915-%03d".formatted(number + 1));
            if (Boolean.getBoolean("update")) {
                Files.createDirectories(CORPUS);
                Files.write(file, input);
            }
            assertThat(file).as(row.title()).hasBinaryContent(input);
        }
    }
}
