// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import java.util.List;
import java.util.stream.Stream;

/// The source that a route may name. Routes have none of their own: the balancer speaks from an
/// address of the peer's network, else from any of the device. So one may be named if it is the
/// only one there is, for then the result is what is asked for.
final class RouteSource {
    private RouteSource() {}

    /// Refuses a source that is not what the balancer would speak from anyway.
    static void require(Present present, IpAddress source, Route route) {
        String family = route.destination().address().family();
        if (!source.family().equals(family)) {
            throw Refusal.invalid(
                    "\"src "
                            + source
                            + "\" is an "
                            + source.family()
                            + " address, the route's are "
                            + family);
        }
        String device = route.device();
        List<IpAddress> own = own(present, source, device);
        if (own.equals(List.of(source))) {
            return;
        }
        throw Refusal.unsupported(
                "\"src "
                        + source
                        + "\" is not supported, only where it is the only "
                        + source.family()
                        + " address of "
                        + device
                        + ", which has "
                        + (own.isEmpty() ? "none" : names(own))
                        + "; leave it out: the balancer speaks from an address of the peer's"
                        + " network, else from any of "
                        + device);
    }

    /// Addresses of a device that its packets may be from, as the engine chooses among them; from
    /// link-local ones only neighbours are spoken to.
    private static List<IpAddress> own(Present present, IpAddress source, String device) {
        Stream<IpAddress> configured =
                present.addresses(device).stream()
                        .filter(address -> !address.kernel())
                        .map(address -> address.prefix().address());
        Stream<IpAddress> local =
                present.services().stream()
                        .flatMap(service -> service.localAddresses().stream())
                        .filter(address -> address.device().equals(device))
                        .map(LocalAddress::address);
        return Stream.concat(configured, local)
                .filter(address -> address.family().equals(source.family()))
                .filter(address -> !(address instanceof Ipv6Address v6 && v6.isLinkLocal()))
                .distinct()
                .toList();
    }

    private static String names(List<IpAddress> own) {
        return String.join(", ", own.stream().map(IpAddress::toString).toList());
    }
}
