// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// A packet of the fixture page as bytes. Knows nothing of the code under test: headers and
/// checksums are written here once more.
///
/// ```
///   4 tos=0xb8 ttl=64 id=7 df mf off=0 options=HEX total=N | 6 tc= label= hl= nh=N headers=HEX frag=OFFSET/MORE/ID len=N
///   udp N | tcp N | icmp TYPE/CODE rest=N  – N bytes of payload    from=router sum=none|bad
///   { N packet } – what an error quotes, N bytes of it    zeros=N tail=HEX – behind it
/// ```
///
/// Of one connection the client's side is IPv6, the server's IPv4; whether a packet goes to the
/// server or to the client is the page's to say, and what it quotes went the other way.
final class FamilyPacket {
    /// Addresses and ports of a connection.
    record Ends(int clientPort, int servicePort, int localPort, int serverPort) {
        static final String CLIENT = "2001:db8:7::9";
        static final String SERVICE = "2001:db8::80";
        static final String LOCAL = "10.0.1.100";
        static final String SERVER = "10.0.1.11";

        static final Ends TRANSLATED = new Ends(40_000, 80, 2000, 8080);
    }

    private static final HexFormat HEX = HexFormat.of();

    private final Ends ends;
    private final Deque<String> words;
    private final boolean toServer;

    private boolean ipv6;
    private int trafficClass;
    private int label;
    private int hops = 64;
    private int identification;
    private int flags;
    private byte[] options = {};
    private int nextHeader = -1;
    private byte[] fragment = {};
    private int claimed = -1;
    private int protocol;
    private int payload;
    private int typeAndCode;
    private int rest;
    private byte[] quoted = {};
    private @Nullable String source;
    private String sum = "right";

    private FamilyPacket(Ends ends, Deque<String> words, boolean toServer) {
        this.ends = ends;
        this.words = words;
        this.toServer = toServer;
    }

    /// The bytes of a packet.
    static byte[] bytes(String text, boolean toServer, Ends ends) {
        Deque<String> words = new ArrayDeque<>(Arrays.asList(text.strip().split(" +")));
        byte[] bytes = new FamilyPacket(ends, words, toServer).read();
        if (!words.isEmpty()) {
            throw new IllegalArgumentException(words + " is left of " + text);
        }
        return bytes;
    }

    private byte[] read() {
        ipv6 = words.pop().equals("6");
        while (!words.isEmpty() && !words.peek().equals("}")) {
            word(words.pop());
        }
        return packet();
    }

