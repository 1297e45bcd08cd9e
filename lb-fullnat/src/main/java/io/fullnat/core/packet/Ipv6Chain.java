// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static io.fullnat.core.packet.Ipv6.NEXT_HEADER_DESTINATION;
import static io.fullnat.core.packet.Ipv6.NEXT_HEADER_FRAGMENT;
import static io.fullnat.core.packet.Ipv6.NEXT_HEADER_HOP_BY_HOP;
import static io.fullnat.core.packet.Ipv6.NEXT_HEADER_ROUTING;

import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;

/// Walks from an IPv6 header along its extension headers (RFC 8200 §4) to the transport header.
///
/// Hop-by-hop options, routing, fragment and destination options are walked over, up to
/// [#MAX_HEADERS] of them and [#MAX_BYTES] in all; every other next header ends the chain as the
/// packet's [#protocol()], the encrypted and authenticated ones included: what they protect is not
/// to be changed. Behind the header of a later fragment there are no headers, so that one ends it
/// too.
///
/// One object a thread, used again for each packet; what it says is about the last walk. Nothing
/// outside of the packet is read, whatever the packet holds.
public final class Ipv6Chain {
    /// The headers are right, and [#transport()] is known.
    public static final int RIGHT = 0;

    /// The packet is shorter than it says, or a header reaches beyond its end.
    public static final int TRUNCATED = 1;

    /// It is no packet of IPv6.
    public static final int VERSION = 2;

    /// There are more extension headers, or more bytes of them, than anybody needs.
    public static final int TOO_MANY = 3;

    /// Hop-by-hop options do not come first, or there are two fragment or routing headers.
    public static final int MISPLACED = 4;

    /// An option reaches beyond its header, or a fragment's length or place cannot be.
    public static final int LENGTH = 5;

    /// An option that is not known says that packets with it are not to be handled (RFC 8200 §4.2).
    public static final int OPTION = 6;

    /// The packet wants to go on to other hosts (RFC 8200 §4.4; of type 0: RFC 5095).
    public static final int ROUTED = 7;

    /// In [#problemCode()]: nothing is said to the sender.
    public static final int SILENT = -1;

    /// Extension headers that a packet may have.
    static final int MAX_HEADERS = 8;

    /// Bytes of extension headers that a packet may have.
    static final int MAX_BYTES = 256;

    private static final int UNIT = 8;
    private static final int PAYLOAD_LENGTH_FIELD = 4;
    private static final int OPTION_PAD = 0;
    private static final int OPTION_ROUTER_ALERT = 5;
    private static final int OPTION_ACTION = 0xC0;
    private static final int SKIP = 0x00;
    private static final int DISCARD = 0x40;
    private static final int TELL = 0x80;
    private static final int LARGEST_PACKET = 65535;

    private long ip;
    private long end;
    private boolean quoted;
    private int protocol;
    private int protocolPointer;
    private long transport;
    private long fragment;
    private boolean routed;
    private boolean routerAlert;
    private int problemCode;
    private int problemPointer;

    /// A walker.
    public Ipv6Chain() {}

    /// Walks along the headers of a received packet.
    ///
    /// @param header address of its IPv6 header
    /// @param available bytes that may be read from there; padding behind the packet is allowed
    /// @return [#RIGHT], or why the packet is to be dropped
    public int walk(long header, int available) {
        start(header, available, false);
        if (available >= Ipv6.HEADER_LENGTH && Ipv6.totalLength(header) > available) {
            return TRUNCATED;
        }
        return walk(available);
    }

    /// Walks along the headers of a packet that an ICMPv6 error quotes, which may be cut off. It
    /// has been on its way, so options and places to visit are not looked at.
    ///
    /// @param header address of its IPv6 header
    /// @param available bytes that may be read from there
    /// @return [#RIGHT], or why its transport header is not known
    public int walkQuoted(long header, int available) {
        start(header, available, true);
        return walk(available);
    }

