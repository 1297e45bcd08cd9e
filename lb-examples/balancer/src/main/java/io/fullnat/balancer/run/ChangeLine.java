// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.LeftoverAttributes;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

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
    private static final String TEMPLATES = "persistence templates";
    private static final String RULE = "access rule";
    private static final String SET = "set";
    private static final String SET_ENTRY = "set entry";
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
            case Change.SetFrontends c -> new ChangeLine(EDITED, SERVICE, edited(c, before));
            case Change.SetPolicy c -> new ChangeLine(EDITED, SERVICE, edited(c, before));
            case Change.SetTimeouts c ->
                    new ChangeLine(EDITED, "timeouts", before.timeouts() + " -> " + c.timeouts());
            case Change.SetLeftovers c ->
                    new ChangeLine(
                            EDITED,
                            "leftovers",
                            LeftoverAttributes.told(before.leftovers(), c.policy()));
            case Change.RemoveService c ->
                    new ChangeLine(REMOVED, SERVICE, c.key() + ending(c.endConnections()));
            case Change.AddRealServer c ->
                    new ChangeLine(ADDED, SERVER, server(c.key(), c.server()));
            case Change.EditRealServer c -> new ChangeLine(EDITED, SERVER, edited(c, before));
            case Change.RemoveRealServer c ->
                    new ChangeLine(
                            REMOVED,
                            SERVER,
                            of(c.key(), c.endpoint()) + ending(c.endConnections()));
            case Change.EndConnections c ->
                    new ChangeLine(REMOVED, CONNECTIONS, c.filter().toString());
            case Change.RemoveTemplates c ->
                    new ChangeLine(REMOVED, TEMPLATES, c.filter().toString());
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
            case Change.CreateSet c -> new ChangeLine(ADDED, SET, described(c.set()));
            case Change.ReplaceSet c -> new ChangeLine(EDITED, SET, replaced(c.set(), before));
            case Change.DestroySet c -> new ChangeLine(REMOVED, SET, c.name());
            case Change.AddSetMembers c ->
                    new ChangeLine(ADDED, SET_ENTRY, members(c.name(), c.members()));
            case Change.RemoveSetMembers c ->
                    new ChangeLine(REMOVED, SET_ENTRY, members(c.name(), c.members()));
            case Change.FlushSet c -> new ChangeLine(REMOVED, SET_ENTRY, "all of " + c.name());
            case Change.RenameSet c -> new ChangeLine(EDITED, SET, c.name() + " -> " + c.to());
            case Change.SwapSets c ->
                    new ChangeLine(EDITED, SET, c.name() + " swapped with " + c.other());
            case Change.ZeroCounters c ->
                    new ChangeLine(
                            EDITED,
                            SERVICE,
                            c.key().map(ServiceKey::toString).orElse("all") + " counts from 0");
        };
    }

    private static String described(IpSet set) {
        return set.name()
                + " "
                + set.type()
                + ", "
                + set.family()
                + ", "
                + set.entries().size()
                + " entries";
    }

    private static String replaced(IpSet set, DesiredState before) {
        IpSet there = before.sets().get(set.name());
        return there == null
                ? described(set)
                : set.name()
                        + " "
                        + there.entries().size()
                        + " -> "
                        + set.entries().size()
                        + " entries";
    }

    private static String members(String set, List<SetMember> members) {
        return (members.size() == 1 ? members.getFirst() : members.size() + " entries")
                + " of "
                + set;
    }

    private static String ending(boolean connections) {
        return connections ? " with its connections" : "";
    }

    private static String of(ServiceKey key, Object part) {
        return part + " of " + key;
    }

    private static String server(ServiceKey key, RealServer server) {
        return of(key, server.endpoint())
                + " "
                + ServerAttributes.ALL.stream()
                        .filter(attribute -> attribute.isTold(server))
                        .map(attribute -> attribute.told(server))
                        .collect(Collectors.joining(", "));
    }

    private static String summary(VirtualService service) {
        boolean plain = service.policy().equals(ServicePolicy.DEFAULT);
        VirtualService usual = service.withPolicy(ServicePolicy.DEFAULT);
        return service.key()
                + " "
                + ServiceAttributes.ALL.stream()
                        .filter(attribute -> attribute.isTold(usual))
                        .map(attribute -> attribute.told(usual))
                        .collect(Collectors.joining(", "))
                + (plain ? "" : ", " + policy(service))
                + ", real servers "
                + service.realServers().size()
                + ", local addresses "
                + service.localAddresses().size();
    }

    private static String policy(VirtualService service) {
        return ServiceAttributes.settings(service.withConnectionTimeout(Optional.empty()));
    }

    private static String edited(Change.EditService edit, DesiredState before) {
        VirtualService service = before.services().get(edit.key());
        VirtualService there = service == null ? VirtualService.of(edit.key()) : service;
        VirtualService after =
                there.withScheduler(edit.scheduler())
                        .withConnectionTimeout(edit.connectionTimeout());
        return edit.key() + " " + String.join(", ", changed(ServiceAttributes.ALL, there, after));
    }

    private static String edited(Change.SetFrontends edit, DesiredState before) {
        VirtualService service = before.services().get(edit.key());
        return edit.key()
                + " frontends "
                + (service == null ? "?" : service.frontends())
                + " -> "
                + edit.frontends();
    }

    private static String edited(Change.SetPolicy edit, DesiredState before) {
        VirtualService service = before.services().get(edit.key());
        VirtualService there = service == null ? VirtualService.of(edit.key()) : service;
        return edit.key() + " " + policy(there) + " -> " + policy(there.withPolicy(edit.policy()));
    }

    private static String edited(Change.EditRealServer edit, DesiredState before) {
        RealServer server = edit.server();
        Optional<RealServer> there =
                Optional.ofNullable(before.services().get(edit.key())).stream()
                        .flatMap(service -> service.realServers().stream())
                        .filter(known -> known.endpoint().equals(server.endpoint()))
                        .findFirst();
        String text = of(edit.key(), server.endpoint()) + " ";
        if (there.isEmpty()) { // an earlier change of the same transaction adds it
            return text
                    + ServerAttributes.ALL.stream()
                            .filter(attribute -> attribute.isTold(server))
                            .map(attribute -> attribute.told("?", server))
                            .collect(Collectors.joining(", "));
        }
        List<String> changed = changed(ServerAttributes.ALL, there.get(), server);
        return text
                + (changed.isEmpty()
                        ? ServerAttributes.ALL.getFirst().told(there.get(), server)
                        : String.join(", ", changed));
    }

    /// What differs, as `weight 1 -> 3`.
    private static <T> List<String> changed(List<Attribute<T, ?>> attributes, T before, T after) {
        return attributes.stream()
                .filter(attribute -> !attribute.get(before).equals(attribute.get(after)))
                .map(attribute -> attribute.told(before, after))
                .toList();
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
