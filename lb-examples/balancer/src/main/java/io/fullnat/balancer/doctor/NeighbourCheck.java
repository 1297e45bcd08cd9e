// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Neighbours that do not answer, or that nobody has heard of.
final class NeighbourCheck implements Check {
    private static final String SOURCE = "fullnat neighbour list";
    private static final String SILENT = "incomplete";

    /// More are summed up: a scan of a network may have thousands be looked for.
    private static final int MOST = 20;

    @Override
    public String what() {
        return "neighbours";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> {
                    silent(running, findings);
                    unknown(running, findings);
                    full(running, findings);
                });
        return findings;
    }

    private static void silent(Running running, List<Finding> findings) {
        Set<String> gateways =
                running.routes().stream()
                        .flatMap(route -> route.gateway().stream())
                        .collect(Collectors.toSet());
        Map<String, List<String>> servers = servers(running);
        Map<String, Running.Neighbour> silent = new LinkedHashMap<>();
        running.neighbours().stream()
                .filter(each -> each.state().equals(SILENT))
                .forEach(each -> silent.putIfAbsent(each.address(), each));
        int others = 0;
        for (Running.Neighbour each : silent.values()) {
            boolean gateway = gateways.contains(each.address());
            List<String> users = servers.getOrDefault(each.address(), List.of());
            if (!gateway && users.isEmpty()) {
                others++;
                continue;
            }
            String what =
                    gateway
                            ? "gateway " + each.address()
                            : "real server " + each.address() + " of " + first(users);
            findings.add(
                    (gateway ? Diagnosis.GATEWAY_SILENT : Diagnosis.NEIGHBOUR_SILENT)
                            .of(what, "does not answer on " + each.device(), SOURCE, words(each)));
        }
        if (others > 0) {
            Running.Neighbour one =
                    silent.values().stream()
                            .filter(each ->
                                    !gateways.contains(each.address())
                                            && !servers.containsKey(each.address()))
                            .findFirst()
                            .orElseThrow();
            findings.add(
                    Diagnosis.NEIGHBOUR_SILENT.of(
                            "other stations",
                            others + " do not answer, " + one.address() + " among them",
                            SOURCE,
                            words(one)));
        }
    }

    private static Map<String, String> words(Running.Neighbour each) {
        return Map.of(
                "address",
                each.address(),
                "device",
                each.device(),
                "port",
                Running.port(each.device()));
    }

    /// Services by the addresses of their servers.
    private static Map<String, List<String>> servers(Running running) {
        Map<String, List<String>> servers = new TreeMap<>();
        for (Running.Service service : running.services()) {
            for (Running.Server server : service.servers()) {
                servers.computeIfAbsent(server.address(), address -> new ArrayList<>())
                        .add(service.words());
            }
        }
        return servers;
    }

    private static String first(List<String> users) {
        return users.size() == 1
                ? users.getFirst()
                : users.getFirst() + " and " + (users.size() - 1) + " more";
    }

    private static void unknown(Running running, List<Finding> findings) {
        // Of servers that are asked how they are their checks say more.
        Set<String> checked =
                running.services().stream()
                        .flatMap(service -> service.servers().stream())
                        .filter(Running.Server::checked)
                        .map(Running.Server::address)
                        .collect(Collectors.toSet());
        Set<String> known = new HashSet<>();
        running.neighbours().forEach(each -> known.add(each.address()));
        List<IpPrefix> links =
                running.addresses().stream()
                        .map(NeighbourCheck::network)
                        .filter(network -> network.length() < network.address().bitLength())
                        .toList();
        List<Map.Entry<String, List<String>>> unknown =
                servers(running).entrySet().stream()
                        .filter(server -> !known.contains(server.getKey()))
                        .filter(server -> !checked.contains(server.getKey()))
                        .filter(server -> isNear(server.getKey(), links))
                        .toList();
        for (Map.Entry<String, List<String>> server :
                unknown.subList(0, Math.min(MOST, unknown.size()))) {
            findings.add(
                    Diagnosis.NEIGHBOUR_UNKNOWN.of(
                            "real server " + server.getKey() + " of " + first(server.getValue()),
                            "in the table of no worker",
                            SOURCE,
                            Map.of("service", server.getValue().getFirst())));
        }
        if (unknown.size() > MOST) {
            findings.add(
                    Diagnosis.NEIGHBOUR_UNKNOWN.of(
                            "real servers",
                            (unknown.size() - MOST) + " more in the table of no worker",
                            SOURCE,
                            Map.of("service", unknown.getLast().getValue().getFirst())));
        }
    }

    private static IpPrefix network(Running.Address address) {
        return new IpPrefix(IpAddress.parse(address.address()), address.length());
    }

    private static boolean isNear(String server, List<IpPrefix> links) {
        IpAddress address = IpAddress.parse(server);
        return links.stream().anyMatch(link -> link.contains(address));
    }

    private static void full(Running running, List<Finding> findings) {
        Map<Integer, Integer> counts = new TreeMap<>();
        running.neighbours().forEach(each -> counts.merge(each.worker(), 1, Integer::sum));
        counts.forEach((worker, count) -> {
            if (count >= Thresholds.NEIGHBOURS * Thresholds.MOST_NEIGHBOURS) {
                findings.add(
                        Diagnosis.NEIGHBOURS_NEARLY_FULL.of(
                                "worker " + worker,
                                count + " of " + Thresholds.MOST_NEIGHBOURS,
                                SOURCE));
            }
        });
    }
}
