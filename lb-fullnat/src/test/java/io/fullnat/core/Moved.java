// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;

/// By how much the numbers of a connection are moved, as [SequenceShifts#set],
/// [SequenceShifts#timestamps] and [SequenceShifts#windows] have it.
///
/// @param client what is added to the client's sequence numbers
/// @param server to the server's
/// @param clientStamp to the client's timestamps
/// @param serverStamp to the server's
/// @param inbound by how many bits the client's windows are shifted to the left
/// @param outbound the server's
record Moved(int client, int server, int clientStamp, int serverStamp, int inbound, int outbound) {
    private static final int FLAGS = 13;
    private static final int CHECKSUM = 16;

    static Moved numbers(int client, int server) {
        return new Moved(client, server, 0, 0, 0, 0);
    }

    /// The same as it looks from the other side.
    Moved turned() {
        return new Moved(
                /* client= */ server,
                /* server= */ client,
                /* clientStamp= */ serverStamp,
                /* serverStamp= */ clientStamp,
                /* inbound= */ outbound,
                /* outbound= */ inbound);
    }

    /// The same frame with the numbers of one that the client of these has sent, and a checksum
    /// that is summed up anew.
    byte[] moved(byte[] frame) {
        byte[] out = frame.clone();
        ByteBuffer bytes = ByteBuffer.wrap(out);
        int l4 = IpFrame.transport(frame);
        boolean acknowledges = (out[l4 + FLAGS] & Tcp.ACK) != 0;
        add(bytes, l4 + 4, client);
        if (acknowledges) {
            add(bytes, l4 + 8, -server);
        }
        bytes.putShort(l4 + 14, (short) scaled(bytes.getShort(l4 + 14) & 0xFFFF, inbound));
        int end = l4 + ((out[l4 + 12] & 0xF0) >>> 2);
        for (int at = l4 + 20; at < end && out[at] != 0; ) {
            int length = out[at] == 1 ? 1 : at + 1 < end ? out[at + 1] & 0xFF : 0;
            if (length == 0 || at + length > end || (length == 1 && out[at] != 1)) {
                break;
            }
            for (int edge = at + 2; out[at] == 5 && edge + 8 <= at + length; edge += 8) {
                add(bytes, edge, acknowledges ? -server : 0);
                add(bytes, edge + 4, acknowledges ? -server : 0);
            }
            if (out[at] == 8 && length == 10) {
                add(bytes, at + 2, clientStamp);
                add(bytes, at + 6, acknowledges ? -serverStamp : 0);
            }
            at += length;
        }
        bytes.putShort(l4 + CHECKSUM, (short) 0);
        try (Region region = Region.allocate(2048, "a frame")) {
            Memory.fromBytes(out, region.address());
            long ip = region.address() + 14;
            long tcp = region.address() + l4;
            int checksum;
            if (IpFrame.isIpv6(frame)) {
                int length = bytes.getShort(18) & 0xFFFF;
                checksum = Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, tcp, length);
            } else {
                checksum = Checksum.transport(ip);
            }
            bytes.putShort(l4 + CHECKSUM, (short) checksum);
        }
        return out;
    }

    private static void add(ByteBuffer bytes, int at, int more) {
        bytes.putInt(at, bytes.getInt(at) + more);
    }

    private static int scaled(int window, int bits) {
        long wide = ((long) window << (bits + 28)) >>> 28;
        return (int) Math.min(0xFFFF, window > 0 && wide == 0 ? 1 : wide);
    }
}
