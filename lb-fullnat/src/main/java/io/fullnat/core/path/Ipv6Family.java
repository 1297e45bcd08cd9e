// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.connection.WideConnections;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.Ipv6Rewrite;
import org.jspecify.annotations.Nullable;

/// Packets of IPv6, as the stages of the slow path see them. Where the transport header is cannot
/// be told from the IP header alone, so the packet that is in hand is announced first.
final class Ipv6Family extends Family {
    private final WideConnections connections;
    private final Ipv6Chain chain = new Ipv6Chain();
    private int protocol;
    private int offset;
    private int fragmentAt;

    Ipv6Family(WideConnections connections) {
        this.connections = connections;
    }

    @Override
    void takePlain(long ip) {
        protocol = Ipv6.nextHeader(ip);
        offset = Ipv6.HEADER_LENGTH;
        fragmentAt = 0;
    }

    /// Takes a packet in hand of which nothing is known, and walks along its headers.
    ///
    /// @param ip its IP header
    /// @param available bytes from there
    /// @return as [Ipv6Chain#walk]
    int take(long ip, int available) {
        int reason = chain.walk(ip, available);
        protocol = chain.protocol();
        offset = (int) (chain.transport() - ip);
        fragmentAt = chain.fragment() == 0 ? 0 : (int) (chain.fragment() - ip);
        return reason;
    }

    /// The headers of the packet in hand that was taken last by [#take].
    Ipv6Chain chain() {
        return chain;
    }

    @Override
    int protocol(long ip) {
        return protocol;
    }

    @Override
    long transport(long ip) {
        return ip + offset;
    }

    /// The fragment header of a packet; 0 if there is none.
    long fragment(long ip) {
        return fragmentAt == 0 ? 0 : ip + fragmentAt;
    }

    @Override
    int transportLength(long ip) {
        return Ipv6.totalLength(ip) - offset;
    }

    @Override
    int totalLength(long ip) {
        return Ipv6.totalLength(ip);
    }

    @Override
    int hopLimit(long ip) {
        return Ipv6.hopLimit(ip);
    }

    @Override
    long sourceHigh(long ip) {
        return Ipv6.sourceHigh(ip);
    }

    @Override
    long sourceLow(long ip) {
        return Ipv6.sourceLow(ip);
    }

    @Override
    long destinationHigh(long ip) {
        return Ipv6.destinationHigh(ip);
    }

    @Override
    long destinationLow(long ip) {
        return Ipv6.destinationLow(ip);
    }

    /// Nothing is forwarded from a link to another that is good on one link alone (RFC 4291
    /// §2.5.6). A mapped address of IPv4 in an IPv6 header would be taken for the host of IPv4 that
    /// it names (RFC 4942 §2.2).
    @Override
    @Nullable Outcome refusal(long ip) {
        long source = Ipv6.sourceHigh(ip);
        if (Addresses.isLinkLocal(source) || Addresses.isIpv4(source, Ipv6.sourceLow(ip))) {
            return Outcome.BAD_SOURCE;
        }
        return Addresses.isIpv4(Ipv6.destinationHigh(ip), Ipv6.destinationLow(ip))
                ? Outcome.NOT_LOCAL
                : null;
    }

    /// One that is its own first and last part is none (RFC 6946).
    @Override
    boolean isFragment(long ip) {
        return fragmentAt != 0 && Ipv6Fragment.isPart(ip + fragmentAt);
    }

    @Override
    int fragmentOffset(long ip) {
        return fragmentAt == 0 ? 0 : Ipv6Fragment.offset(ip + fragmentAt);
    }

    @Override
    boolean hasMoreFragments(long ip) {
        return fragmentAt != 0 && Ipv6Fragment.hasMore(ip + fragmentAt);
    }

    @Override
    int fragmentIdentification(long ip) {
        return Ipv6Fragment.identification(ip + fragmentAt);
    }

    @Override
    void identify(long ip, int identification) {
        Ipv6Fragment.identification(ip + fragmentAt, identification);
    }

    @Override
    boolean isBare(long ip) {
        return offset == fragmentAt + Ipv6Fragment.HEADER_LENGTH;
    }

    /// Only its source cuts a packet (RFC 8200 §4.5).
    @Override
    boolean mayFragment(long ip) {
        return false;
    }

    @Override
    boolean needsUdpChecksum() {
        return true;
    }

    @Override
    long hash(long ip) {
        return connections.hash(ip + Ipv6.ADDRESSES_OFFSET, key(ip));
    }

    @Override
    long find(long ip, long hash) {
        return connections.find(hash, ip + Ipv6.ADDRESSES_OFFSET, key(ip));
    }

    @Override
    long findBy(long ip, long key) {
        long addresses = ip + Ipv6.ADDRESSES_OFFSET;
        return connections.find(connections.hash(addresses, key), addresses, key);
    }

    @Override
    boolean isOf(long flow, long ip, long key) {
        return connections.matches(flow, ip + Ipv6.ADDRESSES_OFFSET, key);
    }

    @Override
    @Nullable Outcome open(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device) {
        return opener.openIpv6(ip, transport(ip), protocol, hash, service, device);
    }

    @Override
    @Nullable Outcome refusal(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device) {
        return opener.refusalIpv6(ip, transport(ip), protocol, hash, service, device);
    }

    @Override
    boolean isSumRight(long ip) {
        return Checksum.isTransport6Valid(ip, protocol, transport(ip), transportLength(ip));
    }

    @Override
    void writeAnswer(long ip, long fromHigh, long fromLow, long toHigh, long toLow, int length) {
        Ipv6.writeHeader(
                ip,
                length,
                Ipv6.DEFAULT_HOP_LIMIT,
                Ipv4.PROTOCOL_TCP,
                fromHigh,
                fromLow,
                toHigh,
                toLow);
        long l4 = ip + Ipv6.HEADER_LENGTH;
        Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, length));
    }

    @Override
    int shortestHeader() {
        return Ipv6.HEADER_LENGTH;
    }

    @Override
    int owner(ReturnPath path, long ip) {
        return path.wideOwner(ip + Ipv6.ADDRESSES_OFFSET, Memory.getInt(transport(ip)));
    }

    @Override
    void translate(long flow, long ip) {
        if (fragmentOffset(ip) == 0) {
            Ipv6Rewrite.apply(flow, ip, transport(ip), protocol);
        } else {
            Ipv6Rewrite.startHeader(flow, ip);
        }
    }
}