    private void start(long header, int available, boolean isQuoted) {
        ip = header;
        quoted = isQuoted;
        end = header + available;
        protocol = Ipv6.NEXT_HEADER_NONE;
        protocolPointer = Ipv6.NEXT_HEADER_OFFSET;
        transport = header;
        fragment = 0;
        routed = false;
        routerAlert = false;
        problemCode = SILENT;
        problemPointer = 0;
    }

    private int walk(int available) {
        if (available < Ipv6.HEADER_LENGTH) {
            return TRUNCATED;
        }
        if (Ipv6.version(ip) != 6) {
            return VERSION;
        }
        end = Math.min(end, ip + Ipv6.totalLength(ip));
        long first = ip + Ipv6.HEADER_LENGTH;
        long at = first;
        int next = Ipv6.nextHeader(ip);
        for (int headers = 0; isExtension(next) && fragmentOffset() == 0; headers++) {
            if (headers == MAX_HEADERS) {
                return TOO_MANY;
            }
            if (next == NEXT_HEADER_HOP_BY_HOP && at != first) {
                return problem(MISPLACED, Icmpv6.CODE_UNKNOWN_NEXT_HEADER, protocolPointer);
            }
            int length = length(at, next);
            if (length > end - at) {
                return isFragment()
                        ? problem(TRUNCATED, Icmpv6.CODE_INCOMPLETE_CHAIN, 0)
                        : TRUNCATED;
            }
            if (at + length - first > MAX_BYTES) {
                return TOO_MANY;
            }
            int reason = look(at, next, length);
            if (reason != RIGHT) {
                return reason;
            }
            protocolPointer = (int) (at - ip);
            next = Memory.getUnsignedByte(at);
            at += length;
        }
        protocol = next;
        transport = at;
        return RIGHT;
    }

    private static boolean isExtension(int next) {
        return next == NEXT_HEADER_HOP_BY_HOP
                || next == NEXT_HEADER_ROUTING
                || next == NEXT_HEADER_FRAGMENT
                || next == NEXT_HEADER_DESTINATION;
    }

    /// The length of an extension header; more than there is if its start is not there.
    private int length(long at, int next) {
        if (end - at < UNIT || next == NEXT_HEADER_FRAGMENT) {
            return UNIT;
        }
        return (Memory.getUnsignedByte(at + 1) + 1) * UNIT;
    }

    private int look(long at, int next, int length) {
        return switch (next) {
            case NEXT_HEADER_FRAGMENT -> lookAtFragment(at);
            case NEXT_HEADER_ROUTING -> lookAtRouting(at);
            default -> quoted ? RIGHT : lookAtOptions(at, length, next == NEXT_HEADER_HOP_BY_HOP);
        };
    }

    private int lookAtFragment(long at) {
        if (fragment != 0) {
            return problem(MISPLACED, Icmpv6.CODE_UNKNOWN_NEXT_HEADER, protocolPointer);
        }
        fragment = at;
        int length = (int) (end - at) - UNIT;
        if (quoted) {
            return RIGHT;
        }
        if (hasMoreFragments() && length % UNIT != 0) {
            return problem(LENGTH, Icmpv6.CODE_ERRONEOUS_FIELD, PAYLOAD_LENGTH_FIELD);
        }
        if (fragmentOffset() + length > LARGEST_PACKET) {
            return problem(LENGTH, Icmpv6.CODE_ERRONEOUS_FIELD, (int) (at - ip) + 2);
        }
        return RIGHT;
    }

    private int lookAtRouting(long at) {
        if (routed) {
            return problem(MISPLACED, Icmpv6.CODE_UNKNOWN_NEXT_HEADER, protocolPointer);
        }
        routed = true;
        int segmentsLeft = Memory.getUnsignedByte(at + 3);
        return quoted || segmentsLeft == 0
                ? RIGHT
                : problem(ROUTED, Icmpv6.CODE_ERRONEOUS_FIELD, (int) (at - ip) + 2);
    }

