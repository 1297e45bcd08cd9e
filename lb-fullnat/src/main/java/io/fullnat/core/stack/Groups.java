// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.AddressMap;
import io.fullnat.core.packet.NeighbourDiscovery;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The groups of IPv6 that one listens to on each device: those where others look for own addresses
/// (RFC 4291 §2.7.1). Addresses with the same last 24 bits share a group, which is left when the
/// last of them goes. All stations' group, where one listens too, is not counted among them: nobody
/// reports it (RFC 3810 §6).
///
/// Not changed after construction.
final class Groups {
    private static final long[] NONE = {};

    private final AddressMap members;
    private final long[][] byDevice;

    /// @param devices how many there are
    /// @param ipv6 own addresses of IPv6
    Groups(int devices, List<NetworkView.Own> ipv6) {
        members = new AddressMap(ipv6.size());
        List<Set<Long>> groups = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            groups.add(new TreeSet<>());
        }
        for (NetworkView.Own own : ipv6) {
            long group = NeighbourDiscovery.solicitedNodeLow(own.low());
            members.put(key(own.device()), group, own.device());
            groups.get(own.device()).add(group);
        }
        byDevice =
                groups.stream()
                        .map(each -> each.stream().mapToLong(Long::longValue).toArray())
                        .toArray(long[][]::new);
    }

    private static long key(int device) {
        return NeighbourDiscovery.LINK_GROUP_HIGH | device;
    }

    /// Whether packets to a group are taken on a device.
    boolean has(int device, long high, long low) {
        boolean allNodes = low == NeighbourDiscovery.ALL_NODES_LOW && of(device).length > 0;
        return high == NeighbourDiscovery.LINK_GROUP_HIGH
                && (allNodes || members.contains(key(device), low));
    }

    /// The last halves of a device's groups, in order; none of one that is not known here.
    long[] of(int device) {
        return device < byDevice.length ? byDevice[device] : NONE;
    }
}
