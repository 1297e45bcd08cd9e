// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Reads `services` with their access rules, real servers and local addresses. For one thread.
final class ServiceSection {
    static final List<String> SERVICE_KEYS =
            AttributeFields.keys(
                    List.of("protocol", "address", "group", "routed"),
                    ServiceAttributes.ALL,
                    List.of("deny", "allow", "servers", "locals"));
    static final List<String> SERVER_KEYS =
            AttributeFields.keys(List.of("address"), ServerAttributes.ALL, List.of());
    static final List<String> LOCAL_KEYS = List.of("address", "device");

    static final Map<String, Refusal> REFUSALS =
            Arrays.stream(Refusal.values())
                    .collect(Collectors.toMap(Refusal::word, Function.identity()));

    private static final Map<String, Protocol> PROTOCOLS =
            Map.of("tcp", Protocol.TCP, "udp", Protocol.UDP);

    /// What attributes are read for while it is not known yet what has them.
    private static final ServiceKey ANY_KEY = ServiceKey.udp("192.0.2.1", 1); // may have all

    private static final RealServer ANY_SERVER = RealServer.of("192.0.2.1", 1);

    private final Fields file;
    private final Devices devices;
    private final AddressCheck check;
    private final Map<IpAddress, String> owned;
    private final boolean addressesComplete;
    private final Set<ServiceKey> keys = new HashSet<>();
    private final Map<IpAddress, String> localDevices = new HashMap<>();
    private final List<PlacedLocal> locals = new ArrayList<>();

    /// A local address and where it stands in the file.
    private record PlacedLocal(Fields fields, LocalAddress local) {}

    /// @param addresses of the balancer; a virtual address must be one
    ServiceSection(
            Fields file, Devices devices, List<InterfaceAddress> addresses, AddressCheck check) {
        this.file = file;
        this.check = check;
        this.devices = devices;
        addressesComplete = file.size("addresses") == addresses.size();
        owned =
                addresses.stream()
                        .filter(own -> !AddressKey.isLinkLocal(own.prefix().address()))
                        .collect(
                                Collectors.toMap(
                                        own -> own.prefix().address(), InterfaceAddress::device));
    }

    List<VirtualService> services() {
        List<VirtualService> services = file.mappings("services", SERVICE_KEYS, this::service);
        Set<IpAddress> virtual =
                services.stream()
                        .flatMap(service -> service.frontends().stream())
                        .map(Frontend::address)
                        .collect(Collectors.toSet());
        for (PlacedLocal placed : locals) {
            if (virtual.contains(placed.local().address())) {
                placed.fields()
                        .problem(
                                "address",
                                placed.local().address()
                                        + " is a service's virtual address; a local address must"
                                        + " be another one");
            }
        }
        return services;
    }

    private Optional<VirtualService> service(Fields fields) {
        Optional<Protocol> protocol = fields.required("protocol", Scalar.oneOf(PROTOCOLS));
        boolean routed = fields.optional("routed", Scalar.truth()).orElse(false);
        Optional<ServiceKey> key = key(fields, protocol.orElse(Protocol.UDP), routed);
        UnaryOperator<VirtualService> attributes =
                AttributeFields.read(
                        fields, ServiceAttributes.ALL, VirtualService.of(key.orElse(ANY_KEY)));
        List<AccessRule> rules = new ArrayList<>(rules(fields, "deny", AccessRule.Action.DENY));
        rules.addAll(rules(fields, "allow", AccessRule.Action.ALLOW));
        Set<Object> seen = new HashSet<>();
        List<RealServer> servers =
                fields.mappings("servers", SERVER_KEYS, server -> server(server, seen));
        List<LocalAddress> addresses =
                fields.mappings("locals", LOCAL_KEYS, local -> local(local, seen));
        if (!fields.has("locals")) {
            fields.missing("locals");
        }
        if (protocol.isEmpty() || key.isEmpty()) {
            return Optional.empty();
        }
        String named = key.get().isGroup() ? "group" : "address";
        if (!keys.add(key.get())) {
            fields.problem(named, "there are two services " + key.get());
        }
        VirtualService service =
                attributes.apply(
                        VirtualService.builder(key.get())
                                .realServers(servers)
                                .localAddresses(addresses)
                                .accessRules(rules)
                                .build());
        if (key.get().isGroup()) {
            requireOwned(fields, service, routed);
        }
        return Optional.of(check.placed(service, fields, named));
    }

