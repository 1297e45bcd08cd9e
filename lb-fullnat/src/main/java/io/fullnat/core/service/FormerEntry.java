// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

/// The state of a service before a change of it, and where its parts are in the new state.
/// Immutable but for the arrays, which nobody changes.
public final class FormerEntry {
    private final ServiceEntry entry;
    private final boolean resumed;
    private final int[] servers;
    private final int[] locals;
    private final int[] ipv6Locals;

    /// The state before.
    ///
    /// @param entry of the same worker
    /// @param resumed whether the new state has another scheduler of the same kind
    /// @param servers for each server now, its index there or -1
    /// @param locals for each local address of IPv4 now, its index among those there or -1
    /// @param ipv6Locals the same of IPv6
    public FormerEntry(
            ServiceEntry entry, boolean resumed, int[] servers, int[] locals, int[] ipv6Locals) {
        this.entry = entry;
        this.resumed = resumed;
        this.servers = servers;
        this.locals = locals;
        this.ipv6Locals = ipv6Locals;
    }

    ServiceEntry entry() {
        return entry;
    }

    boolean isResumed() {
        return resumed;
    }

    /// The origins of the servers.
    int[] servers() {
        return servers;
    }

    /// The origin of a server.
    int server(int index) {
        return servers[index];
    }

    /// The origins of the local addresses of a family.
    int[] locals(boolean ipv6) {
        return ipv6 ? ipv6Locals : locals;
    }
}
