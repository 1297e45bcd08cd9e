// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Tcp;

/// Makes frames from clients to a virtual service, with right checksums, and turns forwarded ones
/// into the server's answers. One class a family, one for both, and one for QUIC.
///
/// The client's address and port follow from the flow's number; their sums are added to those of a
/// template, so that making a packet costs some words copied and few written.
public abstract sealed class FrameMaker permits PacketMaker, PacketMaker6, CrossMaker, QuicMaker {
    /// The client side of a flow in the low 24 bits of the address and the port.
    static final int FLOW_PORTS = 1 << 14;

    static final int FIRST_PORT = 1024;

    /// Bytes of each frame of a client.
    ///
    /// @return the same always
    public abstract int length();

    /// Bytes of each answer: by how much it is shorter its first byte lies further behind.
    ///
    /// @return the same always
    public int answerLength() {
        return length();
    }

    /// Writes a frame of a flow.
    ///
    /// @param flow its number
    /// @param data where
    public abstract void make(int flow, long data);

    /// Whether a forwarded frame goes to a server, rather than to a client.
    ///
    /// @param data its first byte
    /// @return true if it is to be answered
    public abstract boolean isToServer(long data);

    /// Makes the server's answer of a frame in its place.
    ///
    /// @param data its first byte
    public abstract void answer(long data);

    static int folded(int sum) {
        int once = (sum & 0xFFFF) + (sum >>> 16);
        return (once & 0xFFFF) + (once >>> 16);
    }

    static void swapMacs(long data) {
        long macs = Memory.getLong(data);
        long rest = Memory.getInt(data + Long.BYTES) & 0xFFFF_FFFFL;
        Memory.putLong(data, (macs >>> 48) | (rest << 16) | (macs << 48));
        Memory.putInt(data + Long.BYTES, (int) (macs >>> 16));
    }

    /// A SYN gets its ACK.
    static void acknowledge(long l4, long sumAt) {
        if (Tcp.flags(l4) == Tcp.SYN) {
            Tcp.flags(l4, Tcp.SYN | Tcp.ACK);
            int before = Memory.getNetworkShort(sumAt);
            Memory.putNetworkShort(sumAt, Checksum.update(before, 0, Tcp.ACK));
        }
    }
}
