// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A frame from one line of text, made without any code of the balancer: its own layout of headers,
/// its own checksums, by the textbook. How lines are written is at the head of the fixture page
/// `forwarding/connections.txt`.
final class FrameText {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int ARP = 0x0806;
    private static final int VLAN = 0x8100;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int DONT_FRAGMENT = 0x4000;

    private static final Map<String, String> ADDRESSES =
            Map.ofEntries(
                    Map.entry("client", "198.51.100.7"),
                    Map.entry("gateway", "192.0.2.254"),
                    Map.entry("wan", "192.0.2.1"),
                    Map.entry("vip", "192.0.2.80"),
                    Map.entry("lan", "10.0.1.1"),
                    Map.entry("local", "10.0.1.100"),
                    Map.entry("server", "10.0.1.11"),
                    Map.entry("client6", Rig6.CLIENT),
                    Map.entry("gateway6", Rig6.GATEWAY),
                    Map.entry("wan6", Rig6.WAN),
                    Map.entry("vip6", Rig6.VIP),
                    Map.entry("lan6", Rig6.LAN),
                    Map.entry("local6", Rig6.LOCAL),
                    Map.entry("server6", Rig6.SERVER));

    private static final Map<String, String> MACS =
            Map.of(
                    "gateway", "02:00:00:00:00:c1",
                    "wan", "02:00:00:00:00:01",
                    "lan", "02:00:00:00:00:02",
                    "server", "02:00:00:00:00:51",
                    "other", "02:00:00:00:00:99",
                    "all", "ff:ff:ff:ff:ff:ff",
                    "group", "01:00:5e:00:00:01",
                    "none", "00:00:00:00:00:00");

    /// The letters of TCP's flags, the lowest bit first.
    private static final String FLAGS = "FSRPAU";

    private final List<String> words;
    private final Map<String, Integer> ports;
    private final FrameText6 ipv6 = new FrameText6();
    private int at;

    private String from;
    private String to;
    private int type = IPV4;
    private int tag = -1;
    private int protocol = -1;
    private boolean bare;
    private byte[] source = {};
    private byte[] destination = {};
    private int timeToLive = 64;
    private int typeOfService;
    private int identification;
    private int fragment;
    private byte[] options = {};
    private byte[] transport = {};
    private byte[] payload = {};
    private int partFrom;
    private int partTo = -1;
    private int claimedLength = -1;
    private int firstByte = -1;
    private boolean ipSumDamaged;
    private String sum = "good";
    private int flags = 16;
    private int sequence;
    private int acknowledgement;
    private int window = 65_535;
    private byte[] tcpOptions = {};
    private int udpLength = -1;
    private int dataOffset = -1;
    private int length = -1;
    private int least;

    private FrameText(List<String> words, String from, String to, Map<String, Integer> ports) {
        this.words = words;
        this.from = from;
        this.to = to;
        this.ports = ports;
    }

    /// Makes a frame.
    ///
    /// @param text its line
    /// @param from who sends it, unless it says so
    /// @param to for whom, unless it says so
    /// @param ports the numbers of ports that have names
    /// @return its bytes
    static byte[] frame(String text, String from, String to, Map<String, Integer> ports) {
        FrameText frame = new FrameText(words(text), from, to, ports);
        frame.read();
        return frame.bytes();
    }

