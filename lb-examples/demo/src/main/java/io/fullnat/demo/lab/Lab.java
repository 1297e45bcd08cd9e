// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import java.util.ArrayList;
import java.util.List;

/// A network in a box: one client, some real servers and between them a place for a balancer, each
/// in its own namespace with its own kernel stack. Addresses are those of documentation (RFC 5737);
/// [LabFamily] names them all. Labs made by [#dualStack(String, int)] have IPv6 beside IPv4.
///
/// ```
///  client            balancer                 switch          server1 .. serverN
///  eth0 ---------- outside inside ------- port0 (bridge) ------ eth0
///  198.51.100.10    (no addresses                              203.0.113.11 ..
///  default via       of the kernel)                            no default route
///  198.51.100.1
/// ```
///
/// The servers have no way back to the client but through the source address that the balancer
/// gives its packets: a balancer that is no full NAT cannot work here. Interfaces are as the kernel
/// makes them, so hosts leave checksums and the cutting of large segments to them.
///
/// Not thread-safe.
public final class Lab implements AutoCloseable {
    /// The client's address.
    public static final IpAddress CLIENT = LabFamily.IPV4.client();

    /// The balancer's address towards the client, its gateway.
    public static final String OUTSIDE = LabFamily.IPV4.outside();

    /// The balancer's address towards the servers.
    public static final String INSIDE = LabFamily.IPV4.inside();

    /// The virtual address that the client connects to.
    public static final IpAddress VIRTUAL = LabFamily.IPV4.virtual();

    /// Addresses for the balancer to use towards the servers.
    public static final List<IpAddress> LOCAL = LabFamily.IPV4.locals();

    /// The most servers there are addresses for.
    public static final int MAX_SERVERS = 80;

    /// The balancer's interface towards the client.
    public static final String OUTSIDE_INTERFACE = "outside";

    /// The balancer's interface towards the servers.
    public static final String INSIDE_INTERFACE = "inside";

    private static final String HOST_INTERFACE = "eth0";
    private static final String KERNEL_INTERFACE = "kernel0";

    private final List<NetworkNamespace> namespaces;

    /// @param namespaces client, balancer, switch and servers
    private Lab(List<NetworkNamespace> namespaces) {
        this.namespaces = List.copyOf(namespaces);
    }

    /// Makes and wires the namespaces. Their names carry the process id, so that several labs can
    /// stand side by side.
    ///
    /// @param prefix of their names, for example `fullnat`
    /// @param serverCount how many real servers, 1 to [#MAX_SERVERS]
    /// @return the lab, to be closed
    /// @throws io.fullnat.api.BalancerException if root's privileges or a tool are missing; nothing
    ///   is left behind then
    public static Lab create(String prefix, int serverCount) {
        return create(prefix, serverCount, List.of(LabFamily.IPV4));
    }

    /// As [#create(String, int)], with IPv6 for client and servers. The balancer's namespace has
    /// none of the kernel, as it has no IPv4.
    ///
    /// @param prefix of their names, for example `fullnat`
    /// @param serverCount how many real servers, 1 to [#MAX_SERVERS]
    /// @return the lab, to be closed
    /// @throws io.fullnat.api.BalancerException if root's privileges, a tool or the kernel's IPv6
    ///   are missing ([NetworkNamespace#hasIpv6()]); nothing is left behind then
    public static Lab dualStack(String prefix, int serverCount) {
        return create(prefix, serverCount, List.of(LabFamily.values()));
    }

    private static Lab create(String prefix, int serverCount, List<LabFamily> families) {
        String name = prefix + "-" + ProcessHandle.current().pid() + "-";
        List<NetworkNamespace> namespaces = new ArrayList<>();
        try {
            for (String role : List.of("client", "balancer", "switch")) {
                namespaces.add(NetworkNamespace.create(name + role));
            }
            for (int number = 1; number <= serverCount; number++) {
                namespaces.add(NetworkNamespace.create(name + "server" + number));
            }
            Lab lab = new Lab(namespaces);
            if (families.contains(LabFamily.IPV6)) {
                lab.client().enableIpv6();
                lab.servers().forEach(NetworkNamespace::enableIpv6);
            }
            lab.wire(families);
            return lab;
        } catch (BalancerException e) {
            namespaces.forEach(NetworkNamespace::close);
            throw e;
        }
    }

