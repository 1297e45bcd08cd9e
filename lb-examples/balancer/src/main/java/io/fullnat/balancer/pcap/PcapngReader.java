// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// pcapng: blocks, each with its type and length. Blocks of types that say nothing of packets are
/// passed over.
final class PcapngReader implements CaptureReader.Format {
    private static final int BLOCK_FRAME = 12; // type, length, and the length again at the end
    private static final int MAX_BLOCK = 16 << 20;
    private static final int SECTION_BODY = 16;
    private static final int INTERFACE_BODY = 8;
    private static final int PACKET_BODY = 20;
    private static final int MAX_INTERFACES = 4096;
    private static final int SKIPPED_AT_ONCE = 1 << 16;

    private final CaptureBytes in;
    private final List<Source> section = new ArrayList<>();
    private ByteOrder order = ByteOrder.BIG_ENDIAN;
    private int interfaces;

    /// An interface of the section.
    ///
    /// @param snapLength as it says, 0 for no limit
    private record Source(CaptureInterface seenAt, TimeUnits units, int snapLength) {}

    /// Reads on behind the type of the first section header.
    PcapngReader(CaptureBytes in) {
        this.in = in;
        section();
    }

    @Override
    public @Nullable CapturedPacket next() {
        while (true) {
            ByteBuffer type = in.readOrEnd(4, "a block's type", order);
            if (type.limit() == 0) {
                return null;
            }
            switch (type.getInt(0)) {
                case Pcapng.SECTION_HEADER -> section();
                case Pcapng.INTERFACE -> addInterface(block("an interface", INTERFACE_BODY));
                case Pcapng.PACKET -> {
                    return packet(block("a packet", PACKET_BODY));
                }
                case Pcapng.OLD_PACKET -> {
                    return oldPacket(block("a packet", PACKET_BODY));
                }
                case Pcapng.SIMPLE_PACKET -> {
                    return simplePacket(block("a packet", 4));
                }
                default -> skip();
            }
        }
    }

    private void section() {
        ByteBuffer head = in.read(8, "a section's header", ByteOrder.BIG_ENDIAN);
        int magic = head.getInt(4);
        if (magic == Pcapng.ORDER_MAGIC) {
            order = ByteOrder.BIG_ENDIAN;
        } else if (Integer.reverseBytes(magic) == Pcapng.ORDER_MAGIC) {
            order = ByteOrder.LITTLE_ENDIAN;
        } else {
            throw in.wrong("has a section header without the magic that tells its byte order");
        }
        int body = bodyLength(head.order(order).getInt(0), SECTION_BODY) - 4;
        ByteBuffer rest = in.read(body, "a section's header", order);
        int major = rest.getShort(0) & 0xFFFF;
        if (major != Pcapng.MAJOR_VERSION) {
            throw in.wrong("has a section of version " + major + ", not 1");
        }
        end(body + 4);
        section.clear();
    }

    /// The body of a block whose type has been read.
    private ByteBuffer block(String what, int least) {
        int length = bodyLength(in.read(4, "a block's length", order).getInt(0), least);
        ByteBuffer body = in.read(length, what, order);
        end(length);
        return body;
    }

    private int bodyLength(int total, int least) {
        if (total < BLOCK_FRAME + least || total > MAX_BLOCK || total % 4 != 0) {
            throw in.wrong(
                    "has a block of "
                            + Integer.toUnsignedString(total)
                            + " bytes, which cannot be its length");
        }
        return total - BLOCK_FRAME;
    }

    private void end(int bodyLength) {
        int again = in.read(4, "a block's end", order).getInt(0);
        if (again != bodyLength + BLOCK_FRAME) {
            throw in.wrong(
                    "has a block whose length is %d at its beginning and %s at its end"
                            .formatted(bodyLength + BLOCK_FRAME, Integer.toUnsignedString(again)));
        }
    }

    private void skip() {
        int length = bodyLength(in.read(4, "a block's length", order).getInt(0), 0);
        for (int left = length; left > 0; left -= SKIPPED_AT_ONCE) {
            in.read(Math.min(left, SKIPPED_AT_ONCE), "a block", order);
        }
        end(length);
    }

