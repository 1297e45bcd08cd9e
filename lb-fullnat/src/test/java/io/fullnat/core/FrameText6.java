// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// What a line of [FrameText] says of an IPv6 header, made by the textbook (RFC 8200 §3, §4). The
/// words are explained at the head of the fixture page `forwarding/ipv6.txt`.
final class FrameText6 {
    private static final int HEADER = 40;
    private static final String MAPPED = "::ffff:";

    /// Hop-by-hop options, routing, fragment, destination options.
    private static final Set<Integer> OPTIONS_AND_ROUTES = Set.of(0, 43, 44, 60);

    /// An extension header: its number, and all of it but the first byte, as hexadecimal digits.
    private record Extension(int number, String rest) {
        int length() {
            return 1 + rest.length() / 2;
        }
    }

    private final List<Extension> extensions = new ArrayList<>();
    private int label;
    private int claimed = -1;

    /// Takes a word of a line.
    ///
    /// @return false if it says nothing of IPv6
    boolean option(String name, String value) {
        switch (name) {
            case "label" -> label = Integer.decode(value);
            case "payload-length" -> claimed = Integer.parseInt(value);
            case "ext" -> {
                int colon = value.indexOf(':');
                extensions.add(
                        new Extension(
                                Integer.parseInt(value.substring(0, colon)),
                                value.substring(colon + 1)));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /// Puts the headers in front of a packet's content.
    ///
    /// @param ends source and destination, 16 bytes each
    byte[] packet(
            int firstByte, int trafficClass, int hopLimit, int protocol, byte[] ends, byte[] all) {
        int chain = extensions.stream().mapToInt(Extension::length).sum();
        ByteBuffer ip = ByteBuffer.allocate(HEADER + chain + all.length);
        int next = extensions.isEmpty() ? protocol : extensions.getFirst().number;
        ip.putInt(6 << 28 | trafficClass << 20 | label)
                .putShort((short) (claimed < 0 ? chain + all.length : claimed))
                .put((byte) next)
                .put((byte) hopLimit)
                .put(ends);
        for (int i = 0; i < extensions.size(); i++) {
            boolean last = i + 1 == extensions.size();
            ip.put((byte) (last ? protocol : extensions.get(i + 1).number))
                    .put(HexFormat.of().parseHex(extensions.get(i).rest));
        }
        ip.put(all);
        if (firstByte >= 0) {
            ip.put(0, (byte) firstByte);
        }
        return ip.array();
    }

    /// Where the transport header is in a frame with a right chain of extension headers.
    ///
    /// @param at where the IPv6 header is
    static int transport(byte[] frame, int at) {
        int next = frame[at + 6];
        int transport = at + HEADER;
        while (OPTIONS_AND_ROUTES.contains(next)) {
            next = frame[transport];
            transport += 8 + 8 * frame[transport + 1];
        }
        return transport;
    }

    /// The bytes of a literal address.
    static byte[] address(String text) {
        if (text.startsWith(MAPPED)) {
            byte[] ipv4 = address(text.substring(MAPPED.length()));
            return ByteBuffer.allocate(16).putShort(10, (short) -1).put(12, ipv4).array();
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
