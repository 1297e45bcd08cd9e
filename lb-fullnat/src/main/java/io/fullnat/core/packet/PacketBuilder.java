// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import java.lang.foreign.Arena;

/// Makes packets for tests and simulated hosts, right in all fields unless told otherwise:
///
/// ```java
/// byte[] syn = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
///         .vlan(100)
///         .ipv4("10.0.0.1", "10.0.0.2").timeToLive(64).dontFragment()
///         .tcp(40000, 80).flags(Tcp.SYN).sequence(1)
///         .toBytes();
/// ```
///
/// Methods that damage a packet ([#badIpChecksum()], [#totalLength(int)] …) damage that alone: all
/// other fields, checksums included, agree with it.
///
/// A builder may be changed after use to make a similar packet. Allocates on the heap; not
/// thread-safe.
public final class PacketBuilder {
    private final FrameLayer frame;
    private final InternetLayer internet = new InternetLayer();
    private final TransportLayer transport = new TransportLayer();
    private byte[] payload = {};
    private int paddingLength;
    private int keptLength = Integer.MAX_VALUE;

    private PacketBuilder(long source, long destination) {
        frame = new FrameLayer(source, destination);
    }

    /// Starts a frame.
    ///
    /// @param source MAC address, as in `02:00:00:00:00:01`
    /// @param destination MAC address
    /// @return a new builder
    public static PacketBuilder ethernet(String source, String destination) {
        return ethernet(MacAddress.parse(source), MacAddress.parse(destination));
    }

    /// Starts a frame.
    ///
    /// @param source MAC address
    /// @param destination MAC address
    /// @return a new builder
    public static PacketBuilder ethernet(MacAddress source, MacAddress destination) {
        return new PacketBuilder(source.bits(), destination.bits());
    }

    /// Tags the frame.
    ///
    /// @param id VLAN, 0 to 4095; the priority is 0
    /// @return this
    public PacketBuilder vlan(int id) {
        frame.vlanId = id;
        return this;
    }

    /// Says what follows the Ethernet header, where it is neither IP nor ARP.
    ///
    /// @param type 0 to 65535
    /// @return this
    public PacketBuilder type(int type) {
        frame.type = type;
        return this;
    }

    /// Makes the frame an ARP packet.
    ///
    /// @param operation [Arp#OPERATION_REQUEST] or [Arp#OPERATION_REPLY]
    /// @param senderMac MAC address
    /// @param senderAddress IPv4 address
    /// @param targetMac MAC address
    /// @param targetAddress IPv4 address
    /// @return this
    public PacketBuilder arp(
            int operation,
            String senderMac,
            String senderAddress,
            String targetMac,
            String targetAddress) {
        byte[] arp =
                TransportLayer.written(
                        Arp.LENGTH,
                        at ->
                                Arp.write(
                                        at,
                                        operation,
                                        MacAddress.parse(senderMac).bits(),
                                        Ipv4Address.parse(senderAddress).bits(),
                                        MacAddress.parse(targetMac).bits(),
                                        Ipv4Address.parse(targetAddress).bits()));
        return type(Ethernet.TYPE_ARP).payload(arp);
    }

    /// Makes the frame an IPv4 packet.
    ///
    /// @param source address, as in `10.0.0.1`
    /// @param destination address
    /// @return this
    public PacketBuilder ipv4(String source, String destination) {
        return ipv4(Ipv4Address.parse(source), Ipv4Address.parse(destination));
    }

    /// Makes the frame an IPv4 packet.
    ///
    /// @param source address
    /// @param destination address
    /// @return this
    public PacketBuilder ipv4(Ipv4Address source, Ipv4Address destination) {
        internet.addresses(source.bits(), destination.bits());
        return type(Ethernet.TYPE_IPV4);
    }

    /// Makes the frame an IPv6 packet. The hop limit is set as IPv4's time to live, the traffic
    /// class as the type of service, and the length to claim as the total length.
    ///
    /// @param source address, as in `2001:db8::1`
    /// @param destination address
    /// @return this
    public PacketBuilder ipv6(String source, String destination) {
        long[] from = Ipv6Extension.address(source);
        long[] to = Ipv6Extension.address(destination);
        return ipv6(from[0], from[1], to[0], to[1]);
    }

    /// Makes the frame an IPv6 packet.
    ///
    /// @param sourceHigh first half of the source
    /// @param sourceLow last half
    /// @param destinationHigh first half of the destination
    /// @param destinationLow last half
    /// @return this
    public PacketBuilder ipv6(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        internet.wideAddresses(sourceHigh, sourceLow, destinationHigh, destinationLow);
        return type(Ethernet.TYPE_IPV6);
    }

    /// Sets the label of an IPv6 packet's flow.
    ///
    /// @param label 20 bits
    /// @return this
    public PacketBuilder flowLabel(int label) {
        internet.flowLabel = label;
        return this;
    }

