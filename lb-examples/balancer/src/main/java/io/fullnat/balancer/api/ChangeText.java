// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Change.AddAccessRule;
import io.fullnat.api.control.Change.AddAddress;
import io.fullnat.api.control.Change.AddLocalAddress;
import io.fullnat.api.control.Change.AddRealServer;
import io.fullnat.api.control.Change.AddRoute;
import io.fullnat.api.control.Change.AddService;
import io.fullnat.api.control.Change.AddSetMembers;
import io.fullnat.api.control.Change.CreateSet;
import io.fullnat.api.control.Change.DestroySet;
import io.fullnat.api.control.Change.EditRealServer;
import io.fullnat.api.control.Change.EditService;
import io.fullnat.api.control.Change.EndConnections;
import io.fullnat.api.control.Change.FlushLocalAddresses;
import io.fullnat.api.control.Change.FlushNeighbours;
import io.fullnat.api.control.Change.FlushSet;
import io.fullnat.api.control.Change.RemoveAccessRule;
import io.fullnat.api.control.Change.RemoveAddress;
import io.fullnat.api.control.Change.RemoveLocalAddress;
import io.fullnat.api.control.Change.RemoveNeighbour;
import io.fullnat.api.control.Change.RemoveRealServer;
import io.fullnat.api.control.Change.RemoveRoute;
import io.fullnat.api.control.Change.RemoveService;
import io.fullnat.api.control.Change.RemoveSetMembers;
import io.fullnat.api.control.Change.RemoveTemplates;
import io.fullnat.api.control.Change.RenameSet;
import io.fullnat.api.control.Change.ReplaceService;
import io.fullnat.api.control.Change.ReplaceSet;
import io.fullnat.api.control.Change.SetFrontends;
import io.fullnat.api.control.Change.SetLeftovers;
import io.fullnat.api.control.Change.SetNeighbour;
import io.fullnat.api.control.Change.SetPolicy;
import io.fullnat.api.control.Change.SetTimeouts;
import io.fullnat.api.control.Change.SwapSets;
import io.fullnat.api.control.Change.ZeroCounters;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.attribute.LeftoverAttributes;
import java.util.List;
import java.util.stream.Collectors;

/// Changes in words.
final class ChangeText {
    private static final int FEW = 5;

    private ChangeText() {}

    /// The change's kind and what it is about.
    static ObjectNode describe(Change change) {
        return Json.object()
                .put("change", change.getClass().getSimpleName())
                .put("of", subject(change));
    }

    private static String subject(Change change) {
        return switch (change) {
            case AddService c -> c.service().key().toString();
            case ReplaceService c -> c.service().key().toString();
            case EditService c -> c.key().toString();
            case SetFrontends c -> c.key() + ": " + c.frontends();
            case SetPolicy c -> c.key() + ": " + c.policy();
            case SetTimeouts c -> c.timeouts().toString();
            case SetLeftovers c -> LeftoverAttributes.words(c.policy());
            case RemoveService c -> c.key().toString();
            case AddRealServer c -> c.key() + ": " + c.server();
            case EditRealServer c -> c.key() + ": " + c.server();
            case RemoveRealServer c -> c.key() + ": " + c.endpoint();
            case EndConnections c -> c.filter().toString();
            case RemoveTemplates c -> c.filter().toString();
            case AddLocalAddress c -> c.key() + ": " + c.address();
            case RemoveLocalAddress c -> c.key() + ": " + c.address();
            case FlushLocalAddresses c -> c.key().toString();
            case AddAccessRule c -> c.key() + ": " + c.rule();
            case RemoveAccessRule c -> c.key() + ": " + c.rule();
            case ZeroCounters c -> c.key().map(Object::toString).orElse("all services");
            case AddAddress c -> c.address().toString();
            case RemoveAddress c -> c.address().toString();
            case AddRoute c -> c.route().toString();
            case RemoveRoute c -> c.destination().toString();
            case SetNeighbour c -> c.neighbour().toString();
            case RemoveNeighbour c -> c.address() + " dev " + c.device();
            case FlushNeighbours c -> c.device().orElse("all devices");
            case CreateSet c -> c.set().toString();
            case ReplaceSet c -> c.set().toString();
            case DestroySet c -> c.name();
            case AddSetMembers c -> c.name() + ": " + listed(c.members());
            case RemoveSetMembers c -> c.name() + ": " + listed(c.members());
            case FlushSet c -> c.name();
            case RenameSet c -> c.name() + " to " + c.to();
            case SwapSets c -> c.name() + " and " + c.other();
        };
    }

    /// A few, and how many more there are.
    private static String listed(List<SetMember> members) {
        String few =
                members.stream()
                        .limit(FEW)
                        .map(SetMember::toString)
                        .collect(Collectors.joining("; "));
        int more = members.size() - FEW;
        return more > 0 ? few + "; and " + more + " more" : few;
    }
}
