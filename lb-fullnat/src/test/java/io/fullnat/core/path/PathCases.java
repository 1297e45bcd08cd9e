// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static java.util.Objects.requireNonNull;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;

/// What tests of several stages do with the connection of a [PathBench].
final class PathCases {
    private PathCases() {}

    /// A fragment of one datagram from the client.
    ///
    /// @param data what the datagram holds from there on; of the first one behind its header
    static PacketBuilder fragment(PathBench bench, int offset, boolean more, byte[] data) {
        PacketBuilder packet = bench.from(INBOUND);
        if (bench.comesWide(INBOUND)) {
            packet.extension(Ipv6Extension.fragment(offset, more, 0x1234_5678));
        } else {
            packet.fragment(offset, more).identification(0x4321);
        }
        packet =
                offset == 0
                        ? packet.udp(PathBench.CLIENT_PORT, 80)
                        : packet.protocol(OpenBench.UDP);
        return packet.payload(data);
    }

    /// From now on a modifier of the connection fails at each packet.
    static void failAtEachPacket(PathBench bench) {
        PacketModifier failing =
                new PacketModifier() {
                    @Override
                    public void modify(ModifiedPacket packet) {
                        throw new IllegalStateException("a test's");
                    }
                };
        requireNonNull(bench.context.modify(4, (entry, service) -> failing))
                .begin(bench.entry, bench.service);
    }

    /// From now on bytes stand between link header and packet of what leaves by a flow.
    static void encapsulate(PathBench bench, long flow, byte[] inner) {
        try (Region header = Region.allocate(64, "a header")) {
            Memory.fromBytes(inner, header.address());
            int hop = Memory.getUnsignedShort(flow + ConnectionLayout.NEXT_HOP);
            bench.bench.adjacencies.encapsulate(hop, header.address(), inner.length);
        }
    }

    /// A frame with those bytes.
    ///
    /// @param link length of its link header
    static byte[] encapsulated(byte[] frame, int link, byte[] inner) {
        return ByteBuffer.allocate(frame.length + inner.length)
                .put(frame, 0, link)
                .put(inner)
                .put(frame, link, frame.length - link)
                .array();
    }
}
