// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Services and their real servers.
final class ServiceCheck implements Check {
    private static final String SOURCE = "fullnat service list";

    /// More servers are summed up, service by service.
    private static final int MOST = 10;

    @Override
    public String what() {
        return "services and real servers";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> running.services().forEach(each -> look(each, findings)));
        return findings;
    }

    private static void look(Running.Service service, List<Finding> findings) {
        Map<String, String> words = Map.of("service", service.words());
        sorry(service, words, findings);
        List<Running.Server> servers = service.servers();
        if (servers.isEmpty()) {
            findings.add(
                    Diagnosis.SERVICE_EMPTY.of(service.words(), "no real server", SOURCE, words));
            return;
        }
        if (service.locals().stream().allMatch(Running.Local::draining)) {
            findings.add(
                    Diagnosis.SERVICE_WITHOUT_LOCALS.of(
                            service.words(),
                            service.locals().isEmpty()
                                    ? "no local address"
                                    : "all local addresses drain",
                            SOURCE,
                            words));
        }
        List<Running.Server> meant =
                servers.stream().filter(each -> each.weight() > 0 && !each.inhibited()).toList();
        if (meant.isEmpty()) {
            findings.add(
                    Diagnosis.SERVICE_WITHOUT_WEIGHT.of(
                            service.words(),
                            servers.size() + " real servers, all of weight 0 or inhibited",
                            SOURCE,
                            words));
            return;
        }
        List<Running.Server> down = meant.stream().filter(each -> !each.up()).toList();
        if (down.size() == meant.size()) {
            findings.add(
                    Diagnosis.SERVICE_DOWN.of(
                            service.words(),
                            down.size() + " of " + down.size() + " down" + instead(service),
                            SOURCE,
                            words));
        }
        for (Running.Server server : down.subList(0, Math.min(MOST, down.size()))) {
            findings.add(
                    Diagnosis.SERVER_DOWN.of(
                            server.endpoint() + " of " + service.words(),
                            since(server),
                            "fullnat server list",
                            words));
        }
        if (down.size() > MOST) {
            findings.add(
                    Diagnosis.SERVER_DOWN.of(
                            service.words(),
                            (down.size() - MOST) + " more real servers are down",
                            "fullnat server list",
                            words));
        }
    }

    private static void sorry(
            Running.Service service, Map<String, String> words, List<Finding> findings) {
        service.sorry()
                .filter(server -> !server.up())
                .ifPresent(server ->
                        findings.add(
                                Diagnosis.SORRY_SERVER_DOWN.of(
                                        server.endpoint() + " of " + service.words(),
                                        since(server),
                                        "fullnat service show " + service.words(),
                                        words)));
    }

    private static String instead(Running.Service service) {
        return service.sorry()
                .map(server ->
                        ", the sorry server "
                                + server.endpoint()
                                + " has "
                                + server.connections()
                                + " connections")
                .orElse("");
    }

    private static String since(Running.Server server) {
        return "down for "
                + server.seconds()
                + " s"
                + (server.reason().isEmpty() ? "" : ": " + server.reason());
    }
}