    /// Appends an extension header to an IPv6 packet.
    ///
    /// @param header behind those that are there
    /// @return this
    public PacketBuilder extension(Ipv6Extension header) {
        internet.extensions.add(header);
        return this;
    }

    /// Sets how many hops the packet may make; 64 unless told otherwise.
    ///
    /// @param hops 0 to 255
    /// @return this
    public PacketBuilder timeToLive(int hops) {
        internet.timeToLive = hops;
        return this;
    }

    /// Sets differentiated services and congestion bits.
    ///
    /// @param value 0 to 255
    /// @return this
    public PacketBuilder typeOfService(int value) {
        internet.typeOfService = value;
        return this;
    }

    /// Sets the identification.
    ///
    /// @param value 0 to 65535
    /// @return this
    public PacketBuilder identification(int value) {
        internet.identification = value;
        return this;
    }

    /// Forbids routers to fragment the packet.
    ///
    /// @return this
    public PacketBuilder dontFragment() {
        internet.flagsAndFragment |= Ipv4.FLAG_DONT_FRAGMENT;
        return this;
    }

    /// Makes an IPv4 packet a fragment; its transport header, if there is one, is written as it
    /// would be in a whole packet.
    ///
    /// @param offsetBytes a multiple of 8
    /// @param more whether further fragments follow
    /// @return this
    public PacketBuilder fragment(int offsetBytes, boolean more) {
        internet.flagsAndFragment |= offsetBytes >>> 3 | (more ? Ipv4.FLAG_MORE_FRAGMENTS : 0);
        return this;
    }

    /// Puts options into the IPv4 header, padded with end-of-list bytes to a multiple of 4.
    ///
    /// @param bytes at most 40
    /// @return this
    public PacketBuilder ipOptions(byte... bytes) {
        internet.options = TransportLayer.padded(bytes);
        return this;
    }

    /// Sets the protocol number, where the payload is none of TCP, UDP and ICMP.
    ///
    /// @param number 0 to 255
    /// @return this
    public PacketBuilder protocol(int number) {
        internet.protocol = number;
        return this;
    }

    /// Puts a TCP header into the packet.
    ///
    /// @param sourcePort 0 to 65535
    /// @param destinationPort 0 to 65535
    /// @return this
    public PacketBuilder tcp(int sourcePort, int destinationPort) {
        transport.ports(Ipv4.PROTOCOL_TCP, sourcePort, destinationPort);
        return protocol(Ipv4.PROTOCOL_TCP);
    }

    /// Sets the TCP flags; [Tcp#ACK] unless told otherwise.
    ///
    /// @param flags of [Tcp]
    /// @return this
    public PacketBuilder flags(int flags) {
        transport.flags = flags;
        return this;
    }

    /// Sets the TCP sequence number.
    ///
    /// @param number a 32-bit word
    /// @return this
    public PacketBuilder sequence(int number) {
        transport.sequence = number;
        return this;
    }

    /// Sets the TCP acknowledgement number.
    ///
    /// @param number a 32-bit word
    /// @return this
    public PacketBuilder acknowledgement(int number) {
        transport.acknowledgement = number;
        return this;
    }

    /// Sets the TCP window; 65535 unless told otherwise.
    ///
    /// @param bytes 0 to 65535
    /// @return this
    public PacketBuilder window(int bytes) {
        transport.window = bytes;
        return this;
    }

    /// Puts options into the TCP header, padded with end-of-list bytes to a multiple of 4.
    ///
    /// @param bytes at most 40
    /// @return this
    public PacketBuilder tcpOptions(byte... bytes) {
        transport.options = TransportLayer.padded(bytes);
        return this;
    }

    /// Puts a UDP header into the packet.
    ///
    /// @param sourcePort 0 to 65535
    /// @param destinationPort 0 to 65535
    /// @return this
    public PacketBuilder udp(int sourcePort, int destinationPort) {
        transport.ports(Ipv4.PROTOCOL_UDP, sourcePort, destinationPort);
        return protocol(Ipv4.PROTOCOL_UDP);
    }

    /// Leaves the UDP checksum out, as RFC 768 allows.
    ///
    /// @return this
    public PacketBuilder noUdpChecksum() {
        transport.checksumLeftOut = true;
        return this;
    }

    /// Puts an ICMP header into the packet, of ICMPv6 if it is one of IPv6.
    ///
    /// @param type of [Icmp] or [Icmpv6]
    /// @param code the reason
    /// @param restOfHeader the four bytes behind the checksum
    /// @return this
    public PacketBuilder icmp(int type, int code, int restOfHeader) {
        int number = internet.isIpv6() ? Ipv6.NEXT_HEADER_ICMP : Ipv4.PROTOCOL_ICMP;
        transport.icmp(number, type, code, restOfHeader);
        return protocol(number);
    }