    /// Splits at spaces, but not inside of quotation marks or braces.
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            }
            depth += quoted ? 0 : c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c != ' ' || quoted || depth > 0) {
                word.append(c);
            } else if (!word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
        }
        if (quoted || depth != 0) {
            throw new IllegalArgumentException("a quotation has no end: " + text);
        }
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private String next() {
        return words.get(at++);
    }

    private void read() {
        String kind = next();
        switch (kind) {
            case "udp" -> ends(17, true);
            case "tcp" -> {
                ends(6, true);
                flags = flags(next());
            }
            case "icmp" -> {
                ends(1, false);
                icmp(next(), 0);
            }
            case "ping", "pong" -> {
                ends(1, false);
                boolean asks = kind.equals("ping");
                icmp(isIpv6() ? asks ? "128/0" : "129/0" : asks ? "8/0" : "0/0", 0x0007_0001);
            }
            case "ip" -> {
                ends(Integer.parseInt(next()), false);
                bare = true;
            }
            case "arp" -> arp();
            case "ether" -> type = Integer.decode(next());
            default -> throw new IllegalArgumentException(kind + " is no kind of frame");
        }
        while (at < words.size()) {
            option(next());
        }
    }

    private void ends(int number, boolean withPorts) {
        protocol = number;
        String sender = next();
        String arrow = next();
        String receiver = next();
        if (!arrow.equals(">")) {
            throw new IllegalArgumentException("> instead of " + arrow);
        }
        ByteBuffer both = ByteBuffer.allocate(4);
        source = address(end(sender, withPorts, both));
        destination = address(end(receiver, withPorts, both));
        if (withPorts) {
            transport = both.array();
        }
        if (isIpv6()) {
            type = IPV6;
            protocol = number == ICMP ? ICMPV6 : number;
        }
    }

    private boolean isIpv6() {
        return source.length == 16;
    }

    private String end(String word, boolean withPort, ByteBuffer both) {
        if (!withPort) {
            return word;
        }
        int colon = word.lastIndexOf(':');
        String port = word.substring(colon + 1);
        Integer number =
                Character.isDigit(port.charAt(0)) ? Integer.valueOf(port) : ports.get(port);
        if (number == null) {
            throw new IllegalArgumentException("no port is called " + port + " yet");
        }
        both.putShort(number.shortValue());
        return word.substring(0, colon);
    }

    private static int flags(String letters) {
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            int bit = FLAGS.indexOf(letters.charAt(i));
            flags |= bit < 0 ? 0 : 1 << bit;
        }
        return flags;
    }

    private void icmp(String typeAndCode, int rest) {
        String[] parts = typeAndCode.split("/", -1);
        transport =
                ByteBuffer.allocate(8)
                        .put((byte) Integer.parseInt(parts[0]))
                        .put((byte) Integer.parseInt(parts[1]))
                        .putShort((short) 0)
                        .putInt(rest)
                        .array();
    }

    /// `who-has A tell B`, `A is-at MAC for B`: the sender's MAC address is the frame's, the
    /// answer's receiver too.
    private void arp() {
        type = ARP;
        String word = next();
        boolean asks = word.equals("who-has");
        String first = asks ? next() : word;
        next(); // tell, is-at
        String second = next();
        String sender = asks ? second : first;
        String senderMac = asks ? from : second;
        String target = first;
        String targetMac = "none";
        if (!asks) {
            next(); // for
            target = next();
            targetMac = to;
        }
        payload =
                ByteBuffer.allocate(28)
                        .putShort((short) 1)
                        .putShort((short) IPV4)
                        .put((byte) 6)
                        .put((byte) 4)
                        .putShort((short) (asks ? 1 : 2))
                        .put(mac(senderMac))
                        .put(address(sender))
                        .put(mac(targetMac))
                        .put(address(target))
                        .array();
        if (asks && !words.contains("unicast")) {
            to = "all";
        }
    }

    private void option(String word) {
        if (word.startsWith("\"")) {
            payload = word.substring(1, word.length() - 1).getBytes(StandardCharsets.UTF_8);
            return;
        }
        if (word.startsWith("{")) {
            payload = quotation(word.substring(1, word.length() - 1).strip());
            return;
        }
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        String value = word.substring(equals + 1);
        switch (name) {
            case "from" -> from = value;
            case "to" -> to = value;
            case "vlan" -> tag = Integer.parseInt(value);
            case "type" -> type = Integer.decode(value);
            case "ttl" -> timeToLive = Integer.parseInt(value);
            case "tos" -> typeOfService = Integer.decode(value);
            case "id" -> identification = Integer.parseInt(value);
            case "df" -> fragment |= DONT_FRAGMENT;
            case "mf" -> fragment |= MORE_FRAGMENTS;
            case "offset" -> fragment |= Integer.parseInt(value) / 8;
            case "part" -> {
                int dash = value.indexOf('-');
                partFrom = Integer.parseInt(value.substring(0, dash));
                partTo = Integer.parseInt(value.substring(dash + 1));
            }
            case "options" -> options = HexFormat.of().parseHex(value);
            case "total" -> claimedLength = Integer.parseInt(value);
            case "first" -> firstByte = Integer.decode(value);
            case "ip-sum" -> ipSumDamaged = value.equals("bad");
            case "sum" -> sum = value;
            case "seq" -> sequence = Integer.parseUnsignedInt(value);
            case "ack" -> acknowledgement = Integer.parseUnsignedInt(value);
            case "win" -> window = Integer.parseInt(value);
            case "tcp-options" -> tcpOptions = HexFormat.of().parseHex(value);
            case "udp-length" -> udpLength = Integer.parseInt(value);
            case "data-offset" -> dataOffset = Integer.parseInt(value);
            case "rest" -> ByteBuffer.wrap(transport).putInt(4, Integer.decode(value));
            case "bytes" -> payload = pattern(Integer.parseInt(value));
            case "hex" -> payload = HexFormat.of().parseHex(value);
            case "cut" -> length = Integer.parseInt(value);
            case "padded" -> least = equals < 0 ? 60 : Integer.parseInt(value);
            case "unicast" -> {}
            default -> {
                if (!ipv6.option(name, value)) {
                    throw new IllegalArgumentException(word + " says nothing of a frame");
                }
            }
        }
    }

    /// As many bytes of an IP packet as the number at the beginning says, or all.
    private byte[] quotation(String text) {
        boolean counted = Character.isDigit(text.charAt(0));
        int space = text.indexOf(' ');
        String packet = counted ? text.substring(space + 1) : text;
        byte[] frame = frame(packet, from, to, ports);
        int all = frame.length - 14;
        int taken = counted ? Math.min(all, Integer.parseInt(text.substring(0, space))) : all;
        return ByteBuffer.allocate(taken).put(frame, 14, taken).array();
    }

    private static byte[] pattern(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }

    private byte[] bytes() {
        byte[] packet = protocol < 0 ? payload : packet();
        ByteBuffer frame = ByteBuffer.allocate(18 + packet.length);
        frame.put(mac(to)).put(mac(from));
        if (tag >= 0) {
            frame.putShort((short) VLAN).putShort((short) tag);
        }
        frame.putShort((short) type).put(packet).flip();
        int size = length >= 0 ? Math.min(length, frame.limit()) : Math.max(least, frame.limit());
        byte[] bytes = new byte[size];
        frame.get(bytes, 0, Math.min(size, frame.limit()));
        return bytes;
    }

    private byte[] packet() {
        byte[] content = content();
        int end = partTo < 0 ? content.length : Math.min(partTo, content.length);
        int carried = end - partFrom;
        if (isIpv6()) {
            byte[] ends = ByteBuffer.allocate(32).put(source).put(destination).array();
            byte[] all = Arrays.copyOfRange(content, partFrom, end);
            return ipv6.packet(firstByte, typeOfService, timeToLive, protocol, ends, all);
        }
        int header = 20 + options.length;
        ByteBuffer ip = ByteBuffer.allocate(header + carried);
        int fragmentWord = fragment | partFrom / 8 | (end < content.length ? MORE_FRAGMENTS : 0);
        ip.put((byte) (firstByte < 0 ? 0x40 | header / 4 : firstByte))
                .put((byte) typeOfService)
                .putShort((short) (claimedLength < 0 ? header + carried : claimedLength))
                .putShort((short) identification)
                .putShort((short) fragmentWord)
                .put((byte) timeToLive)
                .put((byte) protocol)
                .putShort((short) 0)
                .put(source)
                .put(destination)
                .put(options)
                .put(content, partFrom, carried);
        int checksum = ~sum(ip.array(), 0, header, 0) & 0xFFFF;
        ip.putShort(10, (short) (ipSumDamaged ? damaged(checksum) : checksum));
        return ip.array();
    }

    /// What the IP header is put in front of, with its checksum.
    private byte[] content() {
        if (bare) {
            return payload;
        }
        ByteBuffer all = ByteBuffer.allocate(transportLength() + payload.length);
        all.put(transport);
        int sumAt = -1;
        switch (protocol) {
            case ICMP, ICMPV6 -> sumAt = 2;
            case 6 -> {
                int words = dataOffset < 0 ? transportLength() / 4 : dataOffset;
                all.putInt(sequence)
                        .putInt(acknowledgement)
                        .put((byte) (words << 4))
                        .put((byte) flags)
                        .putShort((short) window)
                        .putInt(0)
                        .put(tcpOptions);
                sumAt = 16;
            }
            case 17 -> {
                all.putShort((short) (udpLength < 0 ? all.capacity() : udpLength))
                        .putShort((short) 0);
                sumAt = 6;
            }
            default -> {}
        }
        all.put(payload);
        if (sumAt >= 0 && !sum.equals("none")) {
            all.putShort(sumAt, (short) checksum(all.array()));
        }
        return all.array();
    }

    private int transportLength() {
        return switch (protocol) {
            case ICMP, ICMPV6, 17 -> 8;
            case 6 -> 20 + tcpOptions.length;
            default -> transport.length;
        };
    }

    private int checksum(byte[] content) {
        int begin = 0;
        if (protocol != ICMP) { // RFC 768, RFC 9293 §3.1, RFC 8200 §8.1: with a pseudo header
            begin = sum(source, 0, source.length, begin);
            begin = sum(destination, 0, destination.length, begin);
            begin += protocol + content.length;
        }
        int checksum = ~sum(content, 0, content.length, begin) & 0xFFFF;
        if (protocol == 17 && checksum == 0) {
            checksum = 0xFFFF;
        }
        return sum.equals("bad") ? damaged(checksum) : checksum;
    }

    /// Wrong by a certain difference, which stays the same when both the right checksum and this
    /// one are corrected (RFC 1624).
    private static int damaged(int checksum) {
        int more = checksum + 0x0100;
        return (more & 0xFFFF) + (more >>> 16);
    }

    /// The one's complement sum of 16-bit words, the last one filled up with zeros (RFC 1071).
    private static int sum(byte[] bytes, int first, int count, int begin) {
        int sum = begin;
        for (int i = 0; i < count; i++) {
            int octet = bytes[first + i] & 0xFF;
            sum += i % 2 == 0 ? octet << 8 : octet;
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private static byte[] address(String name) {
        String text = ADDRESSES.getOrDefault(name, name);
        if (text.contains(":")) {
            return FrameText6.address(text);
        }
        String[] parts = text.split("\\.", -1);
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte[] mac(String name) {
        String mac = name.contains(":") ? name : MACS.get(name);
        if (mac == null) {
            throw new IllegalArgumentException("no station is called " + name);
        }
        return HexFormat.ofDelimiter(":").parseHex(mac);
    }

    /// The first port of a line that has a name without a number.
    static @Nullable String unknownPort(String text, Map<String, Integer> ports) {
        for (String word : words(text)) {
            int colon = word.lastIndexOf(':');
            String port = word.substring(colon + 1);
            if (colon > 0 && port.matches("[a-z]+") && !ports.containsKey(port)) {
                return port;
            }
        }
        return null;
    }
}
