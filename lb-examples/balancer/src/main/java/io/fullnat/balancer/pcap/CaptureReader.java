// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.api.BalancerException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Reads captures of Ethernet frames, packet by packet, as they come: pcap with micro- or
/// nanoseconds in either byte order, and pcapng with any number of sections and interfaces.
/// Whatever a file claims, no more than a packet's [#MAX_PACKET] bytes are taken at once. For one
/// thread.
public final class CaptureReader {
    /// The longest packet, bytes: as libpcap has it.
    public static final int MAX_PACKET = 262_144;

    private static final int PCAP_MICROS = 0xA1B2_C3D4;
    private static final int PCAP_NANOS = 0xA1B2_3C4D;

    private final Format format;

    /// How a format's packets are read.
    interface Format {
        @Nullable CapturedPacket next();
    }

    /// Looks at what the capture begins with.
    ///
    /// @param name of the file, for messages
    /// @param in read as packets are asked for; not closed
    /// @throws BalancerException if it is no capture, or one of something else than Ethernet
    public CaptureReader(String name, InputStream in) {
        CaptureBytes bytes = new CaptureBytes(name, in);
        ByteBuffer magic = bytes.readOrEnd(4, "its first word", ByteOrder.BIG_ENDIAN);
        if (magic.limit() == 0) {
            throw bytes.wrong("is empty, and no capture");
        }
        int big = magic.getInt(0);
        int little = Integer.reverseBytes(big);
        if (big == Pcapng.SECTION_HEADER) {
            format = new PcapngReader(bytes);
        } else if (big == PCAP_MICROS || big == PCAP_NANOS) {
            format = new PcapReader(bytes, ByteOrder.BIG_ENDIAN, big == PCAP_NANOS);
        } else if (little == PCAP_MICROS || little == PCAP_NANOS) {
            format = new PcapReader(bytes, ByteOrder.LITTLE_ENDIAN, little == PCAP_NANOS);
        } else {
            throw bytes.wrong(
                    "begins with %08x, so it is neither pcap nor pcapng; editcap (of Wireshark)"
                                    .formatted(big)
                            + " converts other formats");
        }
    }

    /// The next packet.
    ///
    /// @return null at the end
    /// @throws BalancerException if the file is damaged here: what came before is right
    public @Nullable CapturedPacket next() {
        return format.next();
    }
}