    /// Makes the packet a ping.
    ///
    /// @param identifier of the series
    /// @param number within the series
    /// @return this
    public PacketBuilder echoRequest(int identifier, int number) {
        int type = internet.isIpv6() ? Icmpv6.TYPE_ECHO_REQUEST : Icmp.TYPE_ECHO_REQUEST;
        return icmp(type, 0, identifier << 16 | number);
    }

    /// Makes the packet the answer to a ping.
    ///
    /// @param identifier of the series
    /// @param number within the series
    /// @return this
    public PacketBuilder echoReply(int identifier, int number) {
        int type = internet.isIpv6() ? Icmpv6.TYPE_ECHO_REPLY : Icmp.TYPE_ECHO_REPLY;
        return icmp(type, 0, identifier << 16 | number);
    }

    /// Sets the payload of an ICMP error: the start of the packet that it is about.
    ///
    /// @param frame the packet, with Ethernet header
    /// @param transportLength how many bytes behind the packet's IP header to quote; the least is 8
    ///   (RFC 792), with IPv6 as many as fit
    /// @return this
    public PacketBuilder quoting(byte[] frame, int transportLength) {
        return payload(FrameLayer.startOfIpPacket(frame, transportLength));
    }

    /// Sets what follows the last header.
    ///
    /// @param bytes not copied
    /// @return this
    public PacketBuilder payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    /// Sets what follows the last header.
    ///
    /// @param text its UTF-8 bytes are taken
    /// @return this
    public PacketBuilder payload(String text) {
        return payload(text.getBytes(UTF_8));
    }

    /// Appends zero bytes that belong to no packet, as devices do to frames below 60 bytes.
    ///
    /// @param length bytes
    /// @return this
    public PacketBuilder padding(int length) {
        paddingLength = length;
        return this;
    }

    /// Damages the IPv4 header checksum.
    ///
    /// @return this
    public PacketBuilder badIpChecksum() {
        internet.checksumDamaged = true;
        return this;
    }

    /// Damages the checksum of TCP, UDP or ICMP.
    ///
    /// @return this
    public PacketBuilder badTransportChecksum() {
        transport.checksumDamaged = true;
        return this;
    }

    /// Lets the IP header claim a length, whatever the packet's is.
    ///
    /// @param length bytes of header and payload
    /// @return this
    public PacketBuilder totalLength(int length) {
        internet.claimedTotalLength = length;
        return this;
    }

    /// Replaces the first byte of the IP header.
    ///
    /// @param value the version in the upper four bits; in the others the header's length in words,
    ///   or of IPv6 half of the traffic class
    /// @return this
    public PacketBuilder versionAndHeaderLength(int value) {
        internet.claimedVersionAndLength = value;
        return this;
    }

    /// Lets the UDP header, or the length field of the TCP header, claim a length, whatever there
    /// is.
    ///
    /// @param length bytes
    /// @return this
    public PacketBuilder transportLength(int length) {
        transport.claimedLength = length;
        return this;
    }

    /// Cuts the frame off.
    ///
    /// @param length bytes to keep
    /// @return this
    public PacketBuilder truncate(int length) {
        keptLength = length;
        return this;
    }

    /// Makes the packet.
    ///
    /// @return a new array that holds the frame, without frame check sequence
    public byte[] toBytes() {
        int linkLength = frame.headerLength();
        boolean ip = internet.isPresent();
        int ipLength = ip ? internet.headerLength() : 0; // with extension headers
        int transportLength = ip ? transport.headerLength() : 0;
        int packetLength = ipLength + transportLength + payload.length;
        int length = linkLength + packetLength + paddingLength;
        try (Arena arena = Arena.ofConfined()) {
            long l2 = arena.allocate(length, 8).address();
            long l3 = l2 + linkLength;
            long l4 = l3 + ipLength;
            frame.write(l2);
            Memory.fromBytes(payload, l4 + transportLength);
            if (ip) {
                internet.write(l3, packetLength);
                transport.write(l3, l4, packetLength - ipLength);
                internet.finish(l3);
            }
            return Memory.toBytes(l2, Math.min(length, keptLength));
        }
    }

    /// Makes the packet in native memory.
    ///
    /// @param address where its first byte goes
    /// @return its length in bytes
    public int writeTo(long address) {
        byte[] bytes = toBytes();
        Memory.fromBytes(bytes, address);
        return bytes.length;
    }

    /// Makes the packet in a new buffer.
    ///
    /// @param pool gives the buffer
    /// @param burst to which the packet is appended; not full
    /// @return false, with the burst unchanged, if the pool is empty
    public boolean appendTo(BufferPool pool, PacketBurst burst) {
        if (!pool.allocate(burst)) {
            return false;
        }
        int index = burst.size() - 1;
        long data = burst.data(index);
        burst.set(index, data, writeTo(data));
        return true;
    }
}
