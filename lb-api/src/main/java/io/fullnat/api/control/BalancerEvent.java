// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.ServiceKey;
import java.time.Duration;
import java.util.List;

/// Something that happened in a balancer: one stream for logs, listeners and listings. Immutable
/// and thread-safe.
public sealed interface BalancerEvent {
    /// A transaction is in force on all workers.
    ///
    /// @param revision which it made
    /// @param changes what it changed, in order; empty if nobody asked for it (a local address that
    ///   has drained)
    record Applied(long revision, List<Change> changes) implements BalancerEvent {
        /// Copies the list.
        public Applied {
            changes = List.copyOf(requireNonNull(changes, "changes"));
        }
    }

    /// A condition began.
    ///
    /// @param condition which
    /// @param subject of what: an address, a port's name, a worker's name
    /// @param detail how much
    record ConditionBegan(Condition condition, String subject, String detail)
            implements BalancerEvent {
        /// Refuses null.
        public ConditionBegan {
            requireNonNull(condition, "condition");
            requireNonNull(subject, "subject");
            requireNonNull(detail, "detail");
        }
    }

    /// A condition ended.
    ///
    /// @param condition which
    /// @param subject of what
    /// @param lasted since it began
    /// @param detail how much it was meanwhile
    record ConditionEnded(Condition condition, String subject, Duration lasted, String detail)
            implements BalancerEvent {
        /// Refuses null.
        public ConditionEnded {
            requireNonNull(condition, "condition");
            requireNonNull(subject, "subject");
            requireNonNull(lasted, "lasted");
            requireNonNull(detail, "detail");
        }
    }

    /// Something was thrown that should not have been, by a scheduler, a port, a transaction
    /// function, a listener, or the balancer itself. Told once for each place that fails, however
    /// often it does.
    ///
    /// @param what failed, and how
    record Fault(String what) implements BalancerEvent {
        /// Refuses null.
        public Fault {
            requireNonNull(what, "what");
        }
    }

    /// No service lists a local address any more, and connections may still use it: it gets no new
    /// ones. [AddressReleased] follows, unless a service lists it again.
    ///
    /// @param address which
    /// @param device where it is
    record AddressDraining(IpAddress address, String device) implements BalancerEvent {
        /// Refuses null.
        public AddressDraining {
            requireNonNull(address, "address");
            requireNonNull(device, "device");
        }
    }

    /// A local address has drained: its last connection has ended and it is no address of the
    /// balancer's any more.
    ///
    /// @param address which
    /// @param device where it was
    record AddressReleased(IpAddress address, String device) implements BalancerEvent {
        /// Refuses null.
        public AddressReleased {
            requireNonNull(address, "address");
            requireNonNull(device, "device");
        }
    }

    /// A real server of a service has come up or gone down by its health, or, being down, gets
    /// connections or none from now on.
    ///
    /// @param service whose server it is
    /// @param server which
    /// @param health how it is now, and why
    record ServerHealthChanged(ServiceKey service, Endpoint server, ServerHealth health)
            implements BalancerEvent {
        /// Refuses null.
        public ServerHealthChanged {
            requireNonNull(service, "service");
            requireNonNull(server, "server");
            requireNonNull(health, "health");
        }
    }

    /// The network has been told that a virtual address is served here, or is not any more.
    ///
    /// @param address which
    /// @param announced whether it is
    record AnnouncementChanged(IpAddress address, boolean announced) implements BalancerEvent {
        /// Refuses null.
        public AnnouncementChanged {
            requireNonNull(address, "address");
        }
    }

    /// Somebody captures packets.
    ///
    /// @param what which ones
    record CaptureBegan(String what) implements BalancerEvent {
        /// Refuses null.
        public CaptureBegan {
            requireNonNull(what, "what");
        }
    }

    /// Nobody captures packets any more.
    ///
    /// @param lasted since it began
    /// @param captured frames
    /// @param lost frames that were wanted, and found no room
    record CaptureEnded(Duration lasted, long captured, long lost) implements BalancerEvent {
        /// Refuses null.
        public CaptureEnded {
            requireNonNull(lasted, "lasted");
        }
    }

    /// The balancer was made what its configuration says now, as its application tells
    /// ([Control#tell]).
    ///
    /// @param revision that is in force then
    /// @param changes how many that took; 0 if it was so already
    record ConfigurationReloaded(long revision, int changes) implements BalancerEvent {}

    /// A new configuration was refused, and nothing was changed, as its application tells
    /// ([Control#tell]).
    ///
    /// @param reason what is wrong with it, in one line or more
    record ConfigurationRefused(String reason) implements BalancerEvent {
        /// Refuses null.
        public ConfigurationRefused {
            requireNonNull(reason, "reason");
        }
    }

    /// A neighbour has another MAC address.
    ///
    /// @param address which
    /// @param device where it is
    /// @param from its MAC address until now
    /// @param to its MAC address from now on
    record NeighbourMoved(IpAddress address, String device, MacAddress from, MacAddress to)
            implements BalancerEvent {
        /// Refuses null.
        public NeighbourMoved {
            requireNonNull(address, "address");
            requireNonNull(device, "device");
            requireNonNull(from, "from");
            requireNonNull(to, "to");
        }
    }
}
