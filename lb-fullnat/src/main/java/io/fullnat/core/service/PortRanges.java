// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.core.address.AddressMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The services of port ranges and of all ports, by protocol, virtual address and port: the one
/// with the fewest ports of those that have the port. Of one address and protocol, ranges are each
/// within another one or beside it, so they part the ports into sections of which each has one
/// service; a look-up finds the section by halves.
///
/// Not changed after construction.
final class PortRanges {
    private final List<@Nullable AddressMap> byProtocol;
    private final List<Sections> sections = new ArrayList<>();

    /// The frontend of an entry.
    private record Place(Frontend frontend, ServiceEntry entry) {
        int ports() {
            return frontend.to() - frontend.from() + 1;
        }
    }

    /// Each section begins where the one before ends.
    private static final class Sections {
        private final int[] starts;
        private final @Nullable ServiceEntry[] entries;

        private Sections(int[] starts, @Nullable ServiceEntry[] entries) {
            this.starts = starts;
            this.entries = entries;
        }

        @Nullable ServiceEntry find(int port) {
            int at = Arrays.binarySearch(starts, port);
            int section = at >= 0 ? at : -at - 2;
            return section < 0 ? null : entries[section];
        }
    }

    /// Ranges of entries.
    ///
    /// @param services those that have a range or all ports; what else they have is not looked at
    PortRanges(List<ServiceEntry> services) {
        List<@Nullable AddressMap> maps = new ArrayList<>();
        for (Protocol protocol : Protocol.values()) {
            List<Place> places = places(services, protocol);
            maps.add(places.isEmpty() ? null : map(places));
        }
        byProtocol = maps;
    }

    /// Ranges by address, those of one address by where they begin, the wider one first.
    private static List<Place> places(List<ServiceEntry> services, Protocol protocol) {
        List<Place> places = new ArrayList<>();
        for (ServiceEntry entry : services) {
            if (entry.protocol() == protocol.number()) {
                for (Frontend frontend : entry.frontends()) {
                    if (!frontend.isOnePort()) {
                        places.add(new Place(frontend, entry));
                    }
                }
            }
        }
        places.sort(
                Comparator.comparing((Place place) -> place.frontend().address())
                        .thenComparingInt(place -> place.frontend().from())
                        .thenComparing(Comparator.comparingInt(Place::ports).reversed()));
        return places;
    }

    private AddressMap map(List<Place> places) {
        AddressMap map = new AddressMap(places.size());
        int from = 0;
        for (int i = 1; i <= places.size(); i++) {
            Frontend first = places.get(from).frontend();
            if (i == places.size() || !places.get(i).frontend().address().equals(first.address())) {
                map.put(first.address().high(), first.address().low(), sections.size());
                sections.add(sections(places.subList(from, i)));
                from = i;
            }
        }
        return map;
    }

    /// Walks over the ports of one address, with the ranges that are open there one within another.
    private static Sections sections(List<Place> places) {
        List<Integer> starts = new ArrayList<>();
        List<@Nullable ServiceEntry> entries = new ArrayList<>();
        Deque<Place> open = new ArrayDeque<>();
        for (Place place : places) {
            close(open, place.frontend().from(), starts, entries);
            add(place.frontend().from(), place.entry(), starts, entries);
            open.push(place);
        }
        close(open, Integer.MAX_VALUE, starts, entries);
        return new Sections(
                starts.stream().mapToInt(start -> start).toArray(),
                entries.toArray(ServiceEntry[]::new));
    }

    /// Ends the ranges that end before a port: behind each the one around it goes on.
    private static void close(
            Deque<Place> open,
            int port,
            List<Integer> starts,
            List<@Nullable ServiceEntry> entries) {
        while (!open.isEmpty() && open.getFirst().frontend().to() < port) {
            int behind = open.pop().frontend().to() + 1;
            add(behind, open.isEmpty() ? null : open.getFirst().entry(), starts, entries);
        }
    }

    private static void add(
            int start,
            @Nullable ServiceEntry entry,
            List<Integer> starts,
            List<@Nullable ServiceEntry> entries) {
        int last = starts.size() - 1;
        if (last >= 0 && starts.get(last) == start) {
            entries.set(last, entry);
        } else {
            starts.add(start);
            entries.add(entry);
        }
    }

    /// Finds the service of a packet.
    ///
    /// @param high first half of the virtual address
    /// @param low last half
    /// @param port the port
    /// @param protocol the protocol number
    /// @return null if there is none
    @Nullable ServiceEntry find(long high, long low, int port, int protocol) {
        Protocol known = protocol == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP;
        AddressMap map = byProtocol.get(known.ordinal());
        int number = map == null ? AddressMap.NONE : map.get(high, low);
        return number == AddressMap.NONE ? null : sections.get(number).find(port);
    }
}
