// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.LogSettings;
import io.fullnat.balancer.config.MemorySettings;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.dpdk.DeviceSpec;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Correct configurations of very few names, so that two of them clash wherever they can: what is a
/// virtual address in one is a local address in the other, and on another device.
final class RandomConfigurations {
    private static final List<String> DEVICES = List.of("out", "in", "in.7");
    private static final List<String> CLIENTS =
            List.of("0.0.0.0/0", "192.0.2.0/24", "192.0.2.7/32", "198.51.100.0/25");
    private static final int ADDRESSES = 7;

    private final RandomGenerator random;

    RandomConfigurations(long seed) {
        random = Seed.generator(seed);
    }

    static final List<PortSettings> PORTS = List.of(port("out"), port("in"));

    private static PortSettings port(String name) {
        return new PortSettings(
                name,
                DeviceSpec.parse("null:"),
                OptionalInt.empty(),
                false,
                Optional.empty(),
                ReversePath.OFF,
                Optional.empty());
    }

    Configuration next() {
        Map<IpAddress, String> places = new TreeMap<>();
        List<IpAddress> virtual = new ArrayList<>();
        List<LocalAddress> locals = new ArrayList<>();
        for (int i = 1; i <= ADDRESSES; i++) {
            IpAddress address = IpAddress.parse("10." + i % 3 + ".0." + i);
            String device = any(DEVICES);
            places.put(address, device);
            if (random.nextBoolean()) {
                virtual.add(address);
            } else {
                locals.add(new LocalAddress(address, device));
            }
        }
        List<InterfaceAddress> addresses = new ArrayList<>();
        places.forEach((address, device) -> {
            if (random.nextInt(3) > 0) {
                IpPrefix prefix = new IpPrefix(address, any(List.of(16, 24, 32)));
                addresses.add(new InterfaceAddress(prefix, device));
            }
        });
        return new Configuration(
                WorkerSettings.DEFAULT,
                MemorySettings.DEFAULT,
                PORTS,
                ApiSettings.DEFAULT,
                PuntSettings.DEFAULT,
                NeighbourSettings.DEFAULT,
                addresses,
                routes(addresses),
                neighbours(),
                timeouts(),
                services(virtual, locals),
                ServicePolicy.Refusal.REJECT,
                LogSettings.DEFAULT);
    }

    private Timeouts timeouts() {
        Timeouts timeouts = Timeouts.NONE;
        for (TimedState state : TimedState.values()) {
            if (random.nextInt(8) == 0) {
                timeouts = timeouts.with(state, Duration.ofSeconds(random.nextInt(1, 4)));
            }
        }
        return timeouts;
    }

    private List<Route> routes(List<InterfaceAddress> addresses) {
        List<Route> routes = new ArrayList<>();
        for (String to : some(List.of("0.0.0.0/0", "172.16.0.0/12", "172.16.0.0/16"))) {
            List<InterfaceAddress> networks =
                    addresses.stream().filter(own -> own.prefix().length() < 32).toList();
            if (networks.isEmpty() || random.nextInt(4) == 0) {
                routes.add(Route.onLink(to, any(DEVICES)));
            } else {
                InterfaceAddress own = any(networks);
                String network = own.prefix().network().address().toString();
                String gateway = network.substring(0, network.lastIndexOf('.')) + ".254";
                routes.add(Route.via(to, gateway, own.device()));
            }
        }
        return routes;
    }

    private List<Neighbour> neighbours() {
        List<Neighbour> neighbours = new ArrayList<>();
        for (String device : some(DEVICES)) {
            for (String address : some(List.of("10.0.0.254", "10.1.0.254"))) {
                MacAddress mac = MacAddress.parse("02:00:00:00:00:0" + random.nextInt(1, 3));
                neighbours.add(new Neighbour(IpAddress.parse(address), mac, device));
            }
        }
        return neighbours;
    }

    private List<VirtualService> services(List<IpAddress> virtual, List<LocalAddress> locals) {
        List<VirtualService> services = new ArrayList<>();
        for (IpAddress address : virtual) {
            for (Protocol protocol : some(List.of(Protocol.values()))) {
                for (int port : some(List.of(80, 443))) {
                    ServiceKey key = new ServiceKey(protocol, new Endpoint(address, port));
                    services.add(service(key, locals));
                }
            }
        }
        return services;
    }

    private VirtualService service(ServiceKey key, List<LocalAddress> locals) {
        List<RealServer> servers =
                some(List.of(1, 2, 3, 4)).stream()
                        .map(n -> RealServer.of("172.16.0." + n, 8080))
                        .map(server -> server.withWeight(random.nextInt(3)))
                        .toList();
        List<AccessRule> rules = new ArrayList<>();
        some(CLIENTS).forEach(clients -> rules.add(AccessRule.deny(clients)));
        some(CLIENTS).forEach(clients -> rules.add(AccessRule.allow(clients)));
        Collections.shuffle(rules, random);
        Optional<Duration> timeout =
                random.nextBoolean()
                        ? Optional.empty()
                        : Optional.of(Duration.ofSeconds(random.nextInt(1, 3)));
        return VirtualService.builder(key)
                .scheduler(any(List.of("rr", "wrr", "wlc", "mh", "conhash", "sed")))
                .connectionTimeout(timeout)
                .realServers(servers)
                .localAddresses(some(locals))
                .accessRules(rules)
                .policy(
                        ServicePolicy.DEFAULT
                                .withRefusal(any(List.of(ServicePolicy.Refusal.values())))
                                .withTimeouts(timeouts()))
                .build();
    }

    /// A configuration that differs from another in a little.
    Configuration near(Configuration other) {
        Configuration fresh = next();
        List<VirtualService> services = new ArrayList<>(other.services());
        if (!services.isEmpty()) {
            int index = random.nextInt(services.size());
            VirtualService old = services.get(index);
            List<RealServer> servers = new ArrayList<>(old.realServers());
            Collections.shuffle(servers, random);
            List<LocalAddress> locals = new ArrayList<>(old.localAddresses());
            Collections.shuffle(locals, random);
            services.set(
                    index,
                    random.nextBoolean()
                            ? old.withRealServers(some(servers))
                            : old.withLocalAddresses(some(locals)).withScheduler("rr"));
        }
        return new Configuration(
                other.workers(),
                other.memory(),
                other.ports(),
                other.addresses(),
                other.routes(),
                random.nextBoolean() ? fresh.neighbours() : other.neighbours(),
                services);
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private <T> List<T> some(List<T> all) {
        List<T> some = new ArrayList<>(all);
        Collections.shuffle(some, random);
        return List.copyOf(some.subList(0, random.nextInt(some.size() + 1)));
    }
}
