// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import org.jspecify.annotations.Nullable;

/// What the stages of the slow path have to know of a packet's headers, whichever family it is of:
/// each stage exists once for each family. Addresses are the numbers of
/// [io.fullnat.core.address.Addresses].
///
/// All packets have right headers, as the stage before has found out. For the worker's thread.
abstract sealed class Family permits Ipv4Family, Ipv6Family {
    /// Takes a packet in hand whose transport header is at its usual place.
    ///
    /// @param ip its IP header
    void takePlain(long ip) {}

    /// The number of the protocol above.
    ///
    /// @param ip the packet's IP header
    abstract int protocol(long ip);

    /// Where the header of the protocol above begins.
    ///
    /// @param ip the packet's IP header
    abstract long transport(long ip);

    /// Bytes from there to the packet's end.
    ///
    /// @param ip the packet's IP header
    abstract int transportLength(long ip);

    /// Bytes of the whole packet.
    ///
    /// @param ip its IP header
    abstract int totalLength(long ip);

    /// How many links the packet may still cross.
    ///
    /// @param ip its IP header
    abstract int hopLimit(long ip);

    /// First half of the source.
    abstract long sourceHigh(long ip);

    /// Last half of the source.
    abstract long sourceLow(long ip);

    /// First half of the destination.
    abstract long destinationHigh(long ip);

    /// Last half of the destination.
    abstract long destinationLow(long ip);

    /// Why no packet with these addresses is forwarded, whatever the network is like; null if it
    /// may be.
    ///
    /// @param ip its IP header
    abstract @Nullable Outcome refusal(long ip);

    /// Whether a packet is a part of a larger one.
    ///
    /// @param ip its IP header
    abstract boolean isFragment(long ip);

    /// Where in the larger packet the payload of a fragment belongs.
    ///
    /// @param ip the fragment's IP header
    /// @return bytes, a multiple of 8
    abstract int fragmentOffset(long ip);

    /// Whether more of the larger packet follows a fragment.
    ///
    /// @param ip its IP header
    abstract boolean hasMoreFragments(long ip);

    /// What fragments of one packet have in common beside addresses and protocol.
    ///
    /// @param ip the IP header of one
    abstract int fragmentIdentification(long ip);

    /// Whether the first bytes behind the headers of a fragment are those of the larger packet's
    /// payload that may be cut: then no extension header is in it.
    ///
    /// @param ip its IP header
    abstract boolean isBare(long ip);

    /// Whether a packet that is too large for a link may be cut.
    ///
    /// @param ip its IP header
    abstract boolean mayFragment(long ip);

    /// Whether a datagram of UDP must have a checksum.
    abstract boolean needsUdpChecksum();

    /// The hash of a packet's key.
    ///
    /// @param ip its IP header
    abstract long hash(long ip);

    /// The flow of a packet.
    ///
    /// @param ip its IP header
    /// @param hash of its key
    /// @return the flow, or 0
    abstract long find(long ip, long hash);

    /// The flow of a packet whose ports are not in it.
    ///
    /// @param ip its IP header
    /// @param key its key's second word
    /// @return the flow, or 0
    abstract long findBy(long ip, long key);

    /// Whether a flow, of a free entry too, is that of a packet.
    ///
    /// @param ip its IP header
    final boolean isOf(long flow, long ip) {
        return isOf(flow, ip, key(ip));
    }

    /// The same for one whose ports are not in it.
    ///
    /// @param ip its IP header
    /// @param key its key's second word
    abstract boolean isOf(long flow, long ip, long key);

    /// Opens a connection for a packet.
    ///
    /// @param opener opens it
    /// @param ip the packet's IP header
    /// @param hash of its key
    /// @param service to which it goes
    /// @param device by which it came
    /// @return as [ConnectionOpener#open]
    abstract @Nullable Outcome open(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device);

    /// Why a connection would not be opened for a packet.
    ///
    /// @param opener would open it
    /// @param ip the packet's IP header
    /// @param hash of its key
    /// @param service to which it goes
    /// @param device by which it came
    /// @return as [ConnectionOpener#refusal]
    abstract @Nullable Outcome refusal(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device);

    /// Whether the checksum of a TCP segment is right.
    ///
    /// @param ip its IP header
    abstract boolean isSumRight(long ip);

    /// Writes the IP header of a segment of TCP that answers a packet, where that lies, and the
    /// checksum of both; extension headers and options are left out.
    ///
    /// @param ip where, with a TCP header of its family behind its shortest header
    /// @param fromHigh first half of the answer's source
    /// @param fromLow last half
    /// @param toHigh first half of its destination
    /// @param toLow last half
    /// @param length of the segment
    abstract void writeAnswer(
            long ip, long fromHigh, long fromLow, long toHigh, long toLow, int length);

    /// Whether it is that of IPv6.
    final boolean isWide() {
        return shortestHeader() == Ipv6.HEADER_LENGTH;
    }

    /// Bytes of an IP header without options or extension headers.
    abstract int shortestHeader();

    /// Which worker owns the connection of a packet to a local address.
    ///
    /// @param path of answers to that address
    /// @param ip the packet's IP header
    abstract int owner(ReturnPath path, long ip);

    /// Takes out of a datagram of a client what it says of itself in options that real servers
    /// believe.
    ///
    /// @param ip its IP header
    /// @return whether there was such an option
    boolean stripUoa(long ip) {
        return false;
    }

    /// Translates a packet by a flow that is fit for it; of a fragment behind the first, which has
    /// no ports, the IP header alone.
    ///
    /// @param flow its direction's
    /// @param ip its IP header
    abstract void translate(long flow, long ip);

    /// Gives a packet another identification: of IPv6 a fragment, which has one.
    ///
    /// @param ip its IP header
    /// @param identification 0 to 65535
    abstract void identify(long ip, int identification);

    /// The second word of a packet's key.
    final long key(long ip) {
        return ConnectionKey.portsAndProtocol(ports(ip), protocol(ip));
    }

    /// Both ports of a packet, as they lie in it.
    final int ports(long ip) {
        return Memory.getInt(transport(ip));
    }

    /// Where a TCP or UDP packet is to go at its destination.
    final int destinationPort(long ip) {
        return Tcp.destinationPort(transport(ip));
    }

    /// Whether it is TCP, of the two that services have.
    final boolean isTcp(long ip) {
        return protocol(ip) == Ipv4.PROTOCOL_TCP;
    }

    /// Whether a TCP segment acknowledges, and neither begins a connection nor resets one.
    final boolean isAcknowledgement(long ip) {
        int flags = Tcp.SYN | Tcp.ACK | Tcp.RST;
        return (Tcp.flags(transport(ip)) & flags) == Tcp.ACK;
    }

    /// Whether it is a TCP segment that asks for a new connection.
    final boolean isFirst(long ip) {
        int flags = Tcp.SYN | Tcp.ACK | Tcp.FIN | Tcp.RST;
        return isTcp(ip) && (Tcp.flags(transport(ip)) & flags) == Tcp.SYN;
    }
}
