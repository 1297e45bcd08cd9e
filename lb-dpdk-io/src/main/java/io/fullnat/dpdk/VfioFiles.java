// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files by which DPDK reaches a device that is bound to vfio-pci. In a container there are
/// none unless they were handed in, and DPDK would say no more than that it found no device.
final class VfioFiles {
    private VfioFiles() {}

    /// Checks that they are there and may be opened.
    ///
    /// @param port that the device is for
    /// @param device its folder under `/sys/bus/pci/devices`
    /// @param files `/dev/vfio`
    /// @throws BalancerException [ErrorCode#DEVICE] or [ErrorCode#PERMISSION], saying what to do
    static void check(String port, Path device, Path files) {
        String address = device.getFileName().toString();
        require(port, address, files.resolve("vfio"));
        String group;
        try {
            group = device.resolve("iommu_group").toRealPath().getFileName().toString();
        } catch (IOException none) {
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    "port "
                            + port
                            + ": PCI device "
                            + address
                            + " has no IOMMU group, by which vfio-pci hands it out: turn the IOMMU on, or set "
                            + "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode and bind it again",
                    none);
        }
        Path unsafe = files.resolve("noiommu-" + group);
        require(port, address, Files.exists(unsafe) ? unsafe : files.resolve(group));
    }

    private static void require(String port, String address, Path file) {
        String what = "port " + port + ": PCI device " + address + " is bound to vfio-pci, but ";
        if (!Files.exists(file)) {
            throw new BalancerException(
                    ErrorCode.DEVICE,
                    what + file + " is not there: a container needs --device /dev/vfio");
        }
        if (!Files.isReadable(file) || !Files.isWritable(file)) {
            throw new BalancerException(
                    ErrorCode.PERMISSION,
                    what + file + " may not be opened by this user: give it to its group");
        }
    }
}
