// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import io.fullnat.api.IpAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;

/// A client, a node that answers its SYN and one that gets its acknowledgement, without packets
/// around the segments.
final class CookieExchange implements AutoCloseable {
    static final CookieOffer LINUX = new CookieOffer(7, true, true);
    static final CookieSecrets SECRETS = secrets("000102030405060708090a0b0c0d0e0f");
    static final long NOW = 1_735_689_600L;

    final CookieTerms terms = new CookieTerms();
    private final Region memory = Region.allocate(4L * Region.CACHE_LINE, "segments of a test");
    private final long segment = memory.address();
    private final long answer = segment + 2L * Region.CACHE_LINE;
    IpAddress client = IpAddress.parse("198.51.100.7");
    IpAddress service = IpAddress.parse("192.0.2.80");
    int port = 40_000;
    int sequence = 0x1234_5678;

    static CookieSecrets secrets(String... digits) {
        return CookieSecrets.parse(List.of(digits));
    }

    /// The bytes of a SYN-ACK's options.
    record Answer(int cookie, int acknowledgement, int window, int timestamp, List<Byte> options) {}

    private void write(int flags, int acknowledgement, byte... options) {
        int padded = (options.length + 3) & ~3;
        Tcp.writeHeader(segment, port, 80, sequence, acknowledgement, flags, 1000);
        Memory.zero(segment + Tcp.MIN_HEADER_LENGTH, padded);
        for (int i = 0; i < options.length; i++) {
            Memory.putByte(segment + Tcp.MIN_HEADER_LENGTH + i, options[i]);
        }
        Tcp.headerLength(segment, Tcp.MIN_HEADER_LENGTH + padded);
    }

    private void between(SynCookies node) {
        node.between(client.high(), client.low(), service.high(), service.low());
    }

    Answer answer(SynCookies node, CookieOffer offer, long seconds, byte... options) {
        write(Tcp.SYN, 0, options);
        between(node);
        node.answer(segment, offer, seconds, 1_000_000);
        int length = node.write(answer, 1460);
        byte[] said = new byte[length - Tcp.MIN_HEADER_LENGTH];
        for (int i = 0; i < said.length; i++) {
            said[i] = Memory.getByte(answer + Tcp.MIN_HEADER_LENGTH + i);
        }
        return new Answer(
                Tcp.sequence(answer),
                Tcp.acknowledgement(answer),
                Tcp.window(answer),
                node.timestamp(),
                bytes(said));
    }

    boolean check(SynCookies node, CookieOffer offer, long seconds, int cookie, byte... options) {
        sequence++;
        try {
            write(Tcp.ACK, cookie + 1, options);
            between(node);
            return node.check(segment, offer, seconds, terms);
        } finally {
            sequence--;
        }
    }

    static List<Byte> bytes(byte... those) {
        List<Byte> list = new ArrayList<>();
        for (byte each : those) {
            list.add(each);
        }
        return list;
    }

    static byte[] mss(int size) {
        return new byte[] {2, 4, (byte) (size >>> 8), (byte) size};
    }

    static byte[] stamps(int value, int echo) {
        return new byte[] {
            1,
            1,
            8,
            10,
            (byte) (value >>> 24),
            (byte) (value >>> 16),
            (byte) (value >>> 8),
            (byte) value,
            (byte) (echo >>> 24),
            (byte) (echo >>> 16),
            (byte) (echo >>> 8),
            (byte) echo
        };
    }

    static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    @Override
    public void close() {
        memory.close();
    }
}
