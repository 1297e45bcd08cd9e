// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.address.AddressMap;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.agrona.collections.Int2IntHashMap;
import org.jspecify.annotations.Nullable;

/// The balancer's place in the network at one revision: devices, own addresses, routes, static
/// neighbours. Shared by all workers, not changed after construction.
///
/// A device that has addresses of IPv6, or routes of it, has a link-local one as well
/// ([LinkLocals]), whether or not it is configured.
public final class NetworkView {
    /// No device, or not an own address.
    public static final int NONE = -1;

    /// Prefixes longer than this have no network and no broadcast address (RFC 3021).
    private static final int LONGEST_WITH_BROADCAST = Masks.WHOLE - 2;

    /// Prefixes of IPv4, which alone has such addresses, are longer than this.
    private static final int IPV4 = Masks.WHOLE - Integer.SIZE;

    private final Device[] devices;
    private final boolean checksPaths;
    private final Int2IntHashMap deviceByTag = new Int2IntHashMap(NONE);
    private final int[] untaggedByPort;
    private final AddressMap ownAddresses;
    private final AddressMap localAddresses;
    private final AddressMap noSources;
    private final AddressMap kernels;
    private final List<Own> kernelNetworks;
    private final List<Own> owned;
    private final LinkLocals linkLocals;
    private final Sources sources;
    private final Groups groups;
    private final RouteTable routes;
    private final List<StaticNeighbour> neighbours;
    private final int generation;
    private final LeftoverPolicy leftovers;

    /// A view.
    ///
    /// @param devices by index
    /// @param active numbers of those whose frames are taken
    /// @param owned all own addresses
    /// @param routes connected and static ones
    /// @param neighbours static ones
    /// @param generation differs from that of any view with other routes or devices
    public NetworkView(
            List<Device> devices,
            Set<Integer> active,
            List<Own> owned,
            RouteTable routes,
            List<StaticNeighbour> neighbours,
            int generation) {
        this(
                devices,
                active,
                owned,
                List.of(),
                routes,
                neighbours,
                generation,
                LeftoverPolicy.DEFAULT);
    }

    /// A view.
    ///
    /// @param devices by index
    /// @param active numbers of those whose frames are taken
    /// @param owned all own addresses
    /// @param kernels addresses that are the kernel's alone
    /// @param routes connected and static ones
    /// @param neighbours static ones
    /// @param generation differs from that of any view with other routes or devices
    /// @param leftovers what becomes of packets that nothing explains
    public NetworkView(
            List<Device> devices,
            Set<Integer> active,
            List<Own> owned,
            List<Own> kernels,
            RouteTable routes,
            List<StaticNeighbour> neighbours,
            int generation,
            LeftoverPolicy leftovers) {
        this.leftovers = leftovers;
        this.devices = devices.toArray(Device[]::new);
        checksPaths = devices.stream().anyMatch(each -> each.reversePath() != ReversePath.OFF);
        this.routes = routes;
        this.neighbours = List.copyOf(neighbours);
        this.generation = generation;
        this.owned = List.copyOf(owned);
        untaggedByPort = new int[1 + devices.stream().mapToInt(Device::port).max().orElse(-1)];
        Arrays.fill(untaggedByPort, NONE);
        for (Device device : devices) {
            if (active.contains(device.index())) {
                deviceByTag.put(tag(device.port(), device.vlan()), device.index());
                if (device.vlan() == 0) {
                    untaggedByPort[device.port()] = device.index();
                }
            }
        }
        ownAddresses = new AddressMap(owned.size() + devices.size());
        localAddresses = new AddressMap((int) owned.stream().filter(Own::local).count());
        noSources = new AddressMap(3 * owned.size() + devices.size());
        this.kernels = new AddressMap(kernels.size());
        for (Own own : kernels) {
            this.kernels.put(own.high, own.low, own.device);
        }
        kernelNetworks = kernels.stream().filter(own -> own.length < Masks.WHOLE).toList();
        for (Own own : owned) {
            ownAddresses.put(own.high, own.low, own.device);
            noSources.put(own.high, own.low, own.device);
            if (own.hasBroadcast()) {
                noSources.put(own.high, own.low & ~own.hosts(), own.device);
                noSources.put(own.high, own.low | own.hosts(), own.device);
            }
            if (own.local) {
                localAddresses.put(own.high, own.low, own.device);
            }
        }
        linkLocals = new LinkLocals(devices, owned, routes);
        for (Own own : linkLocals.generated()) {
            ownAddresses.put(own.high, own.low, own.device);
            noSources.put(own.high, own.low, own.device);
        }
        sources = new Sources(devices.size(), this.owned, linkLocals);
        groups = new Groups(devices.size(), linkLocals.all());
    }

