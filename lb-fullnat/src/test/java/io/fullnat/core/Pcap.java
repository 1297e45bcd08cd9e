// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Frames in a file that tcpdump and Wireshark read: the libpcap format, version 2.4, Ethernet,
/// microseconds.
final class Pcap {
    private static final int MAGIC = 0xA1B2_C3D4;
    private static final int FILE_HEADER = 24;
    private static final int FRAME_HEADER = 16;
    private static final int SNAP_LENGTH = 65_535;
    private static final int ETHERNET = 1;
    private static final long SECOND = 1_000_000;

    /// A frame and when it passed, in microseconds from the beginning.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Frame(long micros, byte[] bytes) {}

    private Pcap() {}

    static void write(Path file, List<Frame> frames) throws IOException {
        int length = frames.stream().mapToInt(frame -> FRAME_HEADER + frame.bytes.length).sum();
        ByteBuffer out = ByteBuffer.allocate(FILE_HEADER + length);
        out.putInt(MAGIC).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
        out.putInt(SNAP_LENGTH).putInt(ETHERNET);
        for (Frame frame : frames) {
            out.putInt((int) (frame.micros / SECOND)).putInt((int) (frame.micros % SECOND));
            out.putInt(frame.bytes.length).putInt(frame.bytes.length).put(frame.bytes);
        }
        Files.write(file, out.array());
    }

    static List<Frame> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
        if (in.getInt(0) != MAGIC) {
            in.order(ByteOrder.LITTLE_ENDIAN);
        }
        if (in.getInt(0) != MAGIC || in.getInt(20) != ETHERNET) {
            throw new IOException(file + " is no capture of Ethernet frames with microseconds");
        }
        List<Frame> frames = new ArrayList<>();
        in.position(FILE_HEADER);
        while (in.hasRemaining()) {
            long micros = in.getInt() * SECOND + in.getInt();
            byte[] bytes = new byte[in.getInt()];
            if (in.getInt() != bytes.length) {
                throw new IOException(file + " has a frame that is cut off");
            }
            in.get(bytes);
            frames.add(new Frame(micros, bytes));
        }
        return frames;
    }
}
