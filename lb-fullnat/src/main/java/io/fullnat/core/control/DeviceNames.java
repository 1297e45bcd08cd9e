// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.stack.Device;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Devices by name: each port, and each VLAN of one that was ever in force, `port.vlan`. A device
/// keeps its number for good, so that what workers remember of it stays right; but those that were
/// made for a change are forgotten if the change does not come into force.
final class DeviceNames {
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Device> devices = new LinkedHashMap<>();
    private final PacketIo io;
    private final Map<String, ReversePath> reversePaths;

    DeviceNames(PacketIo io) {
        this(io, Map.of());
    }

    /// @param reversePaths of ports by name, for all their VLANs too; off for those not named
    DeviceNames(PacketIo io, Map<String, ReversePath> reversePaths) {
        this.io = io;
        this.reversePaths = Map.copyOf(reversePaths);
        List<? extends PacketPort> all = io.ports();
        for (int port = 0; port < all.size(); port++) {
            String name = all.get(port).name();
            if (ports.put(name, port) != null) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT, "two ports are called \"" + name + "\"");
            }
            add(name, port, 0);
        }
    }

    private Device add(String name, int port, int vlan) {
        PacketPort owner = io.ports().get(port);
        Device device =
                new Device(
                        devices.size(),
                        name,
                        port,
                        vlan,
                        owner.mac().bits(),
                        owner.mtu(),
                        reversePaths.getOrDefault(owner.name(), ReversePath.OFF));
        devices.put(name, device);
        return device;
    }

    /// The device of a name, that must be there.
    Device known(String name, String forWhat) {
        Device known = devices.get(name);
        if (known == null) {
            throw new BalancerException(
                    ErrorCode.NO_PORT,
                    forWhat
                            + ": no device \""
                            + name
                            + "\"; there are "
                            + String.join(", ", devices.keySet()));
        }
        return known;
    }

    /// The device of a name, made if it is a VLAN not named before.
    Device require(String name, String forWhat) {
        Device known = devices.get(name);
        if (known != null) {
            return known;
        }
        int dot = name.lastIndexOf('.');
        Integer port = dot < 0 ? null : ports.get(name.substring(0, dot));
        if (port == null || !name.substring(dot + 1).matches("[1-9][0-9]{0,3}")) {
            throw new BalancerException(
                    ErrorCode.NO_PORT,
                    forWhat
                            + ": no port \""
                            + name
                            + "\"; there are "
                            + String.join(", ", ports.keySet())
                            + ", and their VLANs as in "
                            + ports.keySet().iterator().next()
                            + ".100");
        }
        int vlan = Integer.parseInt(name.substring(dot + 1));
        if (vlan > Vlan.MAX_ID) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    forWhat + ": VLAN " + vlan + " is not 1-" + Vlan.MAX_ID);
        }
        return add(name, port, vlan);
    }

    /// Refuses a device without an interface of the kernel beside its port.
    void requireKernel(Device device, String forWhat) {
        PacketPort port = io.ports().get(device.port());
        if (port.puntPort().isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    forWhat
                            + ": port "
                            + port.name()
                            + " has no interface of the kernel beside it; give it one (ports[].kernel)");
        }
    }

    /// How many devices there are.
    int count() {
        return devices.size();
    }

    /// Forgets the devices made since there were as many as this.
    void forgetAfter(int count) {
        devices.values().removeIf(device -> device.index() >= count);
    }

    List<Device> all() {
        return new ArrayList<>(devices.values());
    }
}
