// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.MemorySettings;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.dpdk.Hugepages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What the demo balances, on whatever ports: HTTP by weight, with checks, and UDP in turn, to
/// three servers. Where there is IPv6, also HTTP over it, and datagrams of clients of IPv6 to
/// servers of IPv4.
final class Scenario {
    /// How many real servers there are.
    static final int SERVERS = 3;

    /// Where clients ask for pages.
    static final Endpoint HTTP = new Endpoint(Lab.VIRTUAL, 80);

    /// Where clients send datagrams.
    static final Endpoint ECHO = new Endpoint(Lab.VIRTUAL, 7);

    /// A local address that takes the place of another while clients go on.
    static final IpAddress FRESH = IpAddress.parse("203.0.113.103");

    /// The one whose place it takes.
    static final IpAddress REPLACED = Lab.LOCAL.getFirst();

    /// Where clients of IPv6 ask for pages of servers of IPv6.
    static final Endpoint HTTP6 = new Endpoint(LabFamily.IPV6.virtual(), 80);

    /// Where clients of IPv6 send datagrams to servers of IPv4.
    static final Endpoint ECHO64 = new Endpoint(LabFamily.IPV6.virtual(), 7);

    private static final int SERVER_HTTP_PORT = 8080;
    private static final int SERVER_ECHO64_PORT = 7064;
    private static final int CONNECTIONS = 65_536;

    private static final HealthPolicy CHECKED =
            HealthPolicy.builder()
                    .checks(
                            List.of(
                                    HealthCheck.builder(
                                                    HttpProbe.builder()
                                                            .path(HttpOrigin.HEALTH)
                                                            .build())
                                            .interval(Duration.ofMillis(250))
                                            .timeout(Duration.ofSeconds(1))
                                            .rise(2)
                                            .fall(2)
                                            .build()))
                    .slowStart(SlowStart.over(Duration.ofSeconds(1)))
                    .endConnections(true)
                    .build();

    private Scenario() {}

    /// Where a server serves pages.
    ///
    /// @param number from 1
    static Endpoint http(int number) {
        return new Endpoint(Lab.serverAddress(number), SERVER_HTTP_PORT);
    }

    /// Where a server sends datagrams back.
    ///
    /// @param number from 1
    static Endpoint echo(int number) {
        return new Endpoint(Lab.serverAddress(number), ECHO.port());
    }

    /// Where a server serves pages over IPv6.
    ///
    /// @param number from 1
    static Endpoint http6(int number) {
        return new Endpoint(LabFamily.IPV6.server(number), SERVER_HTTP_PORT);
    }

    /// Where a server sends datagrams back that clients of IPv6 have sent.
    ///
    /// @param number from 1
    static Endpoint echo64(int number) {
        return new Endpoint(Lab.serverAddress(number), SERVER_ECHO64_PORT);
    }

    /// The addresses that servers may see, in text form.
    static Set<String> localAddresses() {
        return Stream.of(Lab.LOCAL, List.of(FRESH), LabFamily.IPV6.locals())
                .flatMap(List::stream)
                .map(IpAddress::toString)
                .collect(Collectors.toSet());
    }

    /// The balancer's configuration.
    ///
    /// @param ports named as the lab's interfaces are
    /// @param ipv6 whether IPv6 takes part
    static Configuration configuration(List<PortSettings> ports, boolean ipv6) {
        List<InterfaceAddress> addresses = new ArrayList<>(addresses(LabFamily.IPV4));
        List<VirtualService> services = new ArrayList<>(List.of(web(), datagrams()));
        if (ipv6) {
            addresses.addAll(addresses(LabFamily.IPV6));
            services.addAll(List.of(web6(), datagrams64()));
        }
        return new Configuration(
                new WorkerSettings(
                        1,
                        List.of(),
                        CONNECTIONS,
                        BalancerBuilder.DEFAULT_TEMPLATES,
                        Optional.empty(),
                        Optional.empty(),
                        ClientNetworks.DEFAULT,
                        Optional.empty()),
                new MemorySettings(OptionalInt.empty(), Hugepages.NONE, OptionalInt.empty()),
                ports,
                addresses,
                List.of(),
                List.of(),
                services);
    }

    private static List<InterfaceAddress> addresses(LabFamily family) {
        return List.of(
                InterfaceAddress.of(family.outside(), Lab.OUTSIDE_INTERFACE),
                InterfaceAddress.of(family.inside(), Lab.INSIDE_INTERFACE),
                InterfaceAddress.of(family.virtualPrefix(), Lab.OUTSIDE_INTERFACE));
    }

    private static VirtualService web() {
        List<RealServer> servers =
                numbers().mapToObj(n -> RealServer.of(http(n)).withWeight(n == 1 ? 2 : 1)).toList();
        return VirtualService.of(ServiceKey.tcp(Lab.VIRTUAL.toString(), HTTP.port()))
                .withPolicy(ServicePolicy.DEFAULT.withHealth(CHECKED))
                .withScheduler("wrr")
                .withRealServers(servers)
                .withLocalAddresses(locals(LabFamily.IPV4));
    }

    private static VirtualService web6() {
        List<RealServer> servers = numbers().mapToObj(n -> RealServer.of(http6(n))).toList();
        return VirtualService.of(ServiceKey.tcp(HTTP6.address().toString(), HTTP6.port()))
                .withScheduler("rr")
                .withRealServers(servers)
                .withLocalAddresses(locals(LabFamily.IPV6));
    }

    private static VirtualService datagrams64() {
        List<RealServer> servers = numbers().mapToObj(n -> RealServer.of(echo64(n))).toList();
        return VirtualService.of(ServiceKey.udp(ECHO64.address().toString(), ECHO64.port()))
                .withScheduler("rr")
                .withRealServers(servers)
                .withLocalAddresses(locals(LabFamily.IPV4));
    }

    private static VirtualService datagrams() {
        List<RealServer> servers = numbers().mapToObj(n -> RealServer.of(echo(n))).toList();
        return VirtualService.of(ServiceKey.udp(Lab.VIRTUAL.toString(), ECHO.port()))
                .withScheduler("rr")
                .withRealServers(servers)
                .withLocalAddresses(locals(LabFamily.IPV4));
    }

    private static List<LocalAddress> locals(LabFamily family) {
        return family.locals().stream()
                .map(address -> new LocalAddress(address, Lab.INSIDE_INTERFACE))
                .toList();
    }

    /// The numbers of the servers.
    static IntStream numbers() {
        return IntStream.rangeClosed(1, SERVERS);
    }
}
