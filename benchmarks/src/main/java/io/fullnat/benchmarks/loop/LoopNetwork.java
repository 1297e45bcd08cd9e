// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// The network around a measured balancer: one port, one virtual service, four real servers that
/// take turns, sixty-four local addresses, clients behind a router. `-Dfullnat.loop.scheduler=wlc
/// -Dfullnat.loop.servers=128` sets another scheduler, and how many servers it has.
///
/// @param protocol of the service
/// @param timeoutSeconds idle time of its connections
/// @param ipv6 whether clients speak IPv6, not IPv4
/// @param serversIpv6 whether real servers do
/// @param denied the type of a set of [#STRANGERS] entries, whose clients the service denies
/// @param policy of the service
public record LoopNetwork(
        Protocol protocol,
        int timeoutSeconds,
        boolean ipv6,
        boolean serversIpv6,
        Optional<SetType> denied,
        ServicePolicy policy) {
    /// The port's name.
    public static final String PORT = "port";

    /// The service's first local address.
    public static final String FIRST_LOCAL = "203.0.113.100";

    /// The real servers' port, below all client ports.
    public static final int SERVER_PORT = 800;

    /// Entries of the set that a service may deny.
    public static final int STRANGERS = 100_000;

    /// Half of the entries are single addresses.
    private static final int[] LENGTHS = {32, 32, 32, 32, 31, 30, 28, 24};

    private static final Endpoint SERVICE = Endpoint.of("192.0.2.80", 80);
    private static final Endpoint SERVICE6 = Endpoint.of("2001:db8:2::80", 80);

    /// The system property with the scheduler of the service.
    private static final String SCHEDULER = "fullnat.loop.scheduler";

    static final int SERVERS = Integer.getInteger("fullnat.loop.servers", 4);
    private static final int MANY_SERVERS = 80;
    private static final int LOCALS = 64;
    private static final String NEIGHBOUR_MAC = "02:00:00:00:00:51";

    /// A network whose service admits all clients.
    ///
    /// @param protocol of the service
    /// @param timeoutSeconds idle time of its connections
    /// @param ipv6 whether clients speak IPv6, not IPv4
    /// @param serversIpv6 whether real servers do
    public LoopNetwork(Protocol protocol, int timeoutSeconds, boolean ipv6, boolean serversIpv6) {
        this(protocol, timeoutSeconds, ipv6, serversIpv6, Optional.empty(), ServicePolicy.DEFAULT);
    }

    /// A network of IPv4.
    ///
    /// @param protocol of the service
    /// @param timeoutSeconds idle time of its connections
    public LoopNetwork(Protocol protocol, int timeoutSeconds) {
        this(protocol, timeoutSeconds, false, false);
    }

    /// What clients talk to.
    public Endpoint service() {
        return service(ipv6);
    }

    /// The first of all flows, as its client sends it.
    ///
    /// @throws IllegalStateException if clients speak IPv6
    FlowTuple firstFlow() {
        if (ipv6) {
            throw new IllegalStateException("flows of IPv6 are not captured here");
        }
        return new FlowTuple(protocol, Endpoint.of("10.0.0.1", FrameMaker.FIRST_PORT), service());
    }

    static Endpoint service(boolean ipv6) {
        return ipv6 ? SERVICE6 : SERVICE;
    }

    /// Whether real servers of TCP are told in each connection who the client is.
    boolean tells() {
        return policy.disclosure().toa() || policy.proxyProtocol() != ProxyProtocol.DISABLE;
    }

    /// The service's key.
    public ServiceKey key() {
        return new ServiceKey(protocol, service());
    }

    /// All that a fresh balancer has to be told.
    public List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        String clients = ipv6 ? "2001:db8:c::/48" : "10.0.0.0/8";
        String gateway = station(ipv6, 254);
        changes.add(own(ipv6));
        if (serversIpv6 != ipv6) {
            changes.add(own(serversIpv6));
        }
        changes.add(new Change.AddRoute(Route.via(clients, gateway, PORT)));
        changes.add(neighbour(gateway));
        VirtualService service =
                VirtualService.of(key())
                        .withScheduler(scheduler())
                        .withPolicy(policy)
                        .withConnectionTimeout(Duration.ofSeconds(timeoutSeconds));
        for (int i = 0; i < SERVERS; i++) {
            String server =
                    station(
                            serversIpv6,
                            i < MANY_SERVERS ? 11 + i : 100 + LOCALS + i - MANY_SERVERS);
            service = service.withRealServer(server(server, i));
            changes.add(neighbour(server));
        }
        for (int i = 0; i < LOCALS; i++) {
            service =
                    service.withLocalAddress(LocalAddress.of(station(serversIpv6, 100 + i), PORT));
        }
        if (denied.isPresent()) {
            changes.add(new Change.CreateSet(strangers(denied.get())));
            service = service.withAccessRules(List.of(AccessRule.deny("ipset:strangers")));
        }
        changes.add(new Change.AddService(service));
        return changes;
    }

    private String scheduler() {
        return policy.schedulerOptions().isEmpty() ? System.getProperty(SCHEDULER, "rr") : "mh";
    }

    private RealServer server(String address, int index) {
        Endpoint endpoint = Endpoint.of(address, SERVER_PORT);
        return policy.quic().isEmpty()
                ? RealServer.of(address, SERVER_PORT)
                : RealServer.builder(endpoint).quicIds(List.of(QuicMaker.serverId(index))).build();
    }

    /// Networks of several lengths, spread over the whole address space of the family but where the
    /// clients are.
    private IpSet strangers(SetType type) {
        IpSet.Builder set =
                IpSet.builder("strangers", type)
                        .family(ipv6 ? SetFamily.IPV6 : SetFamily.IPV4)
                        .maxEntries(STRANGERS);
        SplittableRandom random = new SplittableRandom(1);
        String port = type == SetType.HASH_NET_PORT ? ",udp:0" : "";
        for (int size = 0; size < STRANGERS; size = set.build().entries().size()) {
            for (int i = size; i < STRANGERS; i++) {
                set.add(SetMember.of(stranger(random) + port), true);
            }
        }
        return set.build();
    }

    private String stranger(SplittableRandom random) {
        int bits = random.nextInt();
        if (ipv6) {
            return "2001:db9:%x:%x::/%d"
                    .formatted(bits >>> 16, bits & 0xFFFF, 48 + 8 * random.nextInt(3));
        }
        int first = 11 + Integer.remainderUnsigned(bits >>> 24, 200);
        return "%d.%d.%d.%d/%d"
                .formatted(
                        first,
                        bits >>> 16 & 0xFF,
                        bits >>> 8 & 0xFF,
                        bits & 0xFF,
                        LENGTHS[random.nextInt(LENGTHS.length)]);
    }

    /// An address on the port's network.
    private static String station(boolean ipv6, int number) {
        return (ipv6 ? "2001:db8:1::" : "203.0.113.") + number;
    }

    private static Change own(boolean ipv6) {
        String address = station(ipv6, 1) + (ipv6 ? "/64" : "/24");
        return new Change.AddAddress(InterfaceAddress.of(address, PORT));
    }

    private static Change neighbour(String address) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(NEIGHBOUR_MAC), PORT));
    }
}
