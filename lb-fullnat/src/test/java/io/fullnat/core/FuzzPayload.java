// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// What segments and datagrams of [SessionsFuzz] carry: what services look for in them, whole, in
/// part and changed, and other things.
final class FuzzPayload {
    /// The first byte of a stream's bytes: what they are.
    static final int TEXT = 1;

    static final int HEADER = 2;
    static final int PIECE = 3;
    static final int OTHER = 7;

    /// The first byte of a datagram.
    static final int SHORT = 0;

    static final int LONG = 1;
    static final int DPVS = 2;
    static final int DATAGRAM_HEADER = 4;

    private static final byte[] LINE =
            "PROXY TCP4 203.0.113.9 198.51.100.8 1234 80\r\nGET /"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LINE_6 =
            "PROXY TCP6 2001:db8::9 ::1 1234 80\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String SIGNATURE = "0D0A0D0A000D0A515549540A";
    private static final String ADDRESSES = "CB007109C633640804D20050";
    private static final byte[] V2 = hex(SIGNATURE + "2111000C" + ADDRESSES + "61");
    private static final byte[] V2_TLV =
            hex(SIGNATURE + "21110013" + ADDRESSES + "050004ABCDEF01" + "61");
    private static final byte[] V2_UDP = hex(SIGNATURE + "2112000C" + ADDRESSES + "61");
    private static final byte[] V2_LOCAL = hex(SIGNATURE + "20000000" + "61");

    /// What is behind a connection id.
    private static final int REST = 24;

    private final FuzzBytes bytes;

    /// Of a header of which pieces were taken.
    private byte[] rest = {};

    FuzzPayload(FuzzBytes bytes) {
        this.bytes = bytes;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /// Bytes of a stream.
    byte[] stream() {
        return switch (bytes.next() & 7) {
            case 0 -> new byte[] {'x'};
            case TEXT -> bytes.of(LINE, LINE_6);
            case HEADER -> bytes.of(V2, V2_TLV, V2_LOCAL, V2_UDP);
            case PIECE -> piece();
            case 4 -> changed(bytes.of(LINE, LINE_6, V2, V2_TLV));
            case 5 -> FuzzFrames.payload(bytes);
            case 6 -> bytes.next(bytes.next());
            default -> new byte[bytes.next() % 8];
        };
    }

    /// A datagram of a service.
    byte[] datagram(FuzzService.One one) {
        return switch (bytes.next() & 7) {
            case SHORT -> packet(new byte[] {0x40}, id());
            case LONG -> {
                byte[] id = id();
                byte[] head = hex(bytes.of("c000000001", "e000000001", "f06b3343cf", "c000000000"));
                byte[] whole = Arrays.copyOf(head, head.length + 1);
                whole[head.length] = (byte) id.length;
                yield packet(whole, id);
            }
            case DPVS -> packet(new byte[] {0x40}, changed(dpvs(one)));
            case DATAGRAM_HEADER -> bytes.of(V2_UDP, V2, V2_LOCAL, V2_TLV);
            case 5 -> part(bytes.of(V2_UDP, V2_TLV));
            case 6 -> FuzzFrames.payload(bytes);
            case OTHER -> bytes.next(bytes.next());
            default -> changed(bytes.of(V2_UDP, V2, V2_LOCAL));
        };
    }

    /// The id of the first or the second server, of one that is not there, or encrypted.
    private byte[] id() {
        int which = bytes.next();
        byte[] id = hex(which < 0xC0 ? "2aab0000000000" : "4a0000000000000000");
        id[2] = (byte) (which < 0xC0 ? which % 3 : which);
        id[id.length - 1] = (byte) bytes.next();
        return id;
    }

    /// The last byte of a server's address, and its port.
    private byte[] dpvs(FuzzService.One one) {
        int port = one.port() + (bytes.next() & 1) * FuzzService.SECOND_SERVER;
        return hex("a51%s%04x123456789".formatted(one.server6() ? "11" : "0b", port));
    }

    private static byte[] packet(byte[] head, byte[] id) {
        byte[] packet = Arrays.copyOf(head, head.length + id.length + REST);
        System.arraycopy(id, 0, packet, head.length, id.length);
        return packet;
    }

    /// The next bytes of a header, so that one may come in several segments.
    private byte[] piece() {
        if (rest.length == 0) {
            rest = bytes.of(LINE, LINE_6, V2, V2_TLV);
        }
        int length = Math.min(rest.length, 1 + bytes.next());
        byte[] piece = Arrays.copyOf(rest, length);
        rest = Arrays.copyOfRange(rest, length, rest.length);
        return piece;
    }

    private byte[] part(byte[] whole) {
        int from = bytes.next() % whole.length;
        return Arrays.copyOfRange(whole, from, Math.min(whole.length, from + 1 + bytes.next()));
    }

    private byte[] changed(byte[] right) {
        byte[] changed = right.clone();
        for (int changes = bytes.next() & 3; changes > 0; changes--) {
            changed[bytes.next() % changed.length] = (byte) bytes.next();
        }
        return changed;
    }
}
