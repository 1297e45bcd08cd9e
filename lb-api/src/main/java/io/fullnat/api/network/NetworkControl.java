// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import java.util.List;
import java.util.Optional;

/// Addresses, routes and static neighbours of a balancer: single steps over [Control], each its own
/// transaction, each waiting until all workers have taken it over. Errors are those of the [Change]
/// of the same name.
///
/// **Thread-safety:** as [Control].
public final class NetworkControl {
    private final Control control;

    /// Network control over a balancer's control.
    ///
    /// @param control of the balancer
    public NetworkControl(Control control) {
        this.control = requireNonNull(control, "control");
    }

    /// Adds an interface address.
    ///
    /// @param address the address
    public void addAddress(InterfaceAddress address) {
        control.apply(new Change.AddAddress(address));
    }

    /// Removes an interface address.
    ///
    /// @param address as it was added
    public void removeAddress(InterfaceAddress address) {
        control.apply(new Change.RemoveAddress(address));
    }

    /// Adds a static route.
    ///
    /// @param route the route
    public void addRoute(Route route) {
        control.apply(new Change.AddRoute(route));
    }

    /// Removes a static route.
    ///
    /// @param destination the network
    public void removeRoute(IpPrefix destination) {
        control.apply(new Change.RemoveRoute(destination));
    }

    /// Adds or replaces a static neighbour.
    ///
    /// @param neighbour the neighbour
    public void setNeighbour(Neighbour neighbour) {
        control.apply(new Change.SetNeighbour(neighbour));
    }

    /// Removes a static neighbour.
    ///
    /// @param address the neighbour's address
    /// @param device where it is
    public void removeNeighbour(IpAddress address, String device) {
        control.apply(new Change.RemoveNeighbour(address, device));
    }

    /// Forgets the neighbours of all devices that were resolved; static ones stay.
    public void flushNeighbours() {
        control.apply(new Change.FlushNeighbours(Optional.empty()));
    }

    /// All interface addresses.
    ///
    /// @return a consistent snapshot
    public List<AddressStatus> addresses() {
        return control.status().addresses();
    }

    /// All static routes.
    ///
    /// @return a consistent snapshot
    public List<Route> routes() {
        return control.status().routes();
    }
}
