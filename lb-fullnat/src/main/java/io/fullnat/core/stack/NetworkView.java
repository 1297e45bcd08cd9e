// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.IntHashSet;

/// The balancer's place in the network at one revision: devices, own addresses, routes, static
/// neighbours. Shared by all workers, not changed after construction.
public final class NetworkView {
    /// No device, or not an own address.
    public static final int NONE = -1;

    /// Prefixes longer than this have no network and no broadcast address (RFC 3021).
    private static final int LONGEST_WITH_BROADCAST = 30;

    private final Device[] devices;
    private final Int2IntHashMap deviceByTag = new Int2IntHashMap(NONE);
    private final int[] untaggedByPort;
    private final Int2IntHashMap ownAddresses = new Int2IntHashMap(NONE);
    private final Int2IntHashMap localAddresses = new Int2IntHashMap(NONE);
    private final IntHashSet noSources = new IntHashSet();
    private final List<Own> owned;
    private final Own[][] networksByDevice;
    private final int[] anyByDevice;
    private final RouteTable routes;
    private final List<StaticNeighbour> neighbours;
    private final int generation;

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
        this.devices = devices.toArray(Device[]::new);
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
        for (Own own : owned) {
            ownAddresses.put(own.address, own.device);
            noSources.add(own.address);
            if (own.length <= LONGEST_WITH_BROADCAST) {
                int hosts = -1 >>> own.length;
                noSources.add(own.address & ~hosts);
                noSources.add(own.address | hosts);
            }
            if (own.local) {
                localAddresses.put(own.address, own.device);
            }
        }
        networksByDevice = new Own[devices.size()][];
        anyByDevice = new int[devices.size()];
        for (Device device : devices) {
            List<Own> here = owned.stream().filter(o -> o.device == device.index()).toList();
            networksByDevice[device.index()] =
                    here.stream().filter(o -> o.length < 32).toArray(Own[]::new);
            anyByDevice[device.index()] = here.isEmpty() ? 0 : here.getFirst().address;
        }
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
    /// @param address in host order
    /// @return true for interface addresses, local addresses among them
    public boolean isOwn(int address) {
        return ownAddresses.get(address) != NONE;
    }

    /// The device of an own address.
    ///
    /// @param address in host order
    /// @return the device's number, or [#NONE]
    public int ownDevice(int address) {
        return ownAddresses.get(address);
    }

    /// The own addresses on all devices of a port.
    ///
    /// @param port its number
    /// @return them, in no order
    public List<Own> ownOfPort(int port) {
        return owned.stream().filter(own -> devices[own.device].port() == port).toList();
    }

    /// Whether an address is a local address, draining ones included: packets to it belong to
    /// connections.
    ///
    /// @param address in host order
    /// @return true if it is one
    public boolean isLocalAddress(int address) {
        return localAddresses.get(address) != NONE;
    }

    /// Whether an address is one that no other host can have: one of ours, or the network or
    /// directed broadcast address of a network that we are on (RFC 1812 §5.3.7).
    ///
    /// @param address in host order
    /// @return true if a packet from there is not what it says
    public boolean isNoSource(int address) {
        return noSources.contains(address);
    }

    /// Whether a packet may come by a device, as far as that is checked there.
    ///
    /// @param source of the packet, in host order
    /// @param device the device's number
    /// @return true if it may
    public boolean isReversePath(int source, int device) {
        return switch (devices[device].reversePath()) {
            case OFF -> true;
            case LOOSE -> routes.find(source) != null;
            case STRICT -> {
                RouteTable.Hop hop = routes.find(source);
                yield hop != null && hop.device() == device;
            }
        };
    }

    /// The own address to speak from on a device: one on the peer's network, else any.
    ///
    /// @param device the device's number
    /// @param peer in host order
    /// @return in host order, 0 if the device has none
    public int sourceFor(int device, int peer) {
        for (Own own : networksByDevice[device]) {
            int mask = own.length == 0 ? 0 : -1 << (32 - own.length);
            if (((own.address ^ peer) & mask) == 0) {
                return own.address;
            }
        }
        return anyByDevice[device];
    }

    /// Whether a station of an address can be a neighbour on a device: a route leads there without
    /// a gateway, and it is not the first or last address of a network.
    ///
    /// @param device the device's number
    /// @param address in host order
    /// @return false also for own addresses
    public boolean isNeighbour(int device, int address) {
        RouteTable.Hop hop = routes.find(address);
        if (hop == null || hop.device() != device || hop.gateway() != 0 || isOwn(address)) {
            return false;
        }
        for (Own own : networksByDevice[device]) {
            int hosts = own.length == 0 ? -1 : ~(-1 << (32 - own.length));
            boolean here = ((own.address ^ address) & ~hosts) == 0;
            int host = address & hosts;
            if (here && own.length < 31 && (host == 0 || host == hosts)) {
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
    /// @param address in host order
    /// @param length of its network's prefix
    /// @param device its device's number
    /// @param local whether it is a local address
    public record Own(int address, int length, int device, boolean local) {}

    /// A static neighbour.
    ///
    /// @param address in host order
    /// @param device its device's number
    /// @param mac its MAC address
    public record StaticNeighbour(int address, int device, long mac) {}
}