    /// What becomes of packets that no service and no connection explains.
    ///
    /// @return the same object as long as it is not changed
    public LeftoverPolicy leftovers() {
        return leftovers;
    }

    private static int tag(int port, int vlan) {
        return port << 12 | vlan;
    }

    /// The device of a frame.
    ///
    /// @param port where it came in
    /// @param vlan its VLAN, 0 if untagged
    /// @return the device's number, or [#NONE]
    public int deviceOf(int port, int vlan) {
        if (vlan == 0 && port < untaggedByPort.length) { // most frames: no hash for them
            return untaggedByPort[port];
        }
        return deviceByTag.get(tag(port, vlan));
    }

    /// A device by number.
    ///
    /// @param index its number
    /// @return the device
    public Device device(int index) {
        return devices[index];
    }

    /// Whether an address is one of the balancer's own.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true for interface addresses, local addresses among them
    public boolean isOwn(long high, long low) {
        return ownAddresses.contains(high, low);
    }

    /// The device of an own address.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return the device's number, or [#NONE]; of a link-local address that several devices have,
    ///   one of them: see [#isOwnOf]
    public int ownDevice(long high, long low) {
        return ownAddresses.get(high, low);
    }

    /// Whether an address is one of a device's own: those that it answers for.
    ///
    /// @param device the device's number
    /// @param high first half of the address
    /// @param low last half
    /// @return true for its link-local address, too
    public boolean isOwnOf(int device, long high, long low) {
        return ownAddresses.get(high, low) == device || linkLocals.isOf(device, high, low);
    }

    /// The own addresses of IPv6, generated link-local ones included.
    ///
    /// @return them, those first that others are spoken from; an immutable list
    public List<Own> ipv6() {
        return linkLocals.all();
    }

    /// The link-local addresses that nobody has configured, one for each device that needs one.
    ///
    /// @return an immutable list
    public List<Own> generated() {
        return List.copyOf(linkLocals.generated());
    }

    /// The groups of IPv6 that one listens to.
    ///
    /// @return them
    Groups groups() {
        return groups;
    }

    /// How many devices there are.
    int deviceCount() {
        return devices.length;
    }

    /// The link-local address by which a device speaks to its link.
    ///
    /// @param device the device's number
    /// @return null if IPv6 is not used there
    public @Nullable Own linkLocal(int device) {
        return linkLocals.of(device);
    }

    /// The own addresses on all devices of a port.
    ///
    /// @param port its number
    /// @return them, in no order
    public List<Own> ownOfPort(int port) {
        return Stream.concat(owned.stream(), linkLocals.generated().stream())
                .filter(own -> devices[own.device].port() == port)
                .toList();
    }

    /// Whether an address is a local address, draining ones included: packets to it belong to
    /// connections.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if it is one
    public boolean isLocalAddress(long high, long low) {
        return localAddresses.contains(high, low);
    }

    /// Whether an address is the kernel's alone: the balancer neither answers for it nor speaks
    /// from it.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if what is sent to it goes to the kernel
    public boolean isKernels(long high, long low) {
        return kernels.contains(high, low);
    }

    /// Whether an address is of a network that an address of a device, the kernel's included, is
    /// on. Link-local ones are left out.
    ///
    /// @param device the device's number
    /// @param high first half of the address
    /// @param low last half
    /// @return true if who has it is a station of the link, unless it lies
    public boolean isConnected(int device, long high, long low) {
        if (sources.onNetwork(device, high, low) != null) {
            return true;
        }
        for (Own own : kernelNetworks) {
            if (own.device == device && own.isOnNetwork(high, low)) {
                return true;
            }
        }
        return false;
    }

