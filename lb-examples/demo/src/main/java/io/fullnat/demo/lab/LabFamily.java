// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.IpAddress;
import java.util.List;

/// The addresses of a [Lab] in one family, all of them documentation's (RFC 5737, RFC 3849).
public enum LabFamily {
    /// Of every lab.
    IPV4(
            "198.51.100.10",
            "198.51.100.1",
            "203.0.113.",
            24,
            "192.0.2.80",
            List.of("203.0.113.101", "203.0.113.102")),

    /// Of labs made by [Lab#dualStack(String, int)].
    IPV6(
            "2001:db8:c::10",
            "2001:db8:c::1",
            "2001:db8:5::",
            64,
            "2001:db8:80::80",
            List.of("2001:db8:5::101", "2001:db8:5::102"));

    private static final int BEFORE_SERVERS = 10;

    @SuppressWarnings("ImmutableEnumChecker") // addresses are immutable
    private final IpAddress client;

    @SuppressWarnings("ImmutableEnumChecker") // addresses are immutable
    private final IpAddress gateway;

    private final String servers;
    private final int prefixLength;

    @SuppressWarnings("ImmutableEnumChecker") // addresses are immutable
    private final IpAddress virtual;

    @SuppressWarnings("ImmutableEnumChecker") // a list of Stream.toList is immutable
    private final List<IpAddress> locals;

    LabFamily(
            String client,
            String gateway,
            String servers,
            int prefixLength,
            String virtual,
            List<String> locals) {
        this.client = IpAddress.parse(client);
        this.gateway = IpAddress.parse(gateway);
        this.servers = servers;
        this.prefixLength = prefixLength;
        this.virtual = IpAddress.parse(virtual);
        this.locals = locals.stream().map(IpAddress::parse).toList();
    }

    /// The client's address.
    ///
    /// @return it
    public IpAddress client() {
        return client;
    }

    /// The client's address as its interface has it.
    ///
    /// @return address and prefix length
    public String clientPrefix() {
        return client + "/" + prefixLength;
    }

    /// The balancer's address towards the client, its gateway.
    ///
    /// @return it
    public IpAddress gateway() {
        return gateway;
    }

    /// The balancer's address towards the client, as its interface has it.
    ///
    /// @return address and prefix length
    public String outside() {
        return gateway + "/" + prefixLength;
    }

    /// The balancer's address towards the servers, as its interface has it.
    ///
    /// @return address and prefix length
    public String inside() {
        return servers + "1/" + prefixLength;
    }

    /// The virtual address that the client connects to.
    ///
    /// @return it
    public IpAddress virtual() {
        return virtual;
    }

    /// The virtual address as an interface of the balancer has it.
    ///
    /// @return address and prefix length
    public String virtualPrefix() {
        return virtual + "/" + virtual.bitLength();
    }

    /// Addresses for the balancer to use towards the servers.
    ///
    /// @return two
    public List<IpAddress> locals() {
        return locals;
    }

    /// The address of a real server.
    ///
    /// @param number from 1 to [Lab#MAX_SERVERS]
    /// @return for example 203.0.113.11 or 2001:db8:5::11 for the first
    public IpAddress server(int number) {
        return IpAddress.parse(servers + (BEFORE_SERVERS + number));
    }

    /// The address of a real server as its interface has it.
    ///
    /// @param number from 1 to [Lab#MAX_SERVERS]
    /// @return address and prefix length
    public String serverPrefix(int number) {
        return server(number) + "/" + prefixLength;
    }
}
