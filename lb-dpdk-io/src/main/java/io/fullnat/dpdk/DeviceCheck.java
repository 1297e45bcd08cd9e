// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// Finds out before DPDK is asked whether a device can be opened: DPDK itself answers most mistakes
/// with "failed to attach", and some with the end of the process.
final class DeviceCheck {
    private static final NativeFunction INTERFACE_INDEX =
            NativeFunction.ofC("if_nametoindex", JAVA_INT, JAVA_LONG);

    private static final Path PCI_DEVICES = Path.of("/sys/bus/pci/devices");

    private static final Path VFIO = Path.of("/dev/vfio");

    /// Kernel drivers beside which DPDK can use a device, and those that only hand it through.
    private static final Set<String> PCI_DRIVERS =
            Set.of("vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core", "mlx5_core", "mana");

    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final int MAX_INTERFACE_NAME = 15;

    private DeviceCheck() {}

    /// Checks one port's device, in the network namespace of the calling thread.
    ///
    /// @throws BalancerException [ErrorCode#DEVICE] or [ErrorCode#PERMISSION], saying what to do
    static void check(DpdkPortConfig port) {
        DeviceSpec device = port.device();
        if (device.pci()) {
            checkPci(port.name(), device.name());
        } else if (device.kind().isPresent()) {
            checkVirtual(port.name(), device, device.kind().get());
        }
    }

    private static void checkVirtual(String port, DeviceSpec device, DeviceKind kind) {
        boolean hasInterface = kind.subjectKey().equals("iface") || kind == DeviceKind.PCAP;
        if (hasInterface && kind != DeviceKind.VHOST) {
            device.argument("iface").ifPresent(name -> checkInterface(port, name, kind));
        }
        if (kind == DeviceKind.TAP || kind == DeviceKind.AF_XDP) {
            require(CAP_NET_ADMIN, "CAP_NET_ADMIN", port, device);
        }
        boolean socket = kind == DeviceKind.AF_PACKET || device.argument("iface").isPresent();
        if (kind.usesInterface() && socket) {
            require(CAP_NET_RAW, "CAP_NET_RAW", port, device);
        }
        device.argument("rx_pcap")
                .map(Path::of)
                .filter(file -> !Files.isReadable(file))
                .ifPresent(file -> refuse(port, "cannot read the capture file " + file));
        device.argument("tx_pcap")
                .map(file -> Path.of(file).toAbsolutePath().getParent())
                .filter(folder -> folder == null || !Files.isWritable(folder))
                .ifPresent(folder -> refuse(port, "cannot write a capture file in " + folder));
    }

    private static void checkInterface(String port, String name, DeviceKind kind) {
        if (name.length() > MAX_INTERFACE_NAME || name.contains("/") || name.contains(":")) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "port " + port + ": \"" + name + "\" is not a network interface name");
        }
        boolean exists = interfaceExists(name);
        if (kind.usesInterface() && !exists) {
            refuse(
                    port,
                    "there is no network interface "
                            + name
                            + " in this network namespace (ip link show)");
        }
        if (kind == DeviceKind.TAP && exists) {
            refuse(port, "there is a network interface " + name + " already: choose another name");
        }
    }

    private static boolean interfaceExists(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return INTERFACE_INDEX.call(NativeFunction.string(arena, name)) != 0;
        }
    }

    private static void checkPci(String port, String address) {
        Path device = PCI_DEVICES.resolve(address);
        if (!Files.exists(device)) {
            refuse(port, "there is no PCI device " + address + " (lspci -D)");
        }
        String driver = "";
        try {
            driver = device.resolve("driver").toRealPath().getFileName().toString();
        } catch (IOException unbound) {
            refuse(port, unusable(address, "no driver"));
        }
        if (!PCI_DRIVERS.contains(driver)) {
            refuse(port, unusable(address, "the kernel driver " + driver));
        }
        if (driver.equals("vfio-pci")) {
            VfioFiles.check(port, device, VFIO);
        }
    }

    private static String unusable(String address, String driver) {
        return "PCI device "
                + address
                + " is bound to "
                + driver
                + ", where DPDK cannot use it: run dpdk-devbind.py --bind=vfio-pci "
                + address;
    }

    private static void require(int capability, String name, String port, DeviceSpec device) {
        if ((effectiveCapabilities() >>> capability & 1) == 0) {
            throw new BalancerException(
                    ErrorCode.PERMISSION,
                    "port " + port + ": " + device + " needs " + name + ": run as root");
        }
    }

    private static long effectiveCapabilities() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
                if (line.startsWith("CapEff:")) {
                    return Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
                }
            }
        } catch (IOException unreadable) {
            // then DPDK itself has to find out
            return -1;
        }
        return -1;
    }

    private static void refuse(String port, String reason) {
        throw new BalancerException(ErrorCode.DEVICE, "port " + port + ": " + reason);
    }
}
