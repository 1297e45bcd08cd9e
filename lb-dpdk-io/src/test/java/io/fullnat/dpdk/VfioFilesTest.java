// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VfioFilesTest {
    private static final String ADDRESS = "0000:3b:00.0";

    @TempDir Path folder;

    private Path device;
    private Path files;

    @BeforeEach
    void make() throws IOException {
        device = Files.createDirectories(folder.resolve("devices").resolve(ADDRESS));
        files = Files.createDirectory(folder.resolve("vfio"));
        Path group = Files.createDirectories(folder.resolve("iommu_groups/17"));
        Files.createSymbolicLink(device.resolve("iommu_group"), group);
    }

    private void refused(ErrorCode code, String reason) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> VfioFiles.check("outside", device, files))
                .withMessageStartingWith("port outside: PCI device " + ADDRESS)
                .withMessageContaining(reason)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aContainerWithoutThemIsTold() throws IOException {
        refused(ErrorCode.DEVICE, files.resolve("vfio") + " is not there: a container needs");
        Files.createFile(files.resolve("vfio"));
        refused(ErrorCode.DEVICE, files.resolve("17") + " is not there");
        // That of another device does not help.
        Files.createFile(files.resolve("18"));
        refused(ErrorCode.DEVICE, files.resolve("17") + " is not there");
        Files.createFile(files.resolve("17"));
        VfioFiles.check("outside", device, files);
    }

    @Test
    void withoutAnIommuTheGroupHasAnotherName() throws IOException {
        Files.createFile(files.resolve("vfio"));
        Files.createFile(files.resolve("noiommu-17"));
        VfioFiles.check("outside", device, files);
    }

    @Test
    void aDeviceWithoutAGroupIsTold() throws IOException {
        Files.createFile(files.resolve("vfio"));
        Files.delete(device.resolve("iommu_group"));
        refused(ErrorCode.DEVICE, "has no IOMMU group");
    }
}
