// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.CookieSecrets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CookieSecretsFileTest {
    private static final String FIRST = "00112233445566778899aabbccddeeff";
    private static final String SECOND = "ffeeddccbbaa99887766554433221100";

    @TempDir private Path folder;

    private Path file(String mode, String text) throws Exception {
        Path file = Files.writeString(folder.resolve("cookies"), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return file;
    }

    @Test
    void aSecretStandsOnEachLine() throws Exception {
        Path file = file("rw-r-----", FIRST + "\n\n  " + SECOND + "\r\n");
        assertThat(CookieSecretsFile.read(file))
                .isEqualTo(CookieSecrets.parse(List.of(FIRST, SECOND)));
    }

    @Test
    void whatOthersCanReadIsNoSecret() throws Exception {
        Path file = file("rw-r--r--", FIRST);
        assertThatThrownBy(() -> CookieSecretsFile.read(file))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("others can read or write " + file + "; chmod o-rwx it");
    }

    @Test
    void saysWhatIsWrongWithoutShowingIt() throws Exception {
        Path bad = file("rw-------", FIRST + "\n" + SECOND + "0\n");
        assertThatThrownBy(() -> CookieSecretsFile.read(bad))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(bad + ": ")
                .hasMessageContaining("secret 2 of SYN cookies is not 32 hexadecimal digits")
                .message()
                .doesNotContain(SECOND);
        assertThatThrownBy(() -> CookieSecretsFile.read(folder.resolve("none")))
                .hasMessageContaining("cannot read the file of secrets of SYN cookies " + folder);
        Path empty = file("rw-------", "");
        assertThatThrownBy(() -> CookieSecretsFile.read(empty))
                .hasMessageContaining("0 secrets of SYN cookies: 1-4 can be used");
        Path large = file("rw-------", "0".repeat(5000));
        assertThatThrownBy(() -> CookieSecretsFile.read(large))
                .isInstanceOf(BalancerException.class);
    }
}