    /// Whether an address is one that no other host can have: one of ours, or the network or
    /// directed broadcast address of a network that we are on (RFC 1812 §5.3.7). Addresses of the
    /// kernel alone are not among them: one that VRRP moves is another host's at times.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if a packet from there is not what it says
    public boolean isNoSource(long high, long low) {
        return noSources.contains(high, low);
    }

    /// Whether any device checks by which way packets come.
    ///
    /// @return false if [#isReversePath] is true of all
    public boolean checksPaths() {
        return checksPaths;
    }

    /// Whether a packet may come by a device, as far as that is checked there.
    ///
    /// @param high first half of its source
    /// @param low last half
    /// @param device the device's number
    /// @return true if it may
    public boolean isReversePath(long high, long low, int device) {
        if (!checksPaths || Addresses.isLinkLocal(high)) {
            return true; // no router forwards what is link-local: it is of this link
        }
        ReversePath check = devices[device].reversePath();
        if (check == ReversePath.OFF) {
            return true;
        }
        RouteTable.Hop hop = routes.find(high, low);
        return hop != null && (check == ReversePath.LOOSE || hop.device() == device);
    }

    /// The own address to speak from on a device, of the peer's family: one on the peer's network,
    /// else any; to a link-local peer the device's link-local one.
    ///
    /// @param device the device's number
    /// @param high first half of the peer's address
    /// @param low last half
    /// @return null if the device has none
    public @Nullable Own sourceFor(int device, long high, long low) {
        return sources.of(device, high, low);
    }

    /// The own address on a device that is of a peer's network.
    ///
    /// @param device the device's number
    /// @param high first half of the peer's address
    /// @param low last half
    /// @return null if the device has none
    public @Nullable Own sourceOnNetwork(int device, long high, long low) {
        return sources.onNetwork(device, high, low);
    }

    /// Whether a station of an address can be a neighbour on a device: a route leads there without
    /// a gateway, and it is not the first or last address of a network.
    ///
    /// @param device the device's number
    /// @param high first half of the address
    /// @param low last half
    /// @return false also for own addresses
    public boolean isNeighbour(int device, long high, long low) {
        if (Addresses.isLinkLocal(high)) {
            return linkLocals.of(device) != null && !isOwnOf(device, high, low);
        }
        RouteTable.Hop hop = routes.find(high, low);
        if (hop == null || hop.device() != device || hop.hasGateway() || isOwn(high, low)) {
            return false;
        }
        for (Own own : sources.networks(device)) {
            long host = low & own.hosts();
            boolean isNoHost = host == 0 || host == own.hosts();
            if (own.hasBroadcast() && isNoHost && own.isOnNetwork(high, low)) {
                return false;
            }
        }
        return true;
    }

    /// Whether a MAC address is one of the balancer's ports'.
    ///
    /// @param mac in the low 48 bits
    /// @return true if a port has it
    public boolean isOwnMac(long mac) {
        for (Device device : devices) {
            if (device.mac() == mac) {
                return true;
            }
        }
        return false;
    }

    /// The routes.
    ///
    /// @return the table
    public RouteTable routes() {
        return routes;
    }

    /// The static neighbours.
    ///
    /// @return an immutable list
    public List<StaticNeighbour> neighbours() {
        return neighbours;
    }

    /// Tells views apart for what remembers a next hop.
    ///
    /// @return the same as long as routes are the same
    public int generation() {
        return generation;
    }

    /// An own address.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @param length of its network's prefix, 0 to 128
    /// @param device its device's number
    /// @param local whether it is a local address
    public record Own(long high, long low, int length, int device, boolean local) {
        boolean isOnNetwork(long otherHigh, long otherLow) {
            return ((high ^ otherHigh) & Masks.high(length)) == 0
                    && ((low ^ otherLow) & Masks.low(length)) == 0;
        }

        /// Whether it is of IPv4.
        boolean isIpv4() {
            return Addresses.isIpv4(high, low);
        }

        private boolean hasBroadcast() {
            return length >= IPV4 && length <= LONGEST_WITH_BROADCAST;
        }

        /// The bits of the last half that name a host.
        private long hosts() {
            return ~Masks.low(length);
        }
    }

    /// A static neighbour.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @param device its device's number
    /// @param mac its MAC address
    public record StaticNeighbour(long high, long low, int device, long mac) {}
}
