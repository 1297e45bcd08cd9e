// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// `conhash` with `variant=dpvs`: the choice of DPVS v1.10.2 for each client, for clusters in which
/// both work. The clients of a server that is not usable are refused, as there. For one worker; the
/// ring is shared.
final class DpvsRing implements Scheduler {
    private static final int REPLICAS = 160;
    private static final int DIGITS = 3;
    private static final String NAME = "conhash\" with \"variant=dpvs";

    private final HashRing ring;
    private final boolean ipv6;
    private final DpvsHashes hashes = new DpvsHashes();

    private DpvsRing(HashRing ring, boolean ipv6) {
        this.ring = ring;
        this.ipv6 = ipv6;
    }

    /// The points do not tell servers apart that have the same name.
    private static HashRing build(DpvsServers servers) {
        TreeMap<Long, Integer> points = new TreeMap<>();
        Map<String, RealServer> names = new HashMap<>();
        DpvsHashes hashes = new DpvsHashes();
        int divisor = Math.max(1, servers.divisor());
        long count = 0;
        for (int i = 0; i < servers.count(); i++) {
            count += (long) REPLICAS * (servers.server(i).weight() / divisor);
        }
        if (count > HashRing.MAX_POINTS) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the weights make "
                            + count
                            + " points on the ring of scheduler \""
                            + NAME
                            + "\"; there is room for "
                            + HashRing.MAX_POINTS
                            + ": give weights with a common divisor");
        }
        for (int i = 0; i < servers.count(); i++) {
            RealServer server = servers.server(i);
            String name = name(server);
            RealServer other = names.putIfAbsent(name, server);
            if (other != null) {
                throw DpvsServers.wrong(server, "has the name of " + other.endpoint());
            }
            int replicas = REPLICAS * (server.weight() / divisor);
            for (int replica = 0; replica < replicas; replica++) {
                long point = hashes.begin().add(name).add("-").add(replica, DIGITS).ring();
                points.putIfAbsent(point, servers.index(i));
            }
        }
        return of(points);
    }

    private static HashRing of(SortedMap<Long, Integer> points) {
        long[] hashes = new long[points.size()];
        char[] owners = new char[points.size()];
        int i = 0;
        for (Map.Entry<Long, Integer> point : points.entrySet()) {
            hashes[i] = point.getKey();
            owners[i] = (char) (int) point.getValue();
            i++;
        }
        return new HashRing(hashes, owners);
    }

    /// The address, and the port as it lies in a packet, read least significant byte first.
    static String name(RealServer server) {
        int port = Short.reverseBytes((short) server.endpoint().port()) & 0xFFFF;
        return server.endpoint().address().toString() + port;
    }

    /// Makes the schedulers of the variant; the ring that was built last is shared.
    static final class Variant {
        private final LastBuilt<HashRing> rings = new LastBuilt<>();

        /// Looks at the options.
        static void check(Map<String, String> all) {
            OptionReader reader = new OptionReader(NAME, all);
            reader.word("variant", "dpvs");
            reader.word("hash", "source");
            reader.word("fallback", "no");
            reader.end();
        }

        DpvsRing create(List<RealServer> servers, SchedulerContext context) {
            check(context.options());
            DpvsServers listed = new DpvsServers(servers, context.service());
            HashRing ring = rings.get(servers, "dpvs", () -> build(listed));
            return new DpvsRing(ring, listed.isIpv6());
        }
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (ring.size() == 0) {
            return NONE;
        }
        int client =
                Integer.reverseBytes(
                        DpvsHashes.fold(
                                request.clientAddressHigh(), request.clientAddressLow(), ipv6));
        long hash = hashes.begin().add(client & 0xFFFF_FFFFL, 1).ring();
        int server = ring.server(ring.find(hash));
        return loads.isUsable(server) ? server : NONE;
    }
}