    private void wire(List<LabFamily> families) {
        link(client(), HOST_INTERFACE, balancer(), OUTSIDE_INTERFACE);
        for (LabFamily family : families) {
            client().addAddress(family.clientPrefix(), HOST_INTERFACE);
            client().ip("route", "add", "default", "via", family.gateway().toString());
        }
        // More than a thousand new connections a second must find a source port.
        client().setting("ipv4/ip_local_port_range", "1024 65535");

        NetworkNamespace bridge = namespaces.get(2);
        bridge.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
        bridge.ip("link", "set", "bridge", "up");
        connectInside();
        for (int number = 1; number <= servers().size(); number++) {
            NetworkNamespace server = server(number);
            link(server, HOST_INTERFACE, bridge, "port" + number);
            bridge.ip("link", "set", "port" + number, "master", "bridge");
            for (LabFamily family : families) {
                server.addAddress(family.serverPrefix(number), HOST_INTERFACE);
            }
        }
    }

    /// Joins the balancer to the switch of the servers; to be called again only after that
    /// interface was deleted.
    public void connectInside() {
        NetworkNamespace bridge = namespaces.get(2);
        link(balancer(), INSIDE_INTERFACE, bridge, "port0");
        bridge.ip("link", "set", "port0", "master", "bridge");
    }

    /// Gives the kernel of the balancer's namespace an interface of its own at the switch of the
    /// servers, beside the balancer's: what the balancer's health checks go by.
    ///
    /// @param prefix its address and prefix length
    public void connectKernel(String prefix) {
        NetworkNamespace bridge = namespaces.get(2);
        // Only that interface answers for its address.
        balancer().setting("ipv4/conf/all/arp_ignore", "1");
        link(balancer(), KERNEL_INTERFACE, bridge, KERNEL_INTERFACE);
        bridge.ip("link", "set", KERNEL_INTERFACE, "master", "bridge");
        balancer().addAddress(prefix, KERNEL_INTERFACE);
    }

    /// Joins two namespaces by a pair of virtual Ethernet interfaces (veth(4)), both up.
    ///
    /// @param a one namespace
    /// @param aInterface the new interface's name there
    /// @param b the other namespace
    /// @param bInterface the new interface's name there
    public static void link(
            NetworkNamespace a, String aInterface, NetworkNamespace b, String bInterface) {
        a.ip(
                "link",
                "add",
                aInterface,
                "type",
                "veth",
                "peer",
                "name",
                bInterface,
                "netns",
                b.name());
        prepare(a, aInterface);
        prepare(b, bInterface);
    }

    private static void prepare(NetworkNamespace namespace, String name) {
        namespace.ip("link", "set", name, "up");
    }

    /// Where clients live.
    ///
    /// @return with the address [#CLIENT] and a default route via the balancer
    public NetworkNamespace client() {
        return namespaces.get(0);
    }

    /// Where the balancer finds its two interfaces.
    ///
    /// @return without any address of the kernel
    public NetworkNamespace balancer() {
        return namespaces.get(1);
    }

    /// All real servers.
    ///
    /// @return server 1 first
    public List<NetworkNamespace> servers() {
        return namespaces.subList(3, namespaces.size());
    }

    /// One real server.
    ///
    /// @param number from 1
    /// @return with the address [#serverAddress(int)] and no default route
    public NetworkNamespace server(int number) {
        return servers().get(number - 1);
    }

    /// The address of a real server.
    ///
    /// @param number from 1 to [#MAX_SERVERS]
    /// @return for example 203.0.113.11 for the first
    public static IpAddress serverAddress(int number) {
        return LabFamily.IPV4.server(number);
    }

    /// Removes all namespaces.
    @Override
    public void close() {
        namespaces.forEach(NetworkNamespace::close);
    }
}
