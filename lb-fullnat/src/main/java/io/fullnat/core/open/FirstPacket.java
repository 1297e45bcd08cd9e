// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.quic.QuicId;
import io.fullnat.core.set.SetQuestion;
import io.fullnat.core.translate.Rewrite;

/// The packet that opens a connection, as an application's scheduler and admission see it, and as a
/// [ForwardingMode] does. One object a worker, filled again for each; for the worker's thread.
final class FirstPacket implements ConnectionRequest {
    // Kept, not read when they are asked for: an application's code may hold on to this object, but
    // never to the packet.
    private boolean ipv6;
    private int ports;

    // Of IPv4: as both addresses lie in it.
    private long addresses;

    // Of IPv6.
    private long clientHigh;
    private long clientLow;
    private long destinationHigh;
    private long destinationLow;
    private int number;
    private long ip;
    private long transport;
    private long hash;
    private int device;
    private final QuicId quicId = new QuicId();
    private boolean identified;

    /// Takes the next packet of IPv4, whose headers are right.
    void set(long header, long keyHash, int inDevice) {
        ipv6 = false;
        addresses = Memory.getLong(header + Rewrite.ADDRESSES_OFFSET);
        set(header, Ipv4.payload(header), Ipv4.protocol(header), keyHash, inDevice);
    }

    /// Takes the next packet of IPv6, whose headers are right.
    ///
    /// @param header its IPv6 header
    /// @param l4 its TCP or UDP header, behind all extension headers
    /// @param protocol the number of its protocol
    /// @param keyHash of its key
    /// @param inDevice by which it came
    void setIpv6(long header, long l4, int protocol, long keyHash, int inDevice) {
        ipv6 = true;
        clientHigh = Ipv6.sourceHigh(header);
        clientLow = Ipv6.sourceLow(header);
        destinationHigh = Ipv6.destinationHigh(header);
        destinationLow = Ipv6.destinationLow(header);
        set(header, l4, protocol, keyHash, inDevice);
    }

    private void set(long header, long l4, int protocol, long keyHash, int inDevice) {
        ip = header;
        transport = l4;
        ports = Memory.getInt(l4);
        number = protocol;
        hash = keyHash;
        device = inDevice;
        identified = false;
    }

    /// Reads the connection id of a datagram, of which a first fragment may have only a part.
    void readQuicId() {
        identified = true;
        int length = ipv6 ? Ipv6.totalLength(ip) - (int) (transport - ip) : Ipv4.payloadLength(ip);
        quicId.read(
                transport + Udp.HEADER_LENGTH,
                Math.min(length, Udp.length(transport)) - Udp.HEADER_LENGTH);
    }

    /// What [#readQuicId()] has found.
    QuicId quicId() {
        return quicId;
    }

    /// Its family.
    boolean isIpv6() {
        return ipv6;
    }

    /// The hash of its key, in the index of its family.
    long hash() {
        return hash;
    }

    /// The device by which it came.
    int device() {
        return device;
    }

    /// The number of its protocol.
    int protocolNumber() {
        return number;
    }

    /// Source and destination address as they lie in a packet of IPv4.
    long addresses() {
        return addresses;
    }

    /// Where source and destination address lie in a packet of IPv6, 32 bytes.
    long wideAddresses() {
        return ip + Ipv6.ADDRESSES_OFFSET;
    }

    /// Source and destination port as they lie in it.
    int ports() {
        return ports;
    }

    /// The destination port as two bytes of a packet, read as one word.
    int destinationPortWord() {
        return ports() >>> 16;
    }

    /// The second word of its key.
    long portsAndProtocol() {
        return ConnectionKey.portsAndProtocol(ports(), protocolNumber());
    }

    /// Has sets asked for it.
    ///
    /// @param tagged whether its frame has the tag of a VLAN
    void ask(SetQuestion question, boolean tagged) {
        question.client(number, clientAddressHigh(), clientAddressLow(), clientPort());
        question.destination(
                number, destinationAddressHigh(), destinationAddressLow(), destinationPort());
        int link = Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0);
        question.frame(Ethernet.source(ip - link), device);
    }

    /// The sequence number of a segment.
    int sequence() {
        return Tcp.sequence(transport);
    }

    @Override
    public Protocol protocol() {
        return number == Ipv4.PROTOCOL_TCP ? Protocol.TCP : Protocol.UDP;
    }

    @Override
    public long clientAddressHigh() {
        return ipv6 ? clientHigh : 0;
    }

    @Override
    public long clientAddressLow() {
        return ipv6 ? clientLow : mapped((int) addresses);
    }

    @Override
    public int clientPort() {
        return port(ports);
    }

    @Override
    public long destinationAddressHigh() {
        return ipv6 ? destinationHigh : 0;
    }

    @Override
    public long destinationAddressLow() {
        return ipv6 ? destinationLow : mapped((int) (addresses >>> Integer.SIZE));
    }

    @Override
    public int destinationPort() {
        return port(ports >>> Short.SIZE);
    }

    @Override
    public int quicIdLength() {
        return identified ? quicId.length() : 0;
    }

    @Override
    public long quicIdWord(int index) {
        return quicId.word(index);
    }

    /// The number of an address of IPv4.
    ///
    /// @param word its four bytes as they lie in a packet
    private static long mapped(int word) {
        return IpAddress.mapped(Integer.reverseBytes(word));
    }

    /// The number of a port.
    ///
    /// @param word its two bytes as they lie in a packet, and anything above
    private static int port(int word) {
        return Short.toUnsignedInt(Short.reverseBytes((short) word));
    }
}
