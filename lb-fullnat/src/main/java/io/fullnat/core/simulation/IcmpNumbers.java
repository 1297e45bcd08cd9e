// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;

/// The messages that a host knows, as each family numbers them; their layout is the same.
enum IcmpNumbers {
    /// RFC 792; at least 8 bytes behind the IP header are quoted.
    V4(
            Icmp.TYPE_ECHO_REQUEST,
            Icmp.TYPE_ECHO_REPLY,
            Icmp.TYPE_DESTINATION_UNREACHABLE,
            Icmp.CODE_PORT_UNREACHABLE) {
        @Override
        int quotedBytes(int headerLength) {
            return headerLength + 8;
        }

        @Override
        boolean isError(int type) {
            return Icmp.isError(type);
        }

        @Override
        boolean isPacketTooBig(int type, int code) {
            return type == Icmp.TYPE_DESTINATION_UNREACHABLE
                    && code == Icmp.CODE_FRAGMENTATION_NEEDED;
        }

        @Override
        int nextHopMtu(long icmp) {
            return Icmp.nextHopMtu(icmp);
        }
    },

    /// RFC 4443; errors quote as much as every link takes.
    V6(
            Icmpv6.TYPE_ECHO_REQUEST,
            Icmpv6.TYPE_ECHO_REPLY,
            Icmpv6.TYPE_DESTINATION_UNREACHABLE,
            Icmpv6.CODE_PORT_UNREACHABLE) {
        @Override
        int quotedBytes(int headerLength) {
            return Ipv6.MIN_MTU - Ipv6.HEADER_LENGTH - Icmpv6.HEADER_LENGTH;
        }

        @Override
        boolean isError(int type) {
            return Icmpv6.isError(type);
        }

        @Override
        boolean isPacketTooBig(int type, int code) {
            return type == Icmpv6.TYPE_PACKET_TOO_BIG;
        }

        @Override
        int nextHopMtu(long icmp) {
            return (int) Math.min(Icmpv6.mtu(icmp), Integer.MAX_VALUE);
        }
    };

    final int echoRequest;
    final int echoReply;
    final int unreachable;
    final int portUnreachable;

    IcmpNumbers(int echoRequest, int echoReply, int unreachable, int portUnreachable) {
        this.echoRequest = echoRequest;
        this.echoReply = echoReply;
        this.unreachable = unreachable;
        this.portUnreachable = portUnreachable;
    }

    /// How much of a packet an error quotes, if there is as much.
    ///
    /// @param headerLength of its IP header
    abstract int quotedBytes(int headerLength);

    /// Whether a message is about a packet.
    abstract boolean isError(int type);

    /// Whether a message says that a packet was too large for a link.
    abstract boolean isPacketTooBig(int type, int code);

    /// What such a message says that the link takes.
    abstract int nextHopMtu(long icmp);

    static IcmpNumbers of(IpAddress address) {
        return address instanceof Ipv6Address ? V6 : V4;
    }
}
