// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which services have a virtual address, by key and as members of groups, and whether it can be
/// told of each packet which service is meant.
///
/// A configuration file and a running balancer ask the same rules, so what one accepts the other
/// does.
///
/// **Thread-safety:** none.
public final class FrontendRules {
    private final NavigableMap<ServiceKey, VirtualService> services;

    /// Frontends of groups by address; null until they are asked for.
    private @Nullable Map<IpAddress, List<Member>> members;

    /// What a service has.
    private record Member(ServiceKey key, Frontend frontend) {}

    /// Rules for some services.
    ///
    /// @param services by key, not copied: what becomes of them is to be told by [#changed]
    public FrontendRules(NavigableMap<ServiceKey, VirtualService> services) {
        this.services = requireNonNull(services, "services");
    }

    /// A service was added, replaced or removed.
    ///
    /// @param key of which
    public void changed(ServiceKey key) {
        if (requireNonNull(key, "key").isGroup()) {
            members = null;
        }
    }

    /// The first service of a virtual address, of any port and protocol.
    ///
    /// @param address any
    /// @return empty if it is no virtual address
    public Optional<ServiceKey> first(IpAddress address) {
        requireNonNull(address, "address");
        for (Protocol protocol : Protocol.values()) {
            ServiceKey first =
                    services.ceilingKey(new ServiceKey(protocol, new Endpoint(address, 0)));
            if (first != null
                    && first.protocol() == protocol
                    && first.endpoint().address().equals(address)
                    && !first.isGroup()) {
                return Optional.of(first);
            }
        }
        return members().getOrDefault(address, List.of()).stream().map(Member::key).findFirst();
    }

    private Map<IpAddress, List<Member>> members() {
        Map<IpAddress, List<Member>> known = members;
        if (known == null) {
            Map<IpAddress, List<Member>> found = new HashMap<>();
            for (Protocol protocol : Protocol.values()) {
                services.tailMap(ServiceKey.group(protocol, "0")).values().stream()
                        .takeWhile(service -> service.key().protocol() == protocol)
                        .forEach(group ->
                                group.frontends()
                                        .forEach(frontend ->
                                                found.computeIfAbsent(
                                                                frontend.address(),
                                                                ip -> new ArrayList<>(1))
                                                        .add(new Member(group.key(), frontend))));
            }
            known = found;
            members = known;
        }
        return known;
    }

    /// Refuses a service of which nobody could tell whether it or another one is meant.
    ///
    /// @param service one of them
    /// @throws BalancerException [ErrorCode#SERVICE_EXISTS] naming the other one
    public void check(VirtualService service) {
        requireNonNull(service, "service");
        for (Frontend frontend : service.frontends()) {
            byKey(service.key(), frontend);
            for (Member member : members().getOrDefault(frontend.address(), List.of())) {
                require(service.key(), frontend, member);
            }
        }
    }

    /// Those that are no groups: of one port there is no other by key, of a range there may be.
    private void byKey(ServiceKey key, Frontend frontend) {
        if (!key.isGroup() && frontend.isOnePort()) {
            return;
        }
        ServiceKey from = new ServiceKey(key.protocol(), new Endpoint(frontend.address(), 0));
        for (ServiceKey other : services.tailMap(from).keySet()) {
            if (other.protocol() != key.protocol()
                    || other.isGroup()
                    || !other.endpoint().address().equals(frontend.address())
                    || other.endpoint().port() > frontend.to()) {
                return;
            }
            require(key, frontend, new Member(other, other.frontend()));
        }
    }

    private static void require(ServiceKey key, Frontend frontend, Member other) {
        if (other.key().equals(key)
                || other.key().protocol() != key.protocol()
                || !frontend.collidesWith(other.frontend())) {
            return;
        }
        boolean same =
                frontend.from() == other.frontend().from()
                        && frontend.to() == other.frontend().to();
        throw new BalancerException(
                ErrorCode.SERVICE_EXISTS,
                (key.isGroup() ? frontend + " of " : "")
                        + key
                        + (same
                                ? ": the same ports are those of "
                                : ": its ports overlap those of ")
                        + (other.key().isGroup() ? other.frontend() + " of " : "")
                        + other.key()
                        + (same
                                ? "; remove that first, or take others"
                                : ", and neither are within the other; take a range within it, around"
                                        + " it or beside it"));
    }
}