    /// What names a service: an address and port or ports, or the name of a group.
    private Optional<ServiceKey> key(Fields fields, Protocol protocol, boolean routed) {
        if (!fields.has("group")) {
            return fields.required("address", Scalar.parsed(text -> virtual(text, routed)))
                    .map(frontend -> ServiceKey.of(protocol, frontend));
        }
        if (fields.has("address")) {
            fields.problem("address", "a group has frontends; leave address out");
        }
        return fields.optional("group", Scalar.parsed(text -> ServiceKey.group(protocol, text)));
    }

    private void requireOwned(Fields fields, VirtualService service, boolean routed) {
        for (Frontend frontend : service.frontends()) {
            try {
                requireOwned(frontend.address(), routed);
            } catch (BalancerException wrong) {
                fields.problem("frontends", frontend + ": " + wrong.getMessage());
            }
        }
    }

    private static List<AccessRule> rules(Fields fields, String key, AccessRule.Action action) {
        Set<Clients> seen = new HashSet<>();
        return fields.scalars(
                key,
                Scalar.parsed(text -> {
                    Clients clients =
                            text.startsWith(Clients.SET)
                                    ? Clients.parse(text)
                                    : new Clients.Network(NetworkSection.parseNetwork(text));
                    if (!seen.add(clients)) {
                        throw wrong(clients + " is there twice");
                    }
                    return new AccessRule(action, clients);
                }));
    }

    private Frontend virtual(String text, boolean routed) {
        Frontend frontend = Frontend.parse(text);
        requireOwned(frontend.address(), routed);
        return frontend;
    }

    private void requireOwned(IpAddress address, boolean routed) {
        NetworkSection.unicast(address);
        if (!routed && addressesComplete && !owned.containsKey(address)) {
            throw wrong(
                    "no entry of addresses is "
                            + address
                            + "; add it there as "
                            + new IpPrefix(address, address.bitLength())
                            + " with the device that clients reach it on, or say \"routed:"
                            + " true\" if a router sends packets for it here anyway");
        }
    }

    private Optional<RealServer> server(Fields fields, Set<Object> seen) {
        Optional<Endpoint> endpoint =
                fields.required(
                        "address",
                        Scalar.parsed(text -> {
                            Endpoint parsed = RealServer.parseEndpoint(text);
                            NetworkSection.unicast(parsed.address());
                            if (!seen.add(parsed)) {
                                throw wrong(parsed + " is there twice");
                            }
                            return parsed;
                        }));
        UnaryOperator<RealServer> attributes =
                AttributeFields.read(fields, ServerAttributes.ALL, ANY_SERVER);
        return endpoint.map(address ->
                check.placed(attributes.apply(RealServer.of(address)), fields, "address"));
    }

    private Optional<LocalAddress> local(Fields fields, Set<Object> seen) {
        Optional<IpAddress> address =
                fields.required("address", Scalar.parsed(NetworkSection::parseUnicast));
        Optional<String> device = fields.required("device", devices.reader());
        if (address.isEmpty() || device.isEmpty()) {
            return Optional.empty();
        }
        LocalAddress local =
                check.placed(new LocalAddress(address.get(), device.get()), fields, "address");
        if (!seen.add(local.address())) {
            fields.problem("address", local.address() + " is there twice");
            return Optional.empty();
        }
        String owner = owned.getOrDefault(local.address(), local.device());
        if (!owner.equals(local.device())) {
            fields.problem("device", local.address() + " is an address of " + owner + " already");
        }
        String other = localDevices.putIfAbsent(local.address(), local.device());
        if (other != null && !other.equals(local.device())) {
            fields.problem(
                    "device",
                    local.address() + " is a local address of another service on " + other);
        }
        locals.add(new PlacedLocal(fields, local));
        return Optional.of(local);
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
