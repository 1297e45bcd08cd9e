// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One change as an operator reads it: `~ real server 10.0.1.11:80 of TCP 10.0.0.1:80 weight 1 ->
/// 3`. Immutable.
///
/// @param sign `+` for something new, `-` for something gone, `~` for something else than before
/// @param object what kind of thing it is about
/// @param text which one, and what of it
record ChangeLine(String sign, String object, String text) {
    private static final String ADDED = "+";
    private static final String REMOVED = "-";
    private static final String EDITED = "~";

    private static final String SERVICE = "service";
    private static final String SERVER = "real server";
    private static final String LOCAL = "local address";
    private static final String CONNECTIONS = "connections";
    private static final String RULE = "access rule";
    private static final String ADDRESS = "address";
    private static final String ROUTE = "route";
    private static final String NEIGHBOUR = "neighbour";

    /// Puts a change into words.
    ///
    /// @param before the state that its transaction met
    static ChangeLine of(Change change, DesiredState before) {
        return switch (change) {
            case Change.AddService c -> new ChangeLine(ADDED, SERVICE, summary(c.service()));
            case Change.ReplaceService c ->
                    new ChangeLine(
                            EDITED,
                            SERVICE,
                            c.service().key() + " order of real servers or local addresses");
            case Change.EditService c -> new ChangeLine(EDITED, SERVICE, edited(c, before));
            case Change.SetPolicy c -> new ChangeLine(EDITED, SERVICE, edited(c, before));
            case Change.SetTimeouts c ->
                    new ChangeLine(EDITED, "timeouts", before.timeouts() + " -> " + c.timeouts());
            case Change.RemoveService c ->
                    new ChangeLine(REMOVED, SERVICE, c.key() + ending(c.endConnections()));
            case Change.AddRealServer c ->
                    new ChangeLine(ADDED, SERVER, server(c.key(), c.server()));
            case Change.EditRealServer c ->
                    new ChangeLine(
                            EDITED,
                            SERVER,
                            of(c.key(), c.server().endpoint())
                                    + " weight "
                                    + weight(c.key(), c.server().endpoint(), before)
                                    + " -> "
                                    + c.server().weight());
            case Change.RemoveRealServer c ->
                    new ChangeLine(
                            REMOVED,
                            SERVER,
                            of(c.key(), c.endpoint()) + ending(c.endConnections()));
            case Change.EndConnections c ->
                    new ChangeLine(REMOVED, CONNECTIONS, c.filter().toString());
            case Change.AddLocalAddress c -> new ChangeLine(ADDED, LOCAL, of(c.key(), c.address()));
            case Change.RemoveLocalAddress c ->
                    new ChangeLine(REMOVED, LOCAL, of(c.key(), local(c, before)));
            case Change.FlushLocalAddresses c -> new ChangeLine(REMOVED, LOCAL, of(c.key(), "all"));
            case Change.AddAccessRule c -> new ChangeLine(ADDED, RULE, of(c.key(), c.rule()));
            case Change.RemoveAccessRule c -> new ChangeLine(REMOVED, RULE, of(c.key(), c.rule()));
            case Change.AddAddress c -> new ChangeLine(ADDED, ADDRESS, c.address().toString());
            case Change.RemoveAddress c -> new ChangeLine(REMOVED, ADDRESS, c.address().toString());
            case Change.AddRoute c -> new ChangeLine(ADDED, ROUTE, c.route().toString());
            case Change.RemoveRoute c ->
                    new ChangeLine(REMOVED, ROUTE, route(c.destination(), before));
            case Change.SetNeighbour c ->
                    new ChangeLine(ADDED, NEIGHBOUR, c.neighbour().toString());
            case Change.RemoveNeighbour c ->
                    new ChangeLine(REMOVED, NEIGHBOUR, c.address() + " dev " + c.device());
            case Change.FlushNeighbours c ->
                    new ChangeLine(
                            REMOVED,
                            NEIGHBOUR,
                            "all that were resolved" + c.device().map(d -> " dev " + d).orElse(""));
            case Change.ZeroCounters c ->
                    new ChangeLine(
                            EDITED,
                            SERVICE,
                            c.key().map(ServiceKey::toString).orElse("all") + " counts from 0");
        };
    }

    private static String ending(boolean connections) {
        return connections ? " with its connections" : "";
    }

    private static String of(ServiceKey key, Object part) {
        return part + " of " + key;
    }

    private static String server(ServiceKey key, RealServer server) {
        return of(key, server.endpoint()) + " weight " + server.weight();
    }

    private static String summary(VirtualService service) {
        return service.key()
                + " scheduler "
                + service.scheduler()
                + service.connectionTimeout().map(t -> ", timeout " + t.toSeconds()).orElse("")
                + policy(service.policy())
                + ", real servers "
                + service.realServers().size()
                + ", local addresses "
                + service.localAddresses().size();
    }

    private static String edited(Change.EditService edit, DesiredState before) {
        List<String> parts = new ArrayList<>();
        VirtualService service = before.services().get(edit.key());
        String scheduler = service == null ? "" : service.scheduler();
        if (!scheduler.equals(edit.scheduler())) {
            parts.add("scheduler " + scheduler + " -> " + edit.scheduler());
        }
        Optional<Duration> timeout =
                service == null ? Optional.empty() : service.connectionTimeout();
        if (!timeout.equals(edit.connectionTimeout())) {
            parts.add("timeout " + text(timeout) + " -> " + text(edit.connectionTimeout()));
        }
        return edit.key() + " " + String.join(", ", parts);
    }

    private static String edited(Change.SetPolicy edit, DesiredState before) {
        VirtualService service = before.services().get(edit.key());
        ServicePolicy policy = service == null ? ServicePolicy.DEFAULT : service.policy();
        return edit.key() + " " + policy + " -> " + edit.policy();
    }

    private static String policy(ServicePolicy policy) {
        return policy.equals(ServicePolicy.DEFAULT) ? "" : ", " + policy;
    }

    private static String text(Optional<Duration> timeout) {
        return timeout.map(idle -> String.valueOf(idle.toSeconds())).orElse("default");
    }

    private static String weight(ServiceKey key, Endpoint endpoint, DesiredState before) {
        return Optional.ofNullable(before.services().get(key)).stream()
                .flatMap(service -> service.realServers().stream())
                .filter(server -> server.endpoint().equals(endpoint))
                .map(server -> String.valueOf(server.weight()))
                .findFirst()
                .orElse("?");
    }

    private static Object local(Change.RemoveLocalAddress removal, DesiredState before) {
        return Optional.ofNullable(before.services().get(removal.key())).stream()
                .flatMap(service -> service.localAddresses().stream())
                .filter(local -> local.address().equals(removal.address()))
                .map(LocalAddress::toString)
                .findFirst()
                .orElse(removal.address().toString());
    }

    private static String route(IpPrefix destination, DesiredState before) {
        return Optional.ofNullable(before.routes().get(destination))
                .map(Object::toString)
                .orElse(destination.toString());
    }

    @Override
    public String toString() {
        return sign + " " + object + " " + text;
    }
}
