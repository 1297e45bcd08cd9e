// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.core.address.Mixer;
import java.util.Arrays;
import java.util.List;

/// A ring of hashes on which each server has points, as many as its weight says (Karger and others,
/// *Consistent Hashing and Random Trees*, 1997). A server's points depend on its address, port and
/// weight alone, so that a change of one moves no client between others. Immutable, shared by all
/// workers.
final class HashRing {
    /// More points than this are halved, for all servers alike.
    static final int MAX_POINTS = 1 << 18;

    private final long[] points;
    private final char[] owners;

    /// A ring of given points.
    ///
    /// @param points in their order
    /// @param owners the index of the server of each
    HashRing(long[] points, char[] owners) {
        this.points = points;
        this.owners = owners;
    }

    /// The ring of some servers.
    ///
    /// @param replicas points of a server of weight 1
    static HashRing of(List<RealServer> servers, int replicas) {
        int halvings = 0;
        while (count(servers, replicas, halvings) > Math.max(MAX_POINTS, servers.size())) {
            halvings++;
        }
        long[] keys = new long[(int) count(servers, replicas, halvings)];
        int filled = 0;
        for (int server = 0; server < servers.size(); server++) {
            RealServer one = servers.get(server);
            long hash = Identities.hash(one.endpoint());
            long own = points(one.weight(), replicas, halvings);
            for (int i = 0; i < own; i++) {
                // The owner is in the low bits, so that sorting keeps the two together.
                keys[filled] = (Mixer.mix(hash + i) & ~0xFFFFL) | server;
                filled++;
            }
        }
        Arrays.sort(keys);
        char[] owners = new char[keys.length];
        for (int i = 0; i < keys.length; i++) {
            owners[i] = (char) keys[i];
            keys[i] &= ~0xFFFFL;
        }
        return new HashRing(keys, owners);
    }

    private static long count(List<RealServer> servers, int replicas, int halvings) {
        return servers.stream()
                .mapToLong(server -> points(server.weight(), replicas, halvings))
                .sum();
    }

    private static long points(int weight, int replicas, int halvings) {
        return weight == 0 ? 0 : Math.max(1, ((long) weight * replicas) >> halvings);
    }

    /// The number of points: 0 if no server has a weight.
    int size() {
        return points.length;
    }

    /// A point at a hash, else the first behind it.
    ///
    /// @return its index, when there is a point
    int find(long hash) {
        int found = Arrays.binarySearch(points, hash);
        int at = found < 0 ? ~found : found;
        return at == points.length ? 0 : at;
    }

    /// The server of a point.
    int server(int point) {
        return owners[point];
    }
}
