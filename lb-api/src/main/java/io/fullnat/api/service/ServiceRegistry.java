// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import java.util.List;
import java.util.Optional;

/// The virtual services of a balancer: single steps over [Control], each its own transaction, each
/// waiting until all workers have taken it over. Errors are those of the [Change] of the same name.
///
/// **Thread-safety:** as [Control].
public final class ServiceRegistry {
    private final Control control;

    /// A registry over a balancer's control.
    ///
    /// @param control of the balancer
    public ServiceRegistry(Control control) {
        this.control = requireNonNull(control, "control");
    }

    /// Adds a service with its servers and local addresses.
    ///
    /// @param service the desired state
    public void add(VirtualService service) {
        control.apply(new Change.AddService(service));
    }

    /// Replaces a service; connections of servers that stay, stay.
    ///
    /// @param service the desired state
    public void replace(VirtualService service) {
        control.apply(new Change.ReplaceService(service));
    }

    /// Removes a service; its connections go on until they end.
    ///
    /// @param key which service
    public void remove(ServiceKey key) {
        control.apply(new Change.RemoveService(key));
    }

    /// Adds a real server.
    ///
    /// @param key to which service
    /// @param server the server
    public void addRealServer(ServiceKey key, RealServer server) {
        control.apply(new Change.AddRealServer(key, server));
    }

    /// Changes a real server's weight.
    ///
    /// @param key of which service
    /// @param server the desired state
    public void editRealServer(ServiceKey key, RealServer server) {
        control.apply(new Change.EditRealServer(key, server));
    }

    /// Removes a real server; its connections go on until they end.
    ///
    /// @param key from which service
    /// @param endpoint which server
    public void removeRealServer(ServiceKey key, Endpoint endpoint) {
        control.apply(new Change.RemoveRealServer(key, endpoint));
    }

    /// Adds a local address.
    ///
    /// @param key to which service
    /// @param address the local address
    public void addLocalAddress(ServiceKey key, LocalAddress address) {
        control.apply(new Change.AddLocalAddress(key, address));
    }

    /// Removes a local address.
    ///
    /// @param key from which service
    /// @param address which address
    public void removeLocalAddress(ServiceKey key, IpAddress address) {
        control.apply(new Change.RemoveLocalAddress(key, address));
    }

    /// All services.
    ///
    /// @return a consistent snapshot, by key
    public List<ServiceStatus> list() {
        return control.status().services();
    }

    /// Removes all local addresses of a service.
    ///
    /// @param key from which service
    public void flushLocalAddresses(ServiceKey key) {
        control.apply(new Change.FlushLocalAddresses(key, false));
    }

    /// Adds an access rule.
    ///
    /// @param key to which service
    /// @param rule the rule
    public void addAccessRule(ServiceKey key, AccessRule rule) {
        control.apply(new Change.AddAccessRule(key, rule));
    }

    /// Removes an access rule.
    ///
    /// @param key from which service
    /// @param rule as it was added
    public void removeAccessRule(ServiceKey key, AccessRule rule) {
        control.apply(new Change.RemoveAccessRule(key, rule));
    }

    /// One service.
    ///
    /// @param key which
    /// @return empty if there is none
    public Optional<ServiceStatus> find(ServiceKey key) {
        return control.status(requireNonNull(key, "key"));
    }
}
