// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.api.io.Memory;
import io.fullnat.benchmarks.loop.PacketMaker;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file in libpcap's format ([draft-ietf-opsawg-pcap](
/// https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/)) with requests of several flows.
final class CaptureFile {
    /// Packets in a file, whatever the number of flows, so that the device does the same work.
    static final int PACKETS = 10_000;

    private static final int MAGIC = 0xA1B2_C3D4;
    private static final int VERSION = 2 << 16 | 4;
    private static final int SNAP_LENGTH = 65_535;
    private static final int ETHERNET = 1;

    private CaptureFile() {}

    /// Where the file of so many flows is.
    static Path path(Path folder, int flows) {
        return folder.resolve("requests-" + flows + ".pcap");
    }

    /// Writes a file.
    ///
    /// @param folder in which it is made
    /// @param flows how many take turns
    static Path write(Path folder, int flows) throws IOException {
        Path file = path(folder, flows);
        try (Arena arena = Arena.ofConfined();
                DataOutputStream out =
                        new DataOutputStream(
                                new BufferedOutputStream(Files.newOutputStream(file)))) {
            PacketMaker maker = EngineContender.maker(arena);
            long frame = arena.allocate(64, 64).address();
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeLong(0);
            out.writeInt(SNAP_LENGTH);
            out.writeInt(ETHERNET);
            for (int packet = 0; packet < PACKETS; packet++) {
                maker.make(packet % flows, frame);
                out.writeLong(0);
                out.writeInt(PacketMaker.LENGTH);
                out.writeInt(PacketMaker.LENGTH);
                out.write(Memory.toBytes(frame, PacketMaker.LENGTH));
            }
        }
        return file;
    }
}