    private void word(String word) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        String value = word.substring(equals + 1);
        switch (name) {
            case "tos", "tc" -> trafficClass = Integer.decode(value);
            case "label" -> label = Integer.decode(value);
            case "ttl", "hl" -> hops = Integer.parseInt(value);
            case "id" -> identification = Integer.parseInt(value);
            case "df" -> flags |= 0x4000;
            case "mf" -> flags |= 0x2000;
            case "off" -> flags |= Integer.parseInt(value) / 8;
            case "options", "headers" -> options = HEX.parseHex(value);
            case "nh" -> nextHeader = Integer.parseInt(value);
            case "frag" -> {
                String[] parts = value.split("/", -1);
                int offset = Integer.parseInt(parts[0]) | Integer.parseInt(parts[1]);
                fragment =
                        ByteBuffer.allocate(8)
                                .putInt(offset)
                                .putInt((int) (long) Long.decode(parts[2]))
                                .array();
            }
            case "total", "len" -> claimed = Integer.parseInt(value);
            case "udp" -> transport(17);
            case "tcp" -> transport(6);
            case "icmp" -> {
                protocol = ipv6 ? 58 : 1;
                String[] parts = words.pop().split("/", -1);
                typeAndCode = Integer.parseInt(parts[0]) << 8 | Integer.parseInt(parts[1]);
            }
            case "rest" -> rest = (int) Long.decode(value).longValue();
            case "bytes" -> payload = Integer.parseInt(value);
            case "from" -> source = ipv6 ? "2001:db8:ff::1" : "192.0.2.1";
            case "sum" -> sum = value;
            case "{" -> quote();
            case "zeros" -> append(new byte[Integer.parseInt(value)]);
            case "tail" -> append(HEX.parseHex(value));
            default -> throw new IllegalArgumentException(word + " says nothing of a packet");
        }
    }

    private void transport(int number) {
        protocol = number;
        payload = Integer.parseInt(words.pop());
    }

    private void quote() {
        String first = words.peek();
        int most = Integer.MAX_VALUE;
        if (first != null && !first.equals("4") && !first.equals("6")) {
            most = Integer.parseInt(words.pop());
        }
        byte[] all = new FamilyPacket(ends, words, !toServer).read();
        words.pop(); // the closing brace
        append(Arrays.copyOf(all, Math.min(most, all.length)));
    }

    private void append(byte[] more) {
        int before = quoted.length;
        quoted = Arrays.copyOf(quoted, before + more.length);
        System.arraycopy(more, 0, quoted, before, more.length);
    }

    private byte[] packet() {
        byte[] from = address(true);
        byte[] to = address(false);
        byte[] content = content(from, to);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                ipv6 ? header6(from, to, content.length) : header4(from, to, content.length));
        out.writeBytes(content);
        return out.toByteArray();
    }

    private byte[] header4(byte[] from, byte[] to, int content) {
        int length = 20 + options.length;
        ByteBuffer header =
                ByteBuffer.allocate(length)
                        .put((byte) (0x40 | length / 4))
                        .put((byte) trafficClass)
                        .putShort((short) (claimed < 0 ? length + content : claimed))
                        .putShort((short) identification)
                        .putShort((short) flags)
                        .put((byte) hops)
                        .put((byte) protocol)
                        .putShort((short) 0)
                        .put(from)
                        .put(to)
                        .put(options);
        return header.putShort(10, (short) ~sum(header.array(), 0)).array();
    }

    /// Extension headers are written as they stand on the page but for the last one's next header,
    /// which is that of the packet: a 0 in its first octet.
    private byte[] header6(byte[] from, byte[] to, int content) {
        int between = options.length + fragment.length;
        int behind = fragment.length > 0 ? 44 : protocol;
        ByteBuffer header =
                ByteBuffer.allocate(40 + between)
                        .putInt(6 << 28 | trafficClass << 20 | label)
                        .putShort((short) (claimed < 0 ? between + content : claimed))
                        .put((byte) (nextHeader < 0 ? behind : nextHeader))
                        .put((byte) hops)
                        .put(from)
                        .put(to)
                        .put(options);
        if (options.length > 0) {
            header.put(40 + lastHeader(), (byte) behind);
        }
        if (fragment.length > 0) {
            fragment[0] = (byte) protocol;
        }
        return header.put(fragment).array();
    }

    private int lastHeader() {
        int at = 0;
        for (int next = at; next < options.length; next += 8 + 8 * (options[next + 1] & 0xFF)) {
            at = next;
        }
        return at;
    }

    private byte[] content(byte[] from, byte[] to) {
        int header = protocol == 6 ? 20 : 8;
        int length = header + (quoted.length > 0 ? quoted.length : payload);
        ByteBuffer all = ByteBuffer.allocate(length);
        if (protocol == 1 || protocol == 58) {
            all.putShort((short) typeAndCode).putShort((short) 0).putInt(rest);
        } else {
            all.putShort((short) port(true)).putShort((short) port(false));
            if (protocol == 6) {
                all.putInt(1_000_000).putInt(2_000_000).putInt(0x5018_0400).putInt(0);
            } else {
                all.putInt(length << 16);
            }
        }
        all.put(quoted);
        for (int i = 0; all.hasRemaining(); i++) {
            all.put((byte) (i * 31 + (i >> 8)));
        }
        int at = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
        all.putShort(at, (short) checksum(all.array(), from, to));
        return all.array();
    }

    private int checksum(byte[] content, byte[] from, byte[] to) {
        if (sum.equals("none")) {
            return 0;
        }
        int begin = 0;
        if (protocol != 1) {
            begin = sum(to, sum(from, protocol)) + content.length;
        }
        int checksum = ~sum(content, begin) & 0xFFFF;
        if (sum.equals("bad")) {
            checksum += 0x0100;
            checksum = (checksum & 0xFFFF) + (checksum >>> 16);
        }
        return protocol == 17 && checksum == 0 ? 0xFFFF : checksum;
    }

    private static int sum(byte[] bytes, int begin) {
        int sum = begin;
        for (int i = 0; i < bytes.length; i++) {
            sum += i % 2 == 0 ? (bytes[i] & 0xFF) << 8 : bytes[i] & 0xFF;
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private byte[] address(boolean ofSender) {
        if (ofSender && source != null) {
            return numbers(source);
        }
        boolean far = toServer == ofSender; // the client, or the local address in its place
        if (ipv6) {
            return numbers(far ? Ends.CLIENT : Ends.SERVICE);
        }
        return numbers(far ? Ends.LOCAL : Ends.SERVER);
    }

    private int port(boolean ofSender) {
        boolean far = toServer == ofSender;
        if (ipv6) {
            return far ? ends.clientPort() : ends.servicePort();
        }
        return far ? ends.localPort() : ends.serverPort();
    }

    static byte[] numbers(String address) {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException wrong) {
            throw new IllegalArgumentException(address, wrong);
        }
    }
}
