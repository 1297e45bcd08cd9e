// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;

/// A frame in one line, as tools of the kind of tcpdump show it.
public final class FrameText {
    private static final String[] FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};

    private FrameText() {}

    /// Tells of a frame.
    ///
    /// @param bytes whatever they are
    /// @return without a line feed, no text of the packet in it
    public static String of(byte[] bytes) {
        FrameHeaders headers = new FrameHeaders(bytes);
        StringBuilder text = new StringBuilder(96);
        if (headers.vlan() >= 0) {
            text.append("vlan ").append(headers.vlan()).append(' ');
        }
        if (headers.type() == FrameHeaders.TYPE_ARP) {
            arp(headers, text);
        } else if (headers.isIp()) {
            ip(headers, text);
        } else if (headers.type() >= 0) {
            text.append(
                    "%s > %s type 0x%04x, %d bytes"
                            .formatted(
                                    mac(headers, 6),
                                    mac(headers, 0),
                                    headers.type(),
                                    bytes.length));
        } else {
            text.append("cut off or malformed, ").append(bytes.length).append(" bytes");
        }
        return text.toString();
    }

    private static MacAddress mac(FrameHeaders headers, int offset) {
        return new MacAddress(headers.mac(offset));
    }

    private static void arp(FrameHeaders headers, StringBuilder text) {
        int at = headers.network();
        IpAddress sender = new Ipv4Address(headers.word(at + 14));
        Object target = headers.target().orElseThrow();
        switch (headers.half(at + 6)) {
            case 1 -> text.append("arp who has ").append(target).append(" tell ").append(sender);
            case 2 ->
                    text.append("arp ")
                            .append(sender)
                            .append(" is at ")
                            .append(mac(headers, at + 8));
            default -> text.append("arp operation ").append(headers.half(at + 6));
        }
    }

    private static void ip(FrameHeaders headers, StringBuilder text) {
        boolean ports = headers.hasPorts();
        IpAddress source = headers.source();
        IpAddress destination = headers.destination();
        text.append(ports ? new Endpoint(source, headers.sourcePort()) : source).append(" > ");
        text.append(ports ? new Endpoint(destination, headers.destinationPort()) : destination);
        if (headers.protocol() == FrameHeaders.TCP) {
            text.append(" tcp");
            if (ports) {
                tcp(headers, text);
            }
        } else if (headers.protocol() == FrameHeaders.UDP) {
            text.append(" udp");
            if (ports) {
                text.append(" length ").append(headers.half(headers.transport() + 4) - 8);
            }
        } else if (isIcmp(headers)) {
            icmp(headers, text);
        } else {
            text.append(" protocol ").append(headers.protocol());
        }
        if (headers.isFragment()) {
            text.append(", fragment");
        }
    }

    private static boolean isIcmp(FrameHeaders headers) {
        int expected =
                headers.type() == FrameHeaders.TYPE_IPV4 ? FrameHeaders.ICMP : FrameHeaders.ICMPV6;
        return headers.protocol() == expected
                && headers.transport() >= 0
                && headers.transport() + 4 <= headers.end();
    }

    private static void icmp(FrameHeaders headers, StringBuilder text) {
        int type = headers.at(headers.transport());
        text.append(headers.protocol() == FrameHeaders.ICMP ? " icmp" : " icmp6")
                .append(" type ")
                .append(type)
                .append(" code ")
                .append(headers.at(headers.transport() + 1));
        headers.target()
                .ifPresent(target ->
                        text.append(type == 135 ? " who has " : " tells of ").append(target));
    }

    private static void tcp(FrameHeaders headers, StringBuilder text) {
        int l4 = headers.transport();
        int flags = headers.at(l4 + 13);
        for (int bit = 0; bit < FLAGS.length; bit++) {
            if ((flags >>> bit & 1) != 0) {
                text.append(' ').append(FLAGS[bit]);
            }
        }
        text.append(" seq ").append(Integer.toUnsignedString(headers.word(l4 + 4)));
        if ((flags & 0x10) != 0) {
            text.append(" ack ").append(Integer.toUnsignedString(headers.word(l4 + 8)));
        }
        int header = (headers.at(l4 + 12) >>> 4) * 4;
        text.append(" length ").append(Math.max(0, headers.end() - l4 - header));
    }
}
