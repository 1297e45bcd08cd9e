// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.benchmarks.loop.PacketMaker;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureFileTest {
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int SOURCE_AND_PORTS = 26;

    @TempDir private Path folder;

    @Test
    void holdsValidRequestsOfSoManyFlows() throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(CaptureFile.write(folder, 7)));

        assertThat(file.getInt(0)).isEqualTo(0xA1B2C3D4);
        assertThat(file.getInt(20)).isEqualTo(1);
        assertThat(file.limit() - FILE_HEADER)
                .isEqualTo(CaptureFile.PACKETS * (RECORD_HEADER + PacketMaker.LENGTH));
        Set<Integer> clientPorts = new HashSet<>();
        try (Arena arena = Arena.ofConfined()) {
            long frame = arena.allocate(64).address();
            byte[] bytes = new byte[PacketMaker.LENGTH];
            for (int at = FILE_HEADER; at < file.limit(); at += RECORD_HEADER + bytes.length) {
                assertThat(file.getInt(at + 8)).isEqualTo(bytes.length);
                assertThat(file.getInt(at + 12)).isEqualTo(bytes.length);
                file.get(at + RECORD_HEADER, bytes);
                Memory.fromBytes(bytes, frame);
                PacketMaker.verify(frame);
                clientPorts.add(Memory.getNetworkShort(frame + SOURCE_AND_PORTS + 8));
            }
        }
        assertThat(clientPorts).hasSize(7);
    }
}
