// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.Rewrite;

/// The packet that opens a connection, as an application's scheduler and admission see it, and as a
/// [ForwardingMode] does. One object a worker, filled again for each; for the worker's thread.
final class FirstPacket implements ConnectionRequest {
    private Protocol protocol = Protocol.TCP;
    private long clientLow;
    private int clientPort;
    private long ip;
    private long hash;
    private int device;

    /// Takes the next packet, whose headers are right.
    void set(long header, long keyHash, int inDevice) {
        ip = header;
        hash = keyHash;
        device = inDevice;
        protocol = Ipv4.protocol(header) == Ipv4.PROTOCOL_TCP ? Protocol.TCP : Protocol.UDP;
        clientLow = Ipv4.sourceLow(header);
        clientPort = Tcp.sourcePort(Ipv4.payload(header));
    }

    /// The hash of its key.
    long hash() {
        return hash;
    }

    /// The device by which it came.
    int device() {
        return device;
    }

    /// The number of its protocol.
    int protocolNumber() {
        return Ipv4.protocol(ip);
    }

    /// Source and destination address as they lie in it.
    long addresses() {
        return Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET);
    }

    /// Source and destination port as they lie in it.
    int ports() {
        return Memory.getInt(Ipv4.payload(ip));
    }

    /// The second word of its key.
    long portsAndProtocol() {
        return ConnectionKey.portsAndProtocol(ports(), protocolNumber());
    }

    /// The sequence number of a segment.
    int sequence() {
        return Tcp.sequence(Ipv4.payload(ip));
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public long clientAddressHigh() {
        return 0;
    }

    @Override
    public long clientAddressLow() {
        return clientLow;
    }

    @Override
    public int clientPort() {
        return clientPort;
    }
}
