// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.core.packet.Icmp;

/// The messages that a host knows, as each family numbers them; their layout is the same.
enum IcmpNumbers {
    /// RFC 792 and 1191; at least 8 bytes behind the IP header are quoted.
    V4(
            Icmp.TYPE_ECHO_REQUEST,
            Icmp.TYPE_ECHO_REPLY,
            Icmp.TYPE_DESTINATION_UNREACHABLE,
            Icmp.CODE_PORT_UNREACHABLE,
            Icmp.TYPE_DESTINATION_UNREACHABLE,
            Icmp.CODE_FRAGMENTATION_NEEDED) {
        @Override
        int quotedBytes(int headerLength) {
            return headerLength + 8;
        }

        @Override
        boolean isError(int type) {
            return Icmp.isError(type);
        }
    };

    final int echoRequest;
    final int echoReply;
    final int unreachable;
    final int portUnreachable;
    final int tooBig;
    final int tooBigCode;

    IcmpNumbers(
            int echoRequest,
            int echoReply,
            int unreachable,
            int portUnreachable,
            int tooBig,
            int tooBigCode) {
        this.echoRequest = echoRequest;
        this.echoReply = echoReply;
        this.unreachable = unreachable;
        this.portUnreachable = portUnreachable;
        this.tooBig = tooBig;
        this.tooBigCode = tooBigCode;
    }

    /// How much of a packet an error quotes, if there is as much.
    ///
    /// @param headerLength of its IP header
    abstract int quotedBytes(int headerLength);

    /// Whether a message is about a packet.
    abstract boolean isError(int type);

    static IcmpNumbers of(IpAddress address) {
        return V4;
    }
}
