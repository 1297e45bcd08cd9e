// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import java.util.List;

/// Frames of a fuzzer's targets that are right but for what the fuzzer wants otherwise.
final class FuzzFrames {
    private static final int IP = 14;

    private FuzzFrames() {}

    /// An IP header, most often a plain one.
    static PacketBuilder varied(PacketBuilder frame, boolean ipv6, FuzzBytes bytes) {
        return switch (bytes.next() & 15) {
            case 0 -> frame.timeToLive(bytes.next() & 3);
            case 1 -> ipv6 ? frame.extension(Ipv6Extension.destination()) : frame.dontFragment();
            case 2 ->
                    ipv6
                            ? frame.extension(Ipv6Extension.routerAlert())
                            : frame.ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0);
            case 3 ->
                    ipv6
                            ? frame.extension(Ipv6Extension.fragment(0, false, bytes.next()))
                            : frame.ipOptions(bytes.next(4));
            case 4 -> frame.vlan(bytes.next());
            case 5 -> frame.padding(bytes.next());
            default -> frame;
        };
    }

    /// A part of a packet.
    static PacketBuilder part(PacketBuilder frame, boolean ipv6, FuzzBytes bytes) {
        if (ipv6) {
            int at = bytes.next() * 8;
            boolean more = (bytes.next() & 1) == 0;
            return frame.extension(Ipv6Extension.fragment(at, more, bytes.next() & 3));
        }
        return frame.identification(bytes.next() & 3)
                .fragment(bytes.next() * 8, (bytes.next() & 1) == 0);
    }

    static byte[] payload(FuzzBytes bytes) {
        byte[] payload = new byte[bytes.next() * 6];
        Arrays.fill(payload, (byte) bytes.next());
        return payload;
    }

    /// An ICMP error.
    ///
    /// @param frame with an IP header
    /// @param about the frame that it is about, which is shortened and changed
    static PacketBuilder error(PacketBuilder frame, boolean ipv6, byte[] about, FuzzBytes bytes) {
        int header = header(about);
        frame.icmp(
                ipv6 ? bytes.of(1, 1, 2, 3, 4, 0, 5, 128) : bytes.of(3, 3, 11, 12, 4, 5, 0, 8),
                bytes.next() & 15,
                bytes.next());
        if (header < 20 || about.length < IP + header + 8) {
            return frame.payload(payload(bytes));
        }
        byte[] quoted = Arrays.copyOfRange(about, IP, IP + header + 8);
        for (int changes = bytes.next() & 3; changes > 0; changes--) {
            quoted[bytes.next() % quoted.length] = (byte) bytes.next();
        }
        int kept = bytes.next();
        return frame.payload(kept == 0 ? quoted : Arrays.copyOf(quoted, kept % 80));
    }

    /// A frame with any of its bytes changed, but for an IPv4 header's checksum.
    static byte[] changed(byte[] frame, FuzzBytes bytes) {
        byte[] changed = frame.clone();
        for (int changes = 1 + (bytes.next() & 7); changes > 0; changes--) {
            changed[bytes.nextShort() % changed.length] = (byte) bytes.next();
        }
        FramesFuzz.repair(changed);
        return changed;
    }

    /// The last of them; of no bytes if there is none.
    static byte[] last(List<byte[]> frames) {
        return frames.isEmpty() ? new byte[0] : frames.getLast();
    }

    /// Bytes of a frame's IP header.
    static int header(byte[] frame) {
        boolean is6 = frame.length > IP && frame[IP] >> 4 == 6;
        return frame.length <= IP ? 0 : is6 ? Ipv6.HEADER_LENGTH : (frame[IP] & 15) * 4;
    }
}