    private void addInterface(ByteBuffer body) {
        Pcapng.requireEthernet(in, body.getShort(0) & 0xFFFF);
        if (section.size() == MAX_INTERFACES) {
            throw in.wrong("has more than " + MAX_INTERFACES + " interfaces");
        }
        int snapLength = body.getInt(4);
        body.position(INTERFACE_BODY);
        String name = "";
        int resolution = TimeUnits.MICROSECONDS;
        long offset = 0;
        for (Option option = option(body); option != null; option = option(body)) {
            switch (option.code) {
                case Pcapng.INTERFACE_NAME -> name = option.text();
                case Pcapng.INTERFACE_RESOLUTION ->
                        resolution = option.value(1, "a resolution").get(0);
                case Pcapng.INTERFACE_OFFSET ->
                        offset = option.value(8, "an offset of time").order(order).getLong(0);
                default -> {}
            }
        }
        TimeUnits units = TimeUnits.of(resolution, offset);
        if (units == null) {
            throw in.wrong("has an interface with an impossible resolution of time: " + resolution);
        }
        section.add(new Source(new CaptureInterface(interfaces++, name), units, snapLength));
    }

    private Source source(int number) {
        if (number < 0 || number >= section.size()) {
            throw in.wrong(
                    "has a packet of interface "
                            + Integer.toUnsignedString(number)
                            + ", of which there are "
                            + section.size());
        }
        return section.get(number);
    }

    private CapturedPacket packet(ByteBuffer body) {
        Source source = source(body.getInt());
        return packet(source, body);
    }

    private CapturedPacket oldPacket(ByteBuffer body) {
        Source source = source(body.getShort() & 0xFFFF);
        body.getShort(); // packets dropped before it
        return packet(source, body);
    }

    private CapturedPacket packet(Source source, ByteBuffer body) {
        long high = body.getInt() & 0xFFFF_FFFFL;
        long time = high << 32 | (body.getInt() & 0xFFFF_FFFFL);
        int captured = body.getInt();
        int length = body.getInt();
        byte[] bytes = bytes(body, captured, length);
        Direction direction = Direction.UNKNOWN;
        OptionalInt queue = OptionalInt.empty();
        long id = 0;
        StringBuilder comment = new StringBuilder();
        for (Option option = option(body); option != null; option = option(body)) {
            switch (option.code) {
                case Pcapng.OPTION_COMMENT ->
                        comment.append(comment.isEmpty() ? "" : "\n").append(option.text());
                case Pcapng.PACKET_FLAGS -> direction = direction(option);
                case Pcapng.PACKET_ID -> id = option.value(8, "a packet's number").getLong(0);
                case Pcapng.PACKET_QUEUE ->
                        queue = OptionalInt.of(option.value(4, "a queue").getInt(0));
                default -> {}
            }
        }
        return new CapturedPacket(
                source.seenAt,
                source.units.nanos(time),
                direction,
                queue,
                id,
                length,
                bytes,
                comment.toString());
    }

    private Direction direction(Option option) {
        return switch (option.value(4, "flags").getInt(0) & Pcapng.DIRECTION_MASK) {
            case 1 -> Direction.IN;
            case 2 -> Direction.OUT;
            default -> Direction.UNKNOWN;
        };
    }

    private CapturedPacket simplePacket(ByteBuffer body) {
        Source source = source(0);
        int length = body.getInt();
        int limit = source.snapLength == 0 ? Integer.MAX_VALUE : source.snapLength;
        int captured = limit < 0 ? length : Math.min(length, limit);
        byte[] bytes = bytes(body, captured, length);
        return CapturedPacket.plain(source.seenAt, 0, length, bytes);
    }

    private byte[] bytes(ByteBuffer body, int captured, int length) {
        Pcapng.requireLengths(in, captured, length);
        if (Pcapng.padded(captured) > body.remaining()) {
            throw in.wrong("has a packet of " + captured + " bytes in a smaller block");
        }
        byte[] bytes = new byte[captured];
        body.get(bytes);
        body.position(body.position() + Pcapng.padded(captured) - captured);
        return bytes;
    }

    /// An option of a block.
    private final class Option {
        final int code;
        private final ByteBuffer value;

        Option(int code, ByteBuffer value) {
            this.code = code;
            this.value = value;
        }

        String text() {
            return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
        }

        ByteBuffer value(int length, String what) {
            if (value.limit() != length) {
                throw in.wrong(
                        "has " + what + " of " + value.limit() + " bytes instead of " + length);
            }
            return value;
        }
    }

    /// The next option.
    ///
    /// @return null if there is none
    private @Nullable Option option(ByteBuffer body) {
        if (body.remaining() < 4) {
            return null;
        }
        int code = body.getShort() & 0xFFFF;
        int length = body.getShort() & 0xFFFF;
        if (code == Pcapng.OPTION_END) {
            return null;
        }
        if (Pcapng.padded(length) > body.remaining()) {
            throw in.wrong("has an option of " + length + " bytes beyond its block's end");
        }
        ByteBuffer value = body.slice(body.position(), length).order(order);
        body.position(body.position() + Pcapng.padded(length));
        return new Option(code, value);
    }
}
