package io.fullnat.core.stack;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.agrona.collections.Int2IntHashMap;

/// The balancer's place in the network at one revision: devices, own addresses, routes, static
/// neighbours. Shared by all workers, not changed after construction.
public final class NetworkView {
    /// No device, or not an own address.
    public static final int NONE = -1;

    private final Device[] devices;
    private final Int2IntHashMap deviceByTag = new Int2IntHashMap(NONE);
    private final int[] untaggedByPort;
    private final Int2IntHashMap ownAddresses = new Int2IntHashMap(NONE);
    private final Int2IntHashMap localAddresses = new Int2IntHashMap(NONE);
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

    /// Whether an address is a local address, draining ones included: packets to it belong to
    /// connections.
    ///
    /// @param address in host order
    /// @return true if it is one
    public boolean isLocalAddress(int address) {
        return localAddresses.get(address) != NONE;
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

    /// Tells views apart for whoever remembers a next hop.
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
