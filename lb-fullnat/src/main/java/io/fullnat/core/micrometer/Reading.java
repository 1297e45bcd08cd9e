// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// One reading of the balancer's state for all meters that a registry asks one after the other.
/// What is not there reads NaN, which registries leave out. Thread-safe.
final class Reading {
    private static final long AGE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Control control;
    private final LongSupplier clock;
    private volatile @Nullable State state;

    Reading(Control control) {
        this(control, System::nanoTime);
    }

    /// @param clock in nanoseconds
    Reading(Control control, LongSupplier clock) {
        this.control = control;
        this.clock = clock;
    }

    private record State(
            long readNs,
            Map<ServiceKey, ServiceStatus> services,
            Map<ServiceKey, Map<Endpoint, RealServerStatus>> servers,
            Map<IpAddress, PortUsage> ports) {}

    private State state() {
        State known = state;
        long now = clock.getAsLong();
        if (known == null || now - known.readNs >= AGE_NS) {
            known = read(control.status(), now);
            state = known;
        }
        return known;
    }

    private static State read(BalancerStatus status, long nowNs) {
        Map<ServiceKey, ServiceStatus> services = new HashMap<>();
        Map<ServiceKey, Map<Endpoint, RealServerStatus>> servers = new HashMap<>();
        for (ServiceStatus service : status.services()) {
            Map<Endpoint, RealServerStatus> own = new HashMap<>();
            for (RealServerStatus server : service.realServers()) {
                own.put(server.server().endpoint(), server);
            }
            servers.put(service.service().key(), own);
            services.put(service.service().key(), service);
        }
        Map<IpAddress, PortUsage> ports = new HashMap<>();
        for (AddressStatus address : status.addresses()) {
            ports.put(address.address().prefix().address(), address.ports());
        }
        return new State(nowNs, services, servers, ports);
    }

    double servers(PresentMeters.Subject.Service service) {
        Map<Endpoint, RealServerStatus> servers = state().servers.get(service.key());
        return servers == null ? Double.NaN : servers.size();
    }

    double serversUp(PresentMeters.Subject.Service service) {
        Map<Endpoint, RealServerStatus> servers = state().servers.get(service.key());
        return servers == null
                ? Double.NaN
                : servers.values().stream().filter(server -> server.health().up()).count();
    }

    double of(ServiceKey key, ToDoubleFunction<ServiceStatus> value) {
        ServiceStatus status = state().services.get(key);
        return status == null ? Double.NaN : value.applyAsDouble(status);
    }

    double of(PresentMeters.Subject.Server server, ToDoubleFunction<RealServerStatus> value) {
        Map<Endpoint, RealServerStatus> servers = state().servers.get(server.key());
        RealServerStatus status = servers == null ? null : servers.get(server.endpoint());
        return status == null ? Double.NaN : value.applyAsDouble(status);
    }

    double of(PresentMeters.Subject.Local local, ToDoubleFunction<PortUsage> value) {
        PortUsage ports = state().ports.get(local.address());
        return ports == null ? Double.NaN : value.applyAsDouble(ports);
    }
}
