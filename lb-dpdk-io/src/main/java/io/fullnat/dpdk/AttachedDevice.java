// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A device that DPDK has been given, and the number of its port.
///
/// @param eal started
/// @param pci whether it is on the PCI bus
/// @param name its DPDK name
/// @param port number of its port
record AttachedDevice(Eal eal, boolean pci, String name, int port) {
    private static final Logger LOG = LoggerFactory.getLogger(AttachedDevice.class);

    /// Names of the devices in use; guarded by [Eal]'s lock.
    private static final Set<String> IN_USE = new HashSet<>();

    /// Gives a device to DPDK. Sockets and interfaces are looked for in the network namespace of
    /// the calling thread, which holds [Eal]'s lock.
    ///
    /// @param queues queue pairs it will need
    /// @throws BalancerException [ErrorCode#DEVICE] if it cannot be had
    static AttachedDevice attach(Eal eal, DpdkPortConfig config, int queues) {
        DeviceSpec device = config.device();
        if (device.kind().filter(kind -> kind == DeviceKind.AF_PACKET).isPresent()) {
            LOG.warn(
                    "port {}: DPDK's net_af_packet passes on checksums that are not made yet and"
                            + " cuts large segments off; af_packet:IFACE does neither",
                    config.name());
        }
        String name = device.name();
        if (device.numbered()) {
            do {
                name = device.name() + eal.nextSerial();
            } while (eal.ethdev().portByName(name) >= 0);
        } else if (IN_USE.contains(name)) {
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    "port " + config.name() + ": device " + name + " is open already");
        }
        int error = 0;
        if (eal.ethdev().portByName(name) < 0) {
            String text = DeviceArguments.of(device, name, queues, MemoryPlan.mtu(config));
            try (Arena arena = Arena.ofConfined()) {
                error = eal.functions().probe(NativeFunction.string(arena, text));
            }
        }
        int port = eal.ethdev().portByName(name);
        if (error != 0 || port < 0) {
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    "port "
                            + config.name()
                            + ": DPDK cannot open "
                            + device
                            + " ("
                            + (error == 0 ? "no such port" : eal.functions().describe(-error))
                            + ")");
        }
        IN_USE.add(name);
        return new AttachedDevice(eal, device.pci(), name, port);
    }

    /// Stops the port and takes the device away from DPDK. The caller holds [Eal]'s lock.
    void detach() {
        eal.ethdev().stop(port);
        eal.ethdev().close(port);
        try (Arena arena = Arena.ofConfined()) {
            int error =
                    eal.functions()
                            .remove(
                                    NativeFunction.string(arena, pci ? "pci" : "vdev"),
                                    NativeFunction.string(arena, name));
            if (error != 0) {
                LOG.warn(
                        "DPDK keeps device {} ({}): it cannot be opened again before a restart",
                        name,
                        eal.functions().describe(-error));
            }
        }
        IN_USE.remove(name);
    }
}
