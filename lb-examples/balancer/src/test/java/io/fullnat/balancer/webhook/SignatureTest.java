// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How requests are signed.
class SignatureTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir private Path folder;

    private Path file(String text, String mode) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /// The example that libraries of Standard Webhooks are tested by.
    @Test
    void signsAsReceiversOfTheStandardExpect() throws IOException {
        assertThat(
                        Signature.read(file(SECRET + "\n", "rw-------"))
                                .sign(
                                        "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                        1614265330,
                                        "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "whsec_",
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
                "whsec_M?KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            })
    void refusesWhatIsNoSecretWithoutShowingIt(String text) {
        assertThatThrownBy(() -> Signature.read(file(text, "rw-------")))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("must hold one line: whsec_ and 24-64 bytes in base64")
                .hasMessageNotContaining("KQ9r8GKY");
    }

    @Test
    void refusesAFileThatOthersCanRead() {
        assertThatThrownBy(() -> Signature.read(file(SECRET, "rw-r--r--")))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("others can read or write");
    }
}
