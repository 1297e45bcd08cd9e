// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the kernel has behind a port: the device or the interface that it takes.
final class DeviceCheck implements Check {
    private static final List<String> DPDK_DRIVERS =
            List.of("vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core", "mlx5_core", "mana");

    @Override
    public String what() {
        return "devices and interfaces of ports";
    }

    @Override
    public boolean sees(Observation reading) {
        return !reading.machine().interfaces().isEmpty() || !reading.machine().devices().isEmpty();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.machine().devices().forEach((port, device) -> device(port, device, findings));
        reading.machine()
                .interfaces()
                .forEach((port, network) -> {
                    state(port, network, findings);
                    mtu(port, network, reading, findings);
                    addresses(port, network, reading, findings);
                });
        drivers(reading, findings);
        return findings;
    }

    private static void device(String port, Machine.Device device, List<Finding> findings) {
        String folder = "/sys/bus/pci/devices/" + device.address();
        Map<String, String> words = Map.of("device", device.address());
        if (!device.there()) {
            findings.add(
                    Diagnosis.DEVICE_MISSING.of(
                            "port " + port, device.address() + " is not there", folder, words));
        } else if (device.driver().filter(DPDK_DRIVERS::contains).isEmpty()) {
            findings.add(
                    Diagnosis.DEVICE_DRIVER.of(
                            "port " + port,
                            device.address()
                                    + device.driver()
                                            .map(name -> " is bound to " + name)
                                            .orElse(" is bound to no driver"),
                            folder + "/driver",
                            words));
        }
    }

    private static void state(String port, Machine.Interface network, List<Finding> findings) {
        String folder = "/sys/class/net/" + network.name();
        Map<String, String> words = Map.of("interface", network.name());
        if (!network.there()) {
            findings.add(
                    Diagnosis.INTERFACE_MISSING.of(
                            "port " + port, network.name() + " is not there", folder, words));
        } else if (!network.up()) {
            findings.add(
                    Diagnosis.INTERFACE_DOWN.of(
                            "port " + port,
                            network.name() + " is not set up",
                            folder + "/flags",
                            words));
        }
    }

    private static void mtu(
            String port, Machine.Interface network, Observation reading, List<Finding> findings) {
        int wanted =
                reading.running().stream()
                        .flatMap(running -> running.ports().stream())
                        .filter(each -> each.name().equals(port))
                        .mapToInt(Running.Port::mtu)
                        .findFirst()
                        .orElse(0);
        if (network.there() && network.mtu() > 0 && wanted > network.mtu()) {
            findings.add(
                    Diagnosis.MTU_DIFFERS.of(
                            "port " + port,
                            "the port has " + wanted + ", " + network.name() + " " + network.mtu(),
                            "fullnat link list; /sys/class/net/" + network.name() + "/mtu",
                            Map.of("interface", network.name(), "mtu", String.valueOf(wanted))));
        }
    }

    private static void addresses(
            String port, Machine.Interface network, Observation reading, List<Finding> findings) {
        reading.running().stream()
                .flatMap(running -> running.addresses().stream())
                .map(Running.Address::address)
                .filter(network.addresses()::contains)
                .forEach(address ->
                        findings.add(
                                Diagnosis.KERNEL_ADDRESS.of(
                                        "port " + port,
                                        address + " is on " + network.name() + ", too",
                                        "ip address show dev " + network.name(),
                                        Map.of("interface", network.name(), "address", address))));
    }

    private static void drivers(Observation reading, List<Finding> findings) {
        reading.configuration().stream()
                .flatMap(known -> known.ports().stream())
                .filter(port -> port.device().text().startsWith("net_af_packet"))
                .forEach(port ->
                        findings.add(
                                Diagnosis.NET_AF_PACKET.of(
                                        "port " + port.name(),
                                        port.device().text(),
                                        "ports[" + port.name() + "].device",
                                        Map.of(
                                                "interface",
                                                MachineReader.interfaceOf(port).orElse("IFACE")))));
    }
}
