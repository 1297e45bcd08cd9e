// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Health;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficRates;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A balancer as it was at one time, row by row. Immutable and thread-safe.
///
/// @param time when it was read
/// @param nanos since its source was made, by a clock that nobody sets
/// @param revision transactions that have made the state
/// @param health how it was
/// @param services in the order of the state
/// @param addresses that services list as local ones, and those that drain, in their order
/// @param totals of all of it
public record Overview(
        Instant time,
        long nanos,
        long revision,
        Health health,
        List<ServiceRow> services,
        List<AddressStatus> addresses,
        Totals totals) {
    /// Copies the lists.
    public Overview {
        services = List.copyOf(services);
        addresses = List.copyOf(addresses);
    }

    /// All services together.
    ///
    /// @param services how many there are
    /// @param servers their real servers; one that two services have is two
    /// @param serversUp those that are up
    /// @param localAddresses that services list, and those that drain
    /// @param rates traffic a second
    public record Totals(
            int services, long servers, long serversUp, int localAddresses, TrafficRates rates) {}

    static Overview of(Instant time, long nanos, BalancerStatus status, Health health) {
        Map<String, Integer> conditions = subjects(health);
        List<ServiceRow> services =
                status.services().stream().map(each -> ServiceRow.of(each, conditions)).toList();
        List<AddressStatus> addresses =
                status.addresses().stream()
                        .filter(each -> each.services() > 0 || each.isDraining())
                        .sorted(Comparator.comparing(each -> each.address().prefix().address()))
                        .toList();
        return new Overview(
                time,
                nanos,
                status.revision(),
                health,
                services,
                addresses,
                totals(services, addresses.size()));
    }

    private static Map<String, Integer> subjects(Health health) {
        Map<String, Integer> conditions = new HashMap<>();
        for (ActiveCondition active : health.conditions()) {
            conditions.merge(active.subject(), 1, Integer::sum);
        }
        return conditions;
    }

    private static Totals totals(List<ServiceRow> services, int localAddresses) {
        long servers = 0;
        long up = 0;
        TrafficRates rates = TrafficRates.ZERO;
        for (ServiceRow row : services) {
            servers += row.status().realServers().size();
            up += row.serversUp();
            rates = rates.plus(row.status().rates());
        }
        return new Totals(services.size(), servers, up, localAddresses, rates);
    }

    /// A service as a row.
    ///
    /// @param service as it is now
    /// @return with the conditions of this reading
    public ServiceRow row(ServiceStatus service) {
        return ServiceRow.of(service, subjects(health));
    }

    /// All servers of all services.
    ///
    /// @return in the order of the services, and of each service's servers
    List<ServerRow> servers() {
        return services.stream().flatMap(row -> rows(row.status())).toList();
    }

    private static Stream<ServerRow> rows(ServiceStatus service) {
        return service.realServers().stream()
                .map(server -> new ServerRow(service.service().key(), server));
    }

    /// The servers of a service.
    ///
    /// @param service as it is now
    /// @return in the order of their names
    public static List<ServerRow> servers(ServiceStatus service) {
        return rows(service).sorted(ServerRow.BY_NAME).toList();
    }
}