    private int lookAtOptions(long header, int length, boolean hopByHop) {
        long behind = header + length;
        for (long at = header + 2; at < behind; ) {
            int type = Memory.getUnsignedByte(at);
            if (type == OPTION_PAD) {
                at++;
                continue;
            }
            int data = behind - at < 2 ? length : Memory.getUnsignedByte(at + 1);
            if (at + 2 + data > behind) {
                return problem(LENGTH, Icmpv6.CODE_ERRONEOUS_FIELD, (int) (at - ip));
            }
            int action = type & OPTION_ACTION;
            if (action != SKIP) {
                boolean told =
                        action == TELL
                                || (action != DISCARD
                                        && !Addresses.isGroup(Ipv6.destinationHigh(ip)));
                int code = told ? Icmpv6.CODE_UNKNOWN_OPTION : SILENT;
                return problem(OPTION, code, (int) (at - ip));
            }
            routerAlert |= hopByHop && type == OPTION_ROUTER_ALERT && data == 2;
            at += 2 + data;
        }
        return RIGHT;
    }

    private int problem(int reason, int code, int pointer) {
        problemCode = code;
        problemPointer = pointer;
        return reason;
    }

    /// What the payload is: a transport protocol, ICMPv6, or [Ipv6#NEXT_HEADER_NONE].
    ///
    /// @return a protocol number, 0 to 255; of a later fragment that of the whole packet's first
    ///   header behind the fragment header
    public int protocol() {
        return protocol;
    }

    /// Where the packet says what its payload is.
    ///
    /// @return bytes from its IPv6 header to the next header field that [#protocol()] was read from
    public int protocolPointer() {
        return protocolPointer;
    }

    /// Where the payload starts.
    ///
    /// @return address of the transport header; in a later fragment, of its data
    public long transport() {
        return transport;
    }

    /// The length of the payload.
    ///
    /// @return bytes from [#transport()] to the packet's end, or to where its quotation is cut off
    public int transportLength() {
        return (int) (end - transport);
    }

    /// Whether there is any extension header.
    ///
    /// @return bytes of all of them, 0 for most packets
    public int extensionLength() {
        return (int) (transport - ip) - Ipv6.HEADER_LENGTH;
    }

    /// Where the fragment header is.
    ///
    /// @return its address; 0 if there is none
    public long fragment() {
        return fragment;
    }

    /// Whether the packet is a part of a larger one. One that says to be its own first and last
    /// part, an atomic fragment, is none (RFC 6946).
    ///
    /// @return true if its transport header, or what belongs behind it, is in another packet
    public boolean isFragment() {
        return fragment != 0 && Ipv6Fragment.isPart(fragment);
    }

    /// Whether more parts of a larger packet follow.
    ///
    /// @return the flag M
    public boolean hasMoreFragments() {
        return fragment != 0 && Ipv6Fragment.hasMore(fragment);
    }

    /// Where in the larger packet this part's data belongs.
    ///
    /// @return bytes, a multiple of 8
    public int fragmentOffset() {
        return fragment == 0 ? 0 : Ipv6Fragment.offset(fragment);
    }

    /// What the parts of one packet have in common.
    ///
    /// @return 32 bits; 0 without a fragment header
    public int identification() {
        return fragment == 0 ? 0 : Ipv6Fragment.identification(fragment);
    }

    /// Whether routers are asked to look at the packet (RFC 2711).
    ///
    /// @return true for packets of multicast listeners, among others
    public boolean hasRouterAlert() {
        return routerAlert;
    }

    /// What the sender is to be told by a "parameter problem", if the walk did not end well.
    ///
    /// @return a code of [Icmpv6#TYPE_PARAMETER_PROBLEM], or [#SILENT]
    public int problemCode() {
        return problemCode;
    }

    /// Where in the packet the problem is.
    ///
    /// @return bytes from its IPv6 header
    public int problemPointer() {
        return problemPointer;
    }
}
