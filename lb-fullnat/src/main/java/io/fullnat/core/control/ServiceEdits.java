// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.control.Resources.ServerName;
import io.fullnat.core.schedule.Schedulers;
import java.util.List;

/// What changes of services, their real servers and access rules have to do with beside the state:
/// schedulers, local addresses, connections that end.
final class ServiceEdits {
    private final Draft draft;
    private final Schedulers schedulers;
    private final LocalEdits locals;
    private final Resources resources;

    ServiceEdits(Draft draft, Schedulers schedulers, LocalEdits locals, Resources resources) {
        this.draft = draft;
        this.resources = resources;
        this.schedulers = schedulers;
        this.locals = locals;
    }

    void addService(Change.AddService add) {
        draft.apply(add);
        enter(add.service());
    }

    /// A service has come into the draft.
    private void enter(VirtualService service) {
        ServiceKey key = service.key();
        service.frontends().forEach(frontend -> enter(key, frontend));
        schedulers.get(service.scheduler());
        draft.changed.add(key);
        service.localAddresses().forEach(local -> locals.use(key, local));
    }

    private void enter(ServiceKey key, Frontend frontend) {
        IpAddress address = frontend.address();
        AddressRules.requireHost(
                address,
                (key.isGroup() ? "frontend " + frontend + " of " : "virtual address of ") + key);
        if (draft.locals.containsKey(address)) {
            throw Draft.error(
                    ADDRESS_IN_USE,
                    address
                            + " is a local address, it cannot be that of "
                            + key
                            + "; take another");
        }
        draft.fresh.add(address);
    }

    /// A group with other members.
    void setFrontends(Change.SetFrontends set) {
        draft.apply(set);
        set.frontends().forEach(frontend -> enter(set.key(), frontend));
    }

    void removeService(Change.RemoveService remove) {
        ServiceKey key = remove.key();
        VirtualService service = draft.service(key);
        draft.apply(remove);
        if (remove.endConnections()) {
            draft.ended.addAll(ServiceBuilder.serverNames(service));
            resources
                    .servers()
                    .forEachUnreferenced((name, slot) -> {
                        if (name.service().equals(key)) {
                            draft.ended.add(name);
                        }
                    });
        }
        locals.releaseAll(service);
    }

    /// Another state of a service that is there.
    void replaceService(Change.ReplaceService to) {
        VirtualService before = draft.service(to.service().key());
        draft.apply(to);
        locals.releaseAll(before);
        enter(to.service());
        List<AccessRule> rules = to.service().accessRules();
        if (!before.accessRules().equals(rules)) {
            draft.access.add(before.key());
        }
    }

    void editService(Change.EditService edit) {
        draft.apply(edit);
        schedulers.get(edit.scheduler());
    }

    /// Asks the schedulers whether they know the options that all changes have left.
    void checkOptions(DesiredState before) {
        draft.services()
                .forEach((key, service) -> {
                    if (!service.equals(before.services().get(key))) {
                        schedulers
                                .get(service.scheduler())
                                .checkOptions(service.policy().schedulerOptions());
                    }
                });
    }

    void addServer(Change.AddRealServer add) {
        draft.apply(add);
        draft.changed.add(add.key());
    }

    /// A server that only drains is none of the service's any more; its connections can be ended.
    void removeServer(Change.RemoveRealServer remove) {
        VirtualService service = draft.service(remove.key());
        ServerName name = ServerName.real(remove.key(), remove.endpoint());
        ServerName sorry = ServerName.sorry(remove.key(), remove.endpoint());
        boolean drains = resources.isDraining(name) || resources.isDraining(sorry);
        boolean listed =
                service.realServers().stream()
                        .anyMatch(server -> server.endpoint().equals(remove.endpoint()));
        if (listed || !remove.endConnections() || !drains) {
            draft.apply(remove);
        }
        if (remove.endConnections()) {
            draft.ended.add(name);
            if (resources.isDraining(sorry)) {
                draft.ended.add(sorry);
            }
        }
    }

    void changeRules(ServiceKey key, Change change) {
        draft.apply(change);
        draft.access.add(key);
    }
}
