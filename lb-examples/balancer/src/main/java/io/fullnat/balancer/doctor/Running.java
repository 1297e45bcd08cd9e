// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a running balancer says of itself. What it did not say is empty. Immutable.
///
/// @param pid of its process
/// @param status `UP`, `DEGRADED` or `DOWN`
/// @param health its ports, by name, with what is wrong with the link of each; empty for up
/// @param conditions that last
/// @param before its counters
/// @param after its counters, some seconds later
/// @param portsBefore its ports
/// @param ports the same, some seconds later
/// @param pools packet buffers of ports
/// @param services with all that belongs to them
/// @param neighbours of all workers
/// @param addresses of its interfaces
/// @param routes with and without gateways
/// @param advice about its machine: names and details
/// @param drift what a reload would do
/// @param heap used share of the JVM's heap
record Running(
        long pid,
        String status,
        Map<String, Optional<String>> health,
        List<Condition> conditions,
        Counts before,
        Counts after,
        List<Port> portsBefore,
        List<Port> ports,
        List<Pool> pools,
        List<Service> services,
        List<Neighbour> neighbours,
        List<Address> addresses,
        List<Route> routes,
        List<Advice> advice,
        Drift drift,
        Optional<Double> heap) {
    /// A condition that lasts.
    record Condition(String name, String subject, String detail, long seconds) {}

    /// A port as `link list` has it.
    ///
    /// @param answers how answers of real servers reach their worker
    record Port(
            String name,
            int mtu,
            int queues,
            boolean fullDuplex,
            long speedMbps,
            String answers,
            long missed,
            long errors,
            Map<String, Long> details) {}

    /// Packet buffers of which a port takes its own.
    record Pool(String port, long free, long inUse) {}

    /// A service.
    ///
    /// @param protocol `tcp` or `udp`
    /// @param name as commands take it
    /// @param sorry who serves if none of its servers does; empty if nobody
    record Service(
            String protocol,
            String name,
            List<Server> servers,
            Optional<Server> sorry,
            List<Local> locals) {
        /// How commands name it.
        String words() {
            return protocol + " " + name;
        }
    }

    /// A real server of a service.
    ///
    /// @param address without its port
    /// @param endpoint with it
    /// @param checked whether active checks ask it
    record Server(
            String address,
            String endpoint,
            int weight,
            boolean inhibited,
            boolean up,
            boolean checked,
            String reason,
            long seconds,
            long connections) {}

    /// A local address of a service.
    record Local(
            String address,
            String device,
            boolean draining,
            int fullestPercent,
            boolean nearExhaustion,
            long misses) {}

    /// A neighbour that a worker knows.
    record Neighbour(int worker, String address, String device, String state) {}

    /// An address of an interface.
    record Address(String address, int length, String device) {}

    /// A route.
    record Route(String destination, Optional<String> gateway, String device) {}

    /// Advice about the machine.
    record Advice(String name, String detail) {}

    /// What a reload would do.
    ///
    /// @param changes that it would make, as `reload --dry-run` words them
    /// @param refusal why it would be refused
    record Drift(List<String> changes, Optional<String> refusal) {
        static final Drift NONE = new Drift(List.of(), Optional.empty());
    }

    /// What workers counted.
    ///
    /// @param workers of each, by the names of [Outcome] and [Counter]
    record Counts(List<Map<String, Long>> workers) {
        long of(int worker, Enum<?> name) {
            return workers.get(worker).getOrDefault(name.name(), 0L);
        }
    }

    int workers() {
        return Math.min(before.workers().size(), after.workers().size());
    }

    /// How much a worker has counted between the two readings.
    long grown(int worker, Enum<?> name) {
        return Math.max(0, after.of(worker, name) - before.of(worker, name));
    }

    /// How much all workers have counted between the two readings.
    long grown(Enum<?> name) {
        long sum = 0;
        for (int worker = 0; worker < workers(); worker++) {
            sum += grown(worker, name);
        }
        return sum;
    }

    /// A port as it was at the first reading.
    Optional<Port> before(Port port) {
        return portsBefore.stream().filter(each -> each.name().equals(port.name())).findFirst();
    }

    /// The device without its VLAN.
    static String port(String device) {
        int dot = device.lastIndexOf('.');
        return dot < 0 ? device : device.substring(0, dot);
    }
}
