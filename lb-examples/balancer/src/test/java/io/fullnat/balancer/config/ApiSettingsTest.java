// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Where the socket is unless the file says so.
final class ApiSettingsTest {
    @Test
    void aServiceOfSystemdHasItInItsOwnFolder() {
        assertThat(ApiSettings.socketOf("/run/fullnat"))
                .isEqualTo(Path.of("/run/fullnat/fullnat.sock"));
        assertThat(ApiSettings.socketOf("/run/fullnat:/run/other"))
                .isEqualTo(Path.of("/run/fullnat/fullnat.sock"));
    }

    @Test
    void elsewhereItIsInRun() {
        assertThat(ApiSettings.socketOf(null)).isEqualTo(Path.of("/run/fullnat.sock"));
        assertThat(ApiSettings.socketOf("")).isEqualTo(Path.of("/run/fullnat.sock"));
    }
}
