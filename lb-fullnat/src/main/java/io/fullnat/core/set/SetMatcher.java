// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetType;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.PrefixMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// A set as workers ask it. Networks of a few lengths are found in a table that is asked for each
/// length, of IPv4 in one of their own; those of many by the balancer's map of networks, in as many
/// steps whatever their lengths; ports alone in a bitmap, entries of more parts in such a table.
///
/// Not changed after construction, and shared by all workers: a set that changes is made anew
/// beside the one in force, and comes with the configuration that has it.
public final class SetMatcher {
    private static final int PROTOCOL_SHIFT = 16;
    private static final int PORTS = 1 << PROTOCOL_SHIFT;
    private static final int FEW = 8;
    private static final int MEMBER = 0;
    private static final int EXCEPTION = 1;
    private static final PrefixMap NO_NETWORKS = new PrefixMap(List.of());
    private static final TupleTable NO_TUPLES = new TupleTable(List.of(), 1, _ -> 0);

    private final SetType type;

    /// `::/0` is all of IPv6, and nothing of IPv4.
    private final boolean ipv6;

    private final boolean byNetwork;
    private final @Nullable Ipv4Table ipv4;
    private final PrefixMap networks;
    private final TupleTable tuples;

    /// Stations by the number of their address, 0 for any.
    private final long[] stations;

    /// A bit for each port of any protocol, then for each of TCP, then for each of UDP.
    private final long[] ports;

    /// The table of a set.
    ///
    /// @param set the set
    /// @param devices the number of a device by its name, for sets that have some
    public SetMatcher(IpSet set, ToIntFunction<String> devices) {
        type = set.type();
        ipv6 = set.family() == SetFamily.IPV6;
        List<PrefixMap.Entry> prefixes = new ArrayList<>();
        long[] macs = {};
        long[] bits = {};
        TupleTable table = NO_TUPLES;
        @Nullable Ipv4Table addresses = null;
        switch (type) {
            case BITMAP_IP, HASH_IP, HASH_NET -> {
                boolean few = hasFewLengths(set.entries());
                if (few && set.family() == SetFamily.IPV4) {
                    addresses = new Ipv4Table(set.entries());
                } else if (few) {
                    table = new TupleTable(set.entries(), set.buckets(), devices);
                } else {
                    set.entries()
                            .forEach(entry ->
                                    prefixes.add(
                                            network(
                                                    entry,
                                                    entry.isException() ? EXCEPTION : MEMBER)));
                }
            }
            case BITMAP_IP_MAC -> {
                macs = set.entries().stream().mapToLong(SetEntry::mac).toArray();
                set.entries().forEach(entry -> prefixes.add(network(entry, prefixes.size())));
            }
            case BITMAP_PORT -> bits = bits(set.entries());
            default -> table = new TupleTable(set.entries(), set.buckets(), devices);
        }
        byNetwork = !prefixes.isEmpty();
        ipv4 = addresses;
        networks = prefixes.isEmpty() ? NO_NETWORKS : new PrefixMap(prefixes);
        stations = macs;
        ports = bits;
        tuples = table;
    }

    /// Whether to look for each length there is takes less time than to look for the network.
    private static boolean hasFewLengths(List<SetEntry> entries) {
        return entries.stream().mapToInt(SetEntry::length).distinct().limit(FEW + 1).count() <= FEW;
    }

    private static PrefixMap.Entry network(SetEntry entry, int value) {
        return new PrefixMap.Entry(entry.high(), entry.low(), entry.length(), value);
    }

    private static long[] bits(List<SetEntry> entries) {
        long[] bits = new long[3 * PORTS / Long.SIZE];
        for (SetEntry entry : entries) {
            int bit = plane(entry.port()) * PORTS + (entry.port() & (PORTS - 1));
            bits[bit / Long.SIZE] |= 1L << bit;
        }
        return bits;
    }

    private static int plane(int port) {
        return switch (port >>> PROTOCOL_SHIFT) {
            case 0 -> 0;
            case 6 -> 1;
            default -> 2;
        };
    }

    /// Whether it asks for something that is not known of a connection once it is there: the link
    /// address or the device by which its first packet came.
    ///
    /// @return true if it is right for first packets alone
    public boolean asksForFrame() {
        return type == SetType.BITMAP_IP_MAC || type == SetType.HASH_NET_PORT_IFACE;
    }

    /// Whether a connection is in the set.
    ///
    /// @param question the connection
    /// @param destination whether the first address and port of entries are those to which it goes,
    ///   the second those of its client; else it is the other way round
    /// @return true if it is
    public boolean contains(SetQuestion question, boolean destination) {
        if (ipv6 && Addresses.isIpv4(question.clientHigh, question.clientLow)) {
            return false;
        }
        return destination
                ? contains(
                        question,
                        question.destinationHigh,
                        question.destinationLow,
                        question.destinationPort,
                        question.clientHigh,
                        question.clientLow,
                        question.clientPort)
                : contains(
                        question,
                        question.clientHigh,
                        question.clientLow,
                        question.clientPort,
                        question.destinationHigh,
                        question.destinationLow,
                        question.destinationPort);
    }

    private boolean contains(
            SetQuestion question,
            long high,
            long low,
            int port,
            long otherHigh,
            long otherLow,
            int otherPort) {
        return switch (type) {
            case BITMAP_IP, HASH_IP, HASH_NET -> hasNetwork(high, low);
            case BITMAP_IP_MAC -> hasStation(networks.find(high, low), question.mac);
            case BITMAP_PORT ->
                    hasPort(port & (PORTS - 1))
                            || hasPort(plane(port) * PORTS + (port & (PORTS - 1)));
            case HASH_IP_PORT, HASH_NET_PORT -> tuples.contains(high, low, port, 0, 0, 0, 0);
            case HASH_NET_PORT_IFACE -> tuples.contains(high, low, port, 0, 0, 0, question.device);
            case HASH_IP_PORT_NET ->
                    tuples.contains(
                            question.destinationHigh,
                            question.destinationLow,
                            port,
                            question.clientHigh,
                            question.clientLow,
                            0,
                            0);
            case HASH_IP_PORT_IP, HASH_NET_PORT_NET ->
                    tuples.contains(high, low, port, otherHigh, otherLow, 0, 0);
            case HASH_NET_PORT_NET_PORT ->
                    tuples.contains(high, low, port, otherHigh, otherLow, otherPort, 0);
        };
    }

    private boolean hasNetwork(long high, long low) {
        if (ipv4 != null) {
            return Addresses.isIpv4(high, low) && ipv4.contains(low);
        }
        return byNetwork
                ? networks.find(high, low) == MEMBER
                : tuples.contains(high, low, 0, 0, 0, 0, 0);
    }

    private boolean hasStation(int number, long mac) {
        return number != PrefixMap.NONE && (stations[number] == 0 || stations[number] == mac);
    }

    private boolean hasPort(int bit) {
        return (ports[bit / Long.SIZE] & 1L << bit) != 0;
    }
}
