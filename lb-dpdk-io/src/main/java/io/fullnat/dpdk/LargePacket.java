// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// A TCP segment or a UDP datagram that is larger than the link takes and that its sender, or the
/// kernel's receive offload, has left to be cut ("GSO"): cut here, piece by piece, as a network NIC
/// would have done it. One queue's; not thread-safe.
final class LargePacket {
    /// Bytes of `struct virtio_net_hdr`.
    static final int HEADER = 10;

    /// `VIRTIO_NET_HDR_GSO_`: none; what it is.
    static final int NONE = 0;

    private static final int TCP_V4 = 1;
    private static final int TCP_V6 = 4;
    private static final int UDP = 5;

    /// Set beside the kind if the sender uses explicit congestion notification.
    private static final int ECN = 0x80;

    /// The kernel's limit is 64 KiB unless an administrator has raised it for "BIG TCP".
    private static final int CAPACITY = 256 << 10;

    private static final int FRONT = 16;
    private static final int ETHERNET_HEADER = 14;
    private static final int TAG = 4;
    private static final int IPV6_HEADER = 40;
    private static final int UDP_HEADER = 8;

    private static final int FIN_PSH = 0x09;
    private static final int CWR = 0x80;

    private final long memory;
    private long data;
    private int length;
    private int network;
    private int transport;
    private int headers;
    private int pieceBytes;
    private int offset;
    private int pieces;
    private boolean tcp;
    private boolean version6;

    LargePacket(Arena arena) {
        memory = NativeFunction.zeroed(arena, FRONT + HEADER + CAPACITY);
    }

    /// Where a packet is to be put, with its `struct virtio_net_hdr` in front.
    long room() {
        return memory + FRONT;
    }

    /// How many bytes may be put there, that header included.
    static int capacity() {
        return HEADER + CAPACITY;
    }

    /// Whether there are pieces that have not been taken.
    boolean isPending() {
        return offset < length;
    }

    /// Forgets what is left.
    void clear() {
        offset = 0;
        length = 0;
    }

    /// Begins with the packet that was put at [#room()].
    ///
    /// @param bytes its length, without the header in front
    /// @param tag VLAN tag to be put in, EtherType and tag as they will stand in the packet, or 0
    /// @return false if it cannot be cut
    boolean start(int bytes, int tag) {
        long room = room();
        int kind = Memory.getUnsignedByte(room + 1) & ~ECN;
        pieceBytes = Memory.getUnsignedShort(room + 4);
        data = room + HEADER;
        length = bytes;
        if (tag != 0) {
            insertTag(tag);
        }
        pieces = 0;
        tcp = kind == TCP_V4 || kind == TCP_V6;
        if ((!tcp && kind != UDP) || pieceBytes == 0 || !findHeaders()) {
            clear();
            return false;
        }
        offset = headers;
        return true;
    }

    private void insertTag(int tag) {
        data -= TAG;
        Memory.copy(data + TAG, data, 12);
        Memory.putNetworkInt(data + 12, tag);
        length += TAG;
    }

    private boolean findHeaders() {
        network = ETHERNET_HEADER;
        if (length < network) {
            return false;
        }
        int type = Memory.getNetworkShort(data + 12);
        for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88A8); tags++) {
            network += TAG;
            if (length < network) {
                return false;
            }
            type = Memory.getNetworkShort(data + network - 2);
        }
        version6 = type == 0x86DD;
        int protocol;
        if (type == 0x0800 && length >= network + 20) {
            int headerLength = (Memory.getUnsignedByte(data + network) & 0x0F) * 4;
            boolean fragment = (Memory.getNetworkShort(data + network + 6) & 0x3FFF) != 0;
            if (headerLength < 20 || fragment) {
                return false;
            }
            transport = network + headerLength;
            protocol = Memory.getUnsignedByte(data + network + 9);
        } else if (version6 && length >= network + IPV6_HEADER) {
            transport = network + IPV6_HEADER;
            protocol = Memory.getUnsignedByte(data + network + 6);
        } else {
            return false;
        }
        return protocol == (tcp ? 6 : 17) && findPayload();
    }

    private boolean findPayload() {
        if (tcp) {
            if (length < transport + 20) {
                return false;
            }
            int headerLength = (Memory.getUnsignedByte(data + transport + 12) >>> 4) * 4;
            headers = transport + headerLength;
            return headerLength >= 20 && headers < length;
        }
        headers = transport + UDP_HEADER;
        return headers < length;
    }

    /// The length of the next piece.
    int nextLength() {
        return headers + Math.min(pieceBytes, length - offset);
    }

    /// Takes the next piece.
    ///
    /// @param to where it is written, [#nextLength()] bytes
    void take(long to) {
        int payload = Math.min(pieceBytes, length - offset);
        Memory.copy(data, to, headers);
        Memory.copy(data + offset, to + headers, payload);
        boolean last = offset + payload >= length;
        int transportLength = headers - transport + payload;
        writeNetworkHeader(to + network, transportLength);
        long at = to + transport;
        int checksum;
        if (tcp) {
            int flags = Memory.getUnsignedByte(at + 13);
            if (!last) {
                flags &= ~FIN_PSH;
            }
            if (pieces > 0) {
                flags &= ~CWR;
            }
            Memory.putByte(at + 13, flags);
            Memory.putNetworkInt(at + 4, Memory.getNetworkInt(at + 4) + offset - headers);
            checksum = 16;
        } else {
            Memory.putNetworkShort(at + 4, transportLength);
            checksum = 6;
        }
        Memory.putShort(at + checksum, 0);
        long sum = InternetChecksum.add(pseudoHeader(to, transportLength), at, transportLength);
        int folded = InternetChecksum.fold(sum);
        // RFC 768: zero would say that there is none
        Memory.putShort(at + checksum, folded == 0 && !tcp ? 0xFFFF : folded);
        offset += payload;
        pieces++;
    }

    private void writeNetworkHeader(long at, int transportLength) {
        if (version6) {
            Memory.putNetworkShort(at + 4, transportLength);
            return;
        }
        int headerLength = transport - network;
        Memory.putNetworkShort(at + 2, headerLength + transportLength);
        Memory.putNetworkShort(at + 4, Memory.getNetworkShort(at + 4) + pieces);
        Memory.putShort(at + 10, 0);
        Memory.putShort(at + 10, InternetChecksum.fold(InternetChecksum.add(0, at, headerLength)));
    }

    private long pseudoHeader(long to, int transportLength) {
        long addresses =
                version6
                        ? InternetChecksum.add(0, to + network + 8, 32)
                        : InternetChecksum.add(0, to + network + 12, 8);
        int protocol = tcp ? 6 : 17;
        return addresses
                + Short.toUnsignedInt(Short.reverseBytes((short) protocol))
                + Short.toUnsignedInt(Short.reverseBytes((short) transportLength));
    }
}
