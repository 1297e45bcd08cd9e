// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.health.Announcer;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Announces virtual addresses by routes of the kernel, one for each address, of a protocol number
/// of their own, which a routing daemon redistributes.
///
/// The routes lead to the kernel's interface beside the first port that has one: they go with it if
/// the balancer is killed, and count for nothing while its link is down. Without such an interface
/// they are blackholes, which stay when the balancer is killed, until it is started again. They are
/// read anew each time, and only what differs is changed: routes of other protocol numbers stay as
/// they are.
///
/// **Thread-safety:** one thread at a time.
final class KernelRoutes implements Announcer {
    /// The protocol number of the routes (`ip route show proto 158`): one that
    /// `/etc/iproute2/rt_protos` gives to nobody, and of those which FRR takes for the kernel's.
    static final int PROTOCOL = 158;

    /// How `ip -batch -force` says which line has failed; why stands before it.
    private static final Pattern FAILED = Pattern.compile("Command failed -:([0-9]+)");

    private static final String BLACKHOLE = "blackhole";
    private static final String RTNETLINK = "RTNETLINK answers: ";

    /// A route that announces an address.
    ///
    /// @param device where it leads; empty for a blackhole
    private record HostRoute(IpAddress address, Optional<String> device) {
        /// The end of a command of `ip route`.
        String words() {
            return device.map(name -> address + " dev " + name).orElse(BLACKHOLE + " " + address)
                    + " proto "
                    + PROTOCOL;
        }
    }

    private final IpCommand ip;
    private final Optional<String> device;

    /// @param device the kernel's interface; empty for blackholes
    KernelRoutes(IpCommand ip, Optional<String> device) {
        this.ip = ip;
        this.device = device;
    }

    static KernelRoutes of(Configuration configuration) {
        return new KernelRoutes(
                new IpCommand("ip"),
                configuration.ports().stream()
                        .map(PortSettings::kernel)
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    @Override
    public Map<IpAddress, String> announce(Set<IpAddress> addresses)
            throws IOException, InterruptedException {
        Map<IpAddress, String> failures = new HashMap<>();
        announce("-4", addresses, address -> address instanceof Ipv4Address, failures);
        announce("-6", addresses, address -> !(address instanceof Ipv4Address), failures);
        return failures;
    }

    private void announce(
            String family,
            Set<IpAddress> addresses,
            Predicate<IpAddress> belongs,
            Map<IpAddress, String> failures)
            throws IOException, InterruptedException {
        Set<HostRoute> wanted = new HashSet<>();
        for (IpAddress address : new TreeSet<>(addresses)) {
            if (belongs.test(address)) {
                wanted.add(new HostRoute(address, device));
            }
        }
        Set<HostRoute> present = read(family);
        List<HostRoute> touched = new ArrayList<>();
        StringBuilder batch = new StringBuilder();
        for (HostRoute route : present) {
            if (!wanted.contains(route) && isOurs(route)) {
                touched.add(route);
                batch.append("route del ").append(route.words()).append('\n');
            }
        }
        for (HostRoute route : wanted) {
            if (!present.contains(route)) {
                touched.add(route);
                batch.append("route add ").append(route.words()).append('\n');
            }
        }
        if (!touched.isEmpty()) {
            IpCommand.Said said = ip.run(batch.toString(), family, "-force", "-batch", "-");
            if (said.status() != 0) {
                failures(said, touched, failures);
            }
        }
    }

    /// Those to the interface of another balancer are that one's.
    private boolean isOurs(HostRoute route) {
        return route.device.isEmpty() || route.device.equals(device);
    }

    private Set<HostRoute> read(String family) throws IOException, InterruptedException {
        String protocol = Integer.toString(PROTOCOL);
        IpCommand.Said said = ip.run("", family, "route", "show", "proto", protocol);
        if (said.status() != 0) {
            throw new IOException(
                    "the kernel's routes cannot be read: "
                            + (said.errors().isEmpty() ? "exit " + said.status() : said.errors()));
        }
        Set<HostRoute> routes = new HashSet<>();
        said.output().lines().forEach(line -> parse(line).ifPresent(routes::add));
        return routes;
    }

    /// A line of `ip route`; networks are not announced by us.
    private static Optional<HostRoute> parse(String line) {
        List<String> words = List.of(line.strip().split("\\s+"));
        boolean blackhole = words.getFirst().equals(BLACKHOLE);
        String address = words.get(blackhole && words.size() > 1 ? 1 : 0);
        int at = words.indexOf("dev");
        if (address.contains("/") || (!blackhole && (at < 0 || at + 1 >= words.size()))) {
            return Optional.empty();
        }
        Optional<String> device = blackhole ? Optional.empty() : Optional.of(words.get(at + 1));
        try {
            return Optional.of(new HostRoute(IpAddress.parse(address), device));
        } catch (BalancerException other) { // of another type, or "default"
            return Optional.empty();
        }
    }

    private static void failures(
            IpCommand.Said said, List<HostRoute> touched, Map<IpAddress, String> failures)
            throws IOException {
        String why = "";
        boolean known = false;
        for (String line : said.errors().lines().toList()) {
            Matcher failed = FAILED.matcher(line);
            if (failed.matches()) {
                int number = Integer.parseInt(failed.group(1));
                if (number >= 1 && number <= touched.size()) {
                    known = true;
                    failures.put(touched.get(number - 1).address(), why);
                }
                why = "";
            } else {
                why = line.startsWith(RTNETLINK) ? line.substring(RTNETLINK.length()) : line;
            }
        }
        if (!known) {
            throw new IOException("ip route: " + said.errors());
        }
    }
}
