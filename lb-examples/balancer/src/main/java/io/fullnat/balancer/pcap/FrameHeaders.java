// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Where the headers of a captured frame are, as far as it has them: for what tells people of
/// frames, not for what forwards them. Immutable, as long as nobody changes the bytes.
public final class FrameHeaders {
    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_IPV6 = 0x86DD;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMP = 1;
    public static final int ICMPV6 = 58;

    private static final int TYPE_VLAN = 0x8100;
    private static final int TYPE_QINQ = 0x88A8;
    private static final int ETHERNET = 14;
    private static final int MAX_EXTENSIONS = 8;
    private static final int FRAGMENT = 44;

    private final ByteBuffer frame;
    private int type = -1;
    private int vlan = -1;
    private int ip;
    private int transport = -1;
    private int end;
    private int protocol = -1;
    private boolean fragment;

    /// Finds the headers.
    ///
    /// @param bytes the frame; whatever they are
    public FrameHeaders(byte[] bytes) {
        frame = ByteBuffer.wrap(bytes);
        if (bytes.length < ETHERNET) {
            return;
        }
        int at = ETHERNET - 2;
        type = frame.getShort(at) & 0xFFFF;
        while ((type == TYPE_VLAN || type == TYPE_QINQ) && at + 6 <= bytes.length) {
            vlan = vlan < 0 ? frame.getShort(at + 2) & 0xFFF : vlan;
            at += 4;
            type = frame.getShort(at) & 0xFFFF;
        }
        ip = at + 2;
        end = bytes.length;
        if (type == TYPE_IPV4) {
            ipv4();
        } else if (type == TYPE_IPV6) {
            ipv6();
        } else if (type == TYPE_ARP && end - ip < 28) {
            type = -1;
        }
    }

    private void ipv4() {
        int header = end - ip < 20 ? 0 : (frame.get(ip) & 0xF) * 4;
        if (header < 20 || ip + header > end) {
            type = -1;
            return;
        }
        int total = frame.getShort(ip + 2) & 0xFFFF;
        end = Math.min(end, ip + Math.max(total, header));
        protocol = frame.get(ip + 9) & 0xFF;
        int offset = frame.getShort(ip + 6) & 0x3FFF;
        fragment = offset != 0;
        if ((offset & 0x1FFF) == 0) {
            transport = ip + header;
        }
    }

    private void ipv6() {
        if (end - ip < 40) {
            type = -1;
            return;
        }
        end = Math.min(end, ip + 40 + (frame.getShort(ip + 4) & 0xFFFF));
        protocol = frame.get(ip + 6) & 0xFF;
        int at = ip + 40;
        for (int i = 0; i < MAX_EXTENSIONS && isExtension(protocol) && at + 8 <= end; i++) {
            int next = frame.get(at) & 0xFF;
            if (protocol == FRAGMENT) {
                fragment = true;
                if ((frame.getShort(at + 2) & 0xFFF8) != 0) {
                    protocol = next;
                    return;
                }
                at += 8;
            } else {
                at += ((frame.get(at + 1) & 0xFF) + 1) * 8;
            }
            protocol = next;
        }
        if (at <= end && !isExtension(protocol)) {
            transport = at;
        }
    }

    private static boolean isExtension(int header) {
        return header == 0 || header == 43 || header == FRAGMENT || header == 60;
    }

    /// The type behind Ethernet and VLAN tags: one of the constants, another, or -1 if the frame
    /// ends before.
    public int type() {
        return type;
    }

    /// The outer VLAN's number, -1 if there is no tag.
    public int vlan() {
        return vlan;
    }

    /// Whether it has an IP header.
    public boolean isIp() {
        return type == TYPE_IPV4 || type == TYPE_IPV6;
    }

    /// The protocol behind IP, -1 without IP.
    public int protocol() {
        return protocol;
    }

    /// Whether it is a fragment of a packet, the first or another one.
    public boolean isFragment() {
        return fragment;
    }

    /// Where the transport header begins, -1 if it is not there.
    public int transport() {
        return transport;
    }

    /// Where the IP header begins.
    public int network() {
        return ip;
    }

    /// Where the packet ends, as the IP header says and the frame has it.
    public int end() {
        return end;
    }

    /// Whether the ports are there.
    public boolean hasPorts() {
        return (protocol == TCP || protocol == UDP) && transport >= 0 && transport + 8 <= end;
    }

    /// The source port; only if [#hasPorts()].
    public int sourcePort() {
        return frame.getShort(transport) & 0xFFFF;
    }

    /// The destination port; only if [#hasPorts()].
    public int destinationPort() {
        return frame.getShort(transport + 2) & 0xFFFF;
    }

    /// The source of an IP packet.
    public IpAddress source() {
        return type == TYPE_IPV4 ? address4(ip + 12) : address6(ip + 8);
    }

    /// The destination of an IP packet.
    public IpAddress destination() {
        return type == TYPE_IPV4 ? address4(ip + 16) : address6(ip + 24);
    }

    /// Whom ARP or neighbour discovery tells or asks about.
    ///
    /// @return empty if the frame is neither
    public Optional<IpAddress> target() {
        if (type == TYPE_ARP) {
            return Optional.of(address4(ip + 24));
        }
        boolean discovery = protocol == ICMPV6 && transport >= 0 && transport + 24 <= end;
        int kind = discovery ? frame.get(transport) & 0xFF : 0;
        return kind == 135 || kind == 136 ? Optional.of(address6(transport + 8)) : Optional.empty();
    }

    /// A byte of the frame, 0 beyond its end.
    public int at(int offset) {
        return offset < frame.limit() ? frame.get(offset) & 0xFF : 0;
    }

    /// Four bytes of the frame.
    public int word(int offset) {
        return offset + 4 <= frame.limit() ? frame.getInt(offset) : 0;
    }

    /// Two bytes of the frame.
    public int half(int offset) {
        return at(offset) << 8 | at(offset + 1);
    }

    private IpAddress address4(int offset) {
        return new Ipv4Address(frame.getInt(offset));
    }

    private IpAddress address6(int offset) {
        return new Ipv6Address(frame.getLong(offset), frame.getLong(offset + 8));
    }

    /// A MAC address of the frame, in its low 48 bits; -1 if it ends before.
    ///
    /// @param offset 0 for the destination, 6 for the source
    public long mac(int offset) {
        return offset + 6 <= frame.limit()
                ? (long) half(offset) << 32 | (word(offset + 2) & 0xFFFF_FFFFL)
                : -1;
    }
}
