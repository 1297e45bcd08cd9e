// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.config.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is beside the engine follows a reload, or refuses it.
class FollowerTest {
    private static final String BEFORE = ReloadTest.BEFORE;
    private static final String AFTER = ReloadTest.AFTER;

    @TempDir private Path folder;

    /// Followers are asked before anything is changed, and follow only what is in force.
    @Test
    void changesNothingIfAFollowerRefuses() {
        List<String> followed = new ArrayList<>();
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            DesiredState before = fixture.balancer.control().desired();
            fixture.balancer.follow(desired -> () -> followed.add("first"));
            fixture.balancer.follow(desired -> {
                throw new BalancerException(ErrorCode.INVALID_CONFIGURATION, "no certificate");
            });
            fixture.write(AFTER);

            assertThatThrownBy(() -> fixture.balancer.reload(false)).hasMessage("no certificate");
            assertThat(fixture.balancer.control().desired()).isEqualTo(before);
            assertThat(followed).isEmpty();
        }
    }

    @Test
    void changesNothingIfSecretsOfCookiesCannotBeRead() throws IOException {
        Path secrets = Files.writeString(folder.resolve("cookies"), "no secret\n");
        Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-------"));
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            DesiredState before = fixture.balancer.control().desired();
            fixture.write(
                    AFTER.replace(
                            "workers: {", "workers: {cookie-secrets-file: " + secrets + ", "));

            assertThatThrownBy(() -> fixture.balancer.reload(false))
                    .hasMessageContaining("secret 1 of SYN cookies is not 32 hexadecimal digits");
            assertThat(fixture.balancer.control().desired()).isEqualTo(before);
            Files.writeString(secrets, "00112233445566778899aabbccddeeff\n");
            assertThat(fixture.balancer.reload(false)).isNotEmpty();
        }
    }

    @Test
    void followsTheFileInWhatIsBesideTheEngine() {
        List<LogSettings> followed = new ArrayList<>();
        try (RunningFixture fixture = new RunningFixture(folder, BEFORE)) {
            fixture.balancer.follow(desired -> () -> followed.add(desired.log()));
            fixture.write(BEFORE + "log: {level: debug, audit: none}\n");

            assertThat(fixture.balancer.reload(true)).isEmpty();
            assertThat(followed).as("of a dry run").isEmpty();
            assertThat(fixture.balancer.reload(false)).isEmpty();
            assertThat(followed).containsExactly(fixture.balancer.configuration().log());
            assertThat(fixture.balancer.export()).endsWith("log:\n  level: debug\n  audit: none\n");
        }
    }
}
