// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes a capture as one section of pcapng, little-endian, times in nanoseconds. Each call writes
/// whole blocks, so that a capture that ends anywhere between them is whole. For one thread.
public final class PcapngWriter {
    private static final int NANOSECONDS = 9;
    private static final int MAX_OPTION = 65_532;

    private final OutputStream out;
    private ByteBuffer block = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

    /// Begins a capture.
    ///
    /// @param out gets it; not closed
    /// @param application which program writes it
    /// @throws IOException if it cannot be written
    public PcapngWriter(OutputStream out, String application) throws IOException {
        this.out = out;
        begin(Pcapng.SECTION_HEADER, 16 + application.length());
        block.putInt(Pcapng.ORDER_MAGIC).putShort((short) Pcapng.MAJOR_VERSION).putShort((short) 0);
        block.putLong(-1); // as long as it will be
        option(Pcapng.SECTION_APPLICATION, application);
        end();
    }

    /// Tells of an interface: the first one has number 0, the next one 1.
    ///
    /// @param name of it
    /// @param snapLength how much of a packet is captured, 1 to [CaptureReader#MAX_PACKET]
    /// @throws IOException if it cannot be written
    public void addInterface(String name, int snapLength) throws IOException {
        begin(Pcapng.INTERFACE, name.length());
        block.putShort((short) Pcapng.ETHERNET).putShort((short) 0).putInt(snapLength);
        option(Pcapng.INTERFACE_NAME, name);
        option(Pcapng.INTERFACE_RESOLUTION, (byte) NANOSECONDS);
        end();
    }

    /// Writes a packet.
    ///
    /// @param packet by its interface's number
    /// @throws IOException if it cannot be written
    public void write(CapturedPacket packet) throws IOException {
        byte[] bytes = packet.bytes();
        begin(Pcapng.PACKET, bytes.length + packet.comment().length());
        block.putInt(packet.seenAt().number());
        block.putInt((int) (packet.nanos() >>> 32)).putInt((int) packet.nanos());
        block.putInt(bytes.length).putInt(packet.length()).put(bytes);
        pad(bytes.length);
        if (!packet.comment().isEmpty()) {
            option(Pcapng.OPTION_COMMENT, packet.comment());
        }
        if (packet.direction() != Direction.UNKNOWN) {
            header(Pcapng.PACKET_FLAGS, 4);
            block.putInt(packet.direction() == Direction.IN ? 1 : 2);
        }
        if (packet.id() != 0) {
            header(Pcapng.PACKET_ID, 8);
            block.putLong(packet.id());
        }
        if (packet.queue().isPresent()) {
            header(Pcapng.PACKET_QUEUE, 4);
            block.putInt(packet.queue().getAsInt());
        }
        end();
    }

    /// Tells what an interface's capture has come to so far.
    ///
    /// @param number of the interface
    /// @param nanos now, since 1970
    /// @param received how many packets were to be captured
    /// @param dropped how many of them were not
    /// @throws IOException if it cannot be written
    public void statistics(int number, long nanos, long received, long dropped) throws IOException {
        begin(Pcapng.STATISTICS, 64);
        block.putInt(number).putInt((int) (nanos >>> 32)).putInt((int) nanos);
        header(Pcapng.STATISTICS_RECEIVED, 8);
        block.putLong(received);
        header(Pcapng.STATISTICS_DROPPED, 8);
        block.putLong(dropped);
        end();
    }

    private void begin(int type, int about) {
        int room = 256 + 4 * about; // a character may have four bytes
        if (block.capacity() < room) {
            block = ByteBuffer.allocate(room).order(ByteOrder.LITTLE_ENDIAN);
        }
        block.clear().putInt(type).putInt(0);
    }

    private void end() throws IOException {
        header(Pcapng.OPTION_END, 0);
        int length = block.position() + 4;
        block.putInt(length).putInt(4, length);
        out.write(block.array(), 0, length);
    }

    private void option(int code, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        option(code, bytes.length > MAX_OPTION ? Arrays.copyOf(bytes, MAX_OPTION) : bytes);
    }

    private void option(int code, byte... value) {
        header(code, value.length);
        block.put(value);
        pad(value.length);
    }

    private void header(int code, int length) {
        block.putShort((short) code).putShort((short) length);
    }

    private void pad(int length) {
        for (int i = length; i < Pcapng.padded(length); i++) {
            block.put((byte) 0);
        }
    }
}
