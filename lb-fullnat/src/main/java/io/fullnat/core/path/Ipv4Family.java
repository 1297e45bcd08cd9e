// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.Rewrite;
import io.fullnat.core.translate.StrippedUoa;
import org.jspecify.annotations.Nullable;

/// Packets of IPv4, as the stages of the slow path see them.
final class Ipv4Family extends Family {
    private final ConnectionTable table;

    Ipv4Family(ConnectionTable table) {
        this.table = table;
    }

    @Override
    int protocol(long ip) {
        return Ipv4.protocol(ip);
    }

    @Override
    long transport(long ip) {
        return Ipv4.payload(ip);
    }

    @Override
    int transportLength(long ip) {
        return Ipv4.payloadLength(ip);
    }

    @Override
    int totalLength(long ip) {
        return Ipv4.totalLength(ip);
    }

    @Override
    int hopLimit(long ip) {
        return Ipv4.timeToLive(ip);
    }

    @Override
    long sourceHigh(long ip) {
        return 0;
    }

    @Override
    long sourceLow(long ip) {
        return Ipv4.sourceLow(ip);
    }

    @Override
    long destinationHigh(long ip) {
        return 0;
    }

    @Override
    long destinationLow(long ip) {
        return Ipv4.destinationLow(ip);
    }

    @Override
    @Nullable Outcome refusal(long ip) {
        return null;
    }

    @Override
    boolean isFragment(long ip) {
        return Ipv4.isFragment(ip);
    }

    @Override
    int fragmentOffset(long ip) {
        return Ipv4.fragmentOffset(ip);
    }

    @Override
    boolean hasMoreFragments(long ip) {
        return (Ipv4.flagsAndFragment(ip) & Ipv4.FLAG_MORE_FRAGMENTS) != 0;
    }

    @Override
    int fragmentIdentification(long ip) {
        return Ipv4.identification(ip);
    }

    @Override
    boolean isBare(long ip) {
        return true;
    }

    @Override
    boolean mayFragment(long ip) {
        return !Ipv4.dontFragment(ip);
    }

    @Override
    boolean stripUoa(long ip) {
        return Ipv4.protocol(ip) == Ipv4.PROTOCOL_UDP
                && Ipv4.headerLength(ip) > Ipv4.MIN_HEADER_LENGTH
                && StrippedUoa.strip(ip);
    }

    @Override
    boolean needsUdpChecksum() {
        return false;
    }

    @Override
    long hash(long ip) {
        return table.hash(addresses(ip), key(ip));
    }

    @Override
    long find(long ip, long hash) {
        return table.find(hash, addresses(ip), key(ip));
    }

    @Override
    long findBy(long ip, long key) {
        return table.find(addresses(ip), key);
    }

    @Override
    boolean isOf(long flow, long ip, long key) {
        return ConnectionKey.matches(flow, addresses(ip), key);
    }

    @Override
    @Nullable Outcome open(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device) {
        return opener.open(ip, hash, service, device);
    }

    @Override
    @Nullable Outcome refusal(
            ConnectionOpener opener, long ip, long hash, ServiceEntry service, int device) {
        return opener.refusal(ip, hash, service, device);
    }

    @Override
    boolean isSumRight(long ip) {
        return Checksum.isTransportValid(ip);
    }

    @Override
    void writeAnswer(long ip, long fromHigh, long fromLow, long toHigh, long toLow, int length) {
        Ipv4.writeHeader(
                ip,
                Ipv4.MIN_HEADER_LENGTH + length,
                Ipv4.DEFAULT_TIME_TO_LIVE,
                Ipv4.PROTOCOL_TCP,
                (int) fromLow,
                (int) toLow);
        Tcp.checksum(ip + Ipv4.MIN_HEADER_LENGTH, Checksum.transport(ip));
    }

    @Override
    int shortestHeader() {
        return Ipv4.MIN_HEADER_LENGTH;
    }

    @Override
    int owner(ReturnPath path, long ip) {
        return path.owner(addresses(ip), Memory.getInt(Ipv4.payload(ip)));
    }

    @Override
    void translate(long flow, long ip) {
        if (Ipv4.fragmentOffset(ip) == 0) {
            Rewrite.apply(flow, ip, Ipv4.payload(ip), Ipv4.protocol(ip));
        } else {
            Rewrite.applyHeader(flow, ip);
        }
    }

    @Override
    void identify(long ip, int identification) {
        int before = Ipv4.identification(ip);
        Ipv4.identification(ip, identification);
        Ipv4.checksum(ip, Checksum.update(Ipv4.checksum(ip), before, identification));
    }

    private static long addresses(long ip) {
        return Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET);
    }
}
