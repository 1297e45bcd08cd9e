// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.core.packet.Crc32c;

/// Reads the PROXY header of a client that is believed, as `proxy-protocol.txt` says. One object a
/// worker, for the worker's thread.
///
/// Of the binary form, signature, version, command and family must be known, and addresses of the
/// family must lie within the length; what lies behind them must be TLVs, of which the checksum
/// must be right. The length of a header is what it says. With the command LOCAL all but the length
/// is skipped.
final class ReceivedHeader {
    /// What data begin with: no header.
    static final int NONE = 0;

    /// A part of one, or of what could be one.
    static final int PART = 1;

    /// A whole one.
    static final int WHOLE = 2;

    /// What begins as a header and is none.
    static final int WRONG = 3;

    private static final int FAMILY = 13;
    private static final int BLOCK_LENGTH = 14;
    private static final int UNIX = 3;
    private static final int UNIX_LENGTH = 216;

    private final ReceivedText text = new ReceivedText();
    private int version;
    private int length;
    private boolean ipv6;
    private long addresses;

    /// Reads what data begin with.
    ///
    /// @param at the first byte
    /// @param available bytes, 1 or more
    /// @param room where [ReceivedText#ROOM] bytes may be written, which [#addresses()] may name
    /// @param texts whether the text form is one
    /// @return [#NONE], [#PART], [#WHOLE] or [#WRONG]
    int read(long at, int available, long room, boolean texts) {
        length = 0;
        addresses = 0;
        if (ProxyBytes.begins(at, available, ProxyBytes.SIGNATURE)) {
            version = 2;
            return available < ProxyBytes.FIXED ? PART : readBinary(at, available);
        }
        if (!texts || !ProxyBytes.begins(at, available, ProxyBytes.TEXT)) {
            return NONE;
        }
        version = 1;
        int kind = available < ProxyBytes.TEXT.length ? PART : text.read(at, available, room);
        if (kind == WHOLE) {
            length = text.length();
            ipv6 = text.isIpv6();
            addresses = text.hasAddresses() ? room : 0;
        }
        return kind;
    }

    private int readBinary(long at, int available) {
        int command = Memory.getUnsignedByte(at + ProxyBytes.SIGNATURE.length);
        int family = Memory.getUnsignedByte(at + FAMILY);
        int block = Memory.getNetworkShort(at + BLOCK_LENGTH);
        length = ProxyBytes.FIXED + block;
        if (command == ProxyBytes.LOCAL) {
            return available < length ? PART : WHOLE;
        }
        int kind = family >> 4;
        if (command != ProxyBytes.PROXY || kind > UNIX || (family & 0xF) > ProxyBytes.DATAGRAM) {
            return WRONG;
        }
        int least = kind == 0 ? 0 : kind == 1 ? 12 : kind == 2 ? 36 : UNIX_LENGTH;
        if (block < least) {
            return WRONG;
        }
        if (available < length) {
            return PART;
        }
        if (kind == 1 || kind == 2) {
            ipv6 = kind == 2;
            addresses = (family & 0xF) == 0 ? 0 : at + ProxyBytes.FIXED;
        }
        return areTlvs(at, at + ProxyBytes.FIXED + least, at + length) ? WHOLE : WRONG;
    }

    private static boolean areTlvs(long header, long from, long end) {
        long at = from;
        while (at < end) {
            if (end - at < ProxyTlvs.FRONT) {
                return false;
            }
            int value = Memory.getNetworkShort(at + 1);
            long next = at + ProxyTlvs.FRONT + value;
            if (next > end) {
                return false;
            }
            if (Memory.getUnsignedByte(at) == ProxyTlv.CRC32C.type()
                    && (value != Integer.BYTES || !isRight(header, at + ProxyTlvs.FRONT, end))) {
                return false;
            }
            at = next;
        }
        return true;
    }

    /// The checksum's own bytes count as zeros.
    private static boolean isRight(long header, long sum, long end) {
        int register = Crc32c.add(Crc32c.START, header, (int) (sum - header));
        for (int i = 0; i < Integer.BYTES; i++) {
            register = Crc32c.add(register, 0);
        }
        long rest = sum + Integer.BYTES;
        register = Crc32c.add(register, rest, (int) (end - rest));
        return Crc32c.end(register) == Memory.getNetworkInt(sum);
    }

    /// Its form, as far as it was read.
    ///
    /// @return 1 or 2
    int version() {
        return version;
    }

    /// Bytes of all of it, of one of which the end is known.
    ///
    /// @return 0 if the end is not known
    int length() {
        return length;
    }

    /// How many bytes tell its form from all else.
    int leastLength() {
        return version == 1 ? ProxyBytes.TEXT.length : ProxyBytes.SIGNATURE.length;
    }

    /// Whether its addresses are of IPv6.
    boolean isIpv6() {
        return ipv6;
    }

    /// Where the addresses of a whole header lie, and behind them the ports.
    ///
    /// @return 0 if it has none: the ends of the connection count
    long addresses() {
        return addresses;
    }
}
