// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.MemorySettings;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.demo.lab.Lab;
import io.fullnat.dpdk.Hugepages;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What the demo balances, on whatever ports: HTTP by weight and UDP in turn, to three servers.
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

    private static final int SERVER_HTTP_PORT = 8080;
    private static final int CONNECTIONS = 65_536;

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

    /// The addresses that servers may see, in text form.
    static Set<String> localAddresses() {
        return Stream.concat(Lab.LOCAL.stream(), Stream.of(FRESH))
                .map(IpAddress::toString)
                .collect(Collectors.toSet());
    }

    /// The balancer's configuration.
    ///
    /// @param ports named as the lab's interfaces are
    static Configuration configuration(List<PortSettings> ports) {
        return new Configuration(
                new WorkerSettings(1, List.of(), CONNECTIONS, Optional.empty()),
                new MemorySettings(OptionalInt.empty(), Hugepages.NONE, OptionalInt.empty()),
                ports,
                List.of(
                        InterfaceAddress.of(Lab.OUTSIDE, Lab.OUTSIDE_INTERFACE),
                        InterfaceAddress.of(Lab.INSIDE, Lab.INSIDE_INTERFACE),
                        new InterfaceAddress(
                                new IpPrefix(Lab.VIRTUAL, Lab.VIRTUAL.bitLength()),
                                Lab.OUTSIDE_INTERFACE)),
                List.of(),
                List.of(),
                List.of(web(), datagrams()));
    }

    private static VirtualService web() {
        List<RealServer> servers =
                numbers().mapToObj(n -> RealServer.of(http(n)).withWeight(n == 1 ? 2 : 1)).toList();
        return VirtualService.of(ServiceKey.tcp(Lab.VIRTUAL.toString(), HTTP.port()))
                .withScheduler("wrr")
                .withRealServers(servers)
                .withLocalAddresses(locals());
    }

    private static VirtualService datagrams() {
        List<RealServer> servers = numbers().mapToObj(n -> RealServer.of(echo(n))).toList();
        return VirtualService.of(ServiceKey.udp(Lab.VIRTUAL.toString(), ECHO.port()))
                .withScheduler("rr")
                .withRealServers(servers)
                .withLocalAddresses(locals());
    }

    private static List<LocalAddress> locals() {
        return Lab.LOCAL.stream()
                .map(address -> new LocalAddress(address, Lab.INSIDE_INTERFACE))
                .toList();
    }

    /// The numbers of the servers.
    static IntStream numbers() {
        return IntStream.rangeClosed(1, SERVERS);
    }
}
