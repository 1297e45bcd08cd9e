// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.address.AddressMap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// All services of one worker at one revision, by protocol, virtual address and port: the one that
/// has the very port, then the one with the narrowest range, then the one of all ports. Not changed
/// after construction, so its look-up by the worker needs no care.
///
/// Ports: open addressing, at most half full: three words of a key side by side, and what was
/// found. Ranges are asked for only where no port was found: [PortRanges].
public final class ServiceMap {
    /// No service.
    public static final ServiceMap EMPTY =
            new ServiceMap(List.of(), StateTimeouts.DEFAULT, EndRules.DEFAULT);

    private static final int KEY_WORDS = 3;

    private final int size;
    private final @Nullable PortRanges ranges;
    private final int mask;
    private final long[] keys;
    private final @Nullable ServiceEntry[] entries;
    private final AddressMap addresses;
    private final StateTimeouts timeouts;
    private final EndRules endRules;
    private final boolean ipv6;
    private final boolean templates;
    private final int[] tableShares;
    private final boolean tcpPolicies;

    /// A map of entries.
    ///
    /// @param services no key twice
    /// @param timeouts of all services, former ones included
    /// @param endRules of them all too
    public ServiceMap(List<ServiceEntry> services, StateTimeouts timeouts, EndRules endRules) {
        this.timeouts = timeouts;
        this.endRules = endRules;
        size = services.size();
        int frontends = services.stream().mapToInt(entry -> entry.frontends().size()).sum();
        int slots = Integer.highestOneBit(Math.max(4, 2 * frontends - 1)) << 1;
        mask = slots - 1;
        keys = new long[KEY_WORDS * slots];
        entries = new ServiceEntry[slots];
        addresses = new AddressMap(frontends);
        ipv6 = services.stream().anyMatch(ServiceEntry::hasIpv6);
        templates = services.stream().anyMatch(entry -> entry.templates() != null);
        List<ServiceEntry> ranged = new ArrayList<>();
        tableShares = services.stream().flatMapToInt(ServiceMap::tableShare).toArray();
        tcpPolicies = services.stream().anyMatch(entry -> !entry.tcp().equals(TcpPolicy.KEEP));
        for (ServiceEntry entry : services) {
            boolean ports = true;
            for (Frontend frontend : entry.frontends()) {
                addresses.put(frontend.address().high(), frontend.address().low(), 0);
                ports &= frontend.isOnePort();
                if (frontend.isOnePort()) {
                    put(frontend, entry);
                }
            }
            if (!ports) {
                ranged.add(entry);
            }
        }
        ranges = ranged.isEmpty() ? null : new PortRanges(ranged);
    }

    private void put(Frontend frontend, ServiceEntry entry) {
        long high = frontend.address().high();
        long low = frontend.address().low();
        long port = port(frontend.firstPort(), entry.protocol());
        int slot = hash(high, low, port) & mask;
        while (entries[slot] != null && !isKey(slot, high, low, port)) {
            slot = slot + 1 & mask;
        }
        keys[KEY_WORDS * slot] = high;
        keys[KEY_WORDS * slot + 1] = low;
        keys[KEY_WORDS * slot + 2] = port;
        entries[slot] = entry;
    }

    private static IntStream tableShare(ServiceEntry entry) {
        TableShare share = entry.limits().tableShare();
        return share.equals(TableShare.ANY)
                ? IntStream.empty()
                : IntStream.of(entry.slot(), share.most(), share.reserved());
    }

    /// Finds the service of a packet.
    ///
    /// @param high first half of the virtual address
    /// @param low last half
    /// @param port the port
    /// @param protocol the protocol number
    /// @return null if there is none
    public @Nullable ServiceEntry find(long high, long low, int port, int protocol) {
        ServiceEntry exact = exact(high, low, port(port, protocol));
        return exact != null || ranges == null ? exact : ranges.find(high, low, port, protocol);
    }

    private static long port(int port, int protocol) {
        return (long) port << 8 | protocol;
    }

    /// The slot of a key: its own, or the free one where it would be. Each entry that is looked at
    /// is loaded once.
    private @Nullable ServiceEntry exact(long high, long low, long port) {
        int slot = hash(high, low, port) & mask;
        for (; ; slot = slot + 1 & mask) {
            ServiceEntry entry = entries[slot];
            if (entry == null || isKey(slot, high, low, port)) {
                return entry;
            }
        }
    }

    private boolean isKey(int slot, long high, long low, long port) {
        int key = KEY_WORDS * slot;
        return keys[key + 1] == low && keys[key + 2] == port && keys[key] == high;
    }

    private static int hash(long high, long low, long port) {
        long mixed = (high * 0xC2B2_AE3D_27D4_EB4FL ^ low) * 0x9E37_79B9_7F4A_7C15L + port;
        return (int) ((mixed * 0xD6E8_FEB8_6659_FD93L) >>> 32);
    }

    /// Whether IPv6 takes part in any, in front or behind.
    ///
    /// @return false if all clients and servers are of IPv4
    public boolean hasIpv6() {
        return ipv6;
    }

    /// Whether clients of any stay with their servers.
    ///
    /// @return false if nobody need look for templates
    public boolean hasTemplates() {
        return templates;
    }

    /// How much of the connection table services may have, as far as that is said.
    ///
    /// @return as `Shares.bounds` expects it; not to be changed
    public int[] tableShares() {
        return tableShares;
    }

    /// Whether any does something to TCP segments beyond their translation.
    ///
    /// @return false if nobody need look for what
    public boolean hasTcpPolicies() {
        return tcpPolicies;
    }

    /// How many services there are.
    ///
    /// @return 0 or more
    public int size() {
        return size;
    }

    /// How long connections may be idle.
    ///
    /// @return the same object as long as nothing of it has changed
    public StateTimeouts timeouts() {
        return timeouts;
    }

    /// What ends of connections hear when these end.
    ///
    /// @return the same object as long as nothing of it has changed
    public EndRules endRules() {
        return endRules;
    }

    /// Whether an address is the virtual address of any service.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if it is one
    public boolean isVirtualAddress(long high, long low) {
        return addresses.contains(high, low);
    }
}
