// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CookieSecretsSourceTest {
    private static final String FIRST = "00112233445566778899aabbccddeeff";
    private static final String SECOND = "ffeeddccbbaa99887766554433221100";

    @TempDir private Path folder;
    private final List<CookieSecrets> used = new ArrayList<>();

    private String file(String name, String... secrets) throws IOException {
        Path file = Files.write(folder.resolve(name), List.of(secrets));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return "workers: {cookie-secrets-file: " + file + "}\n";
    }

    private static Configuration configuration(String yaml) {
        return ConfigurationFile.parse("test", "ports: [{name: p, device: 'null:'}]\n" + yaml);
    }

    private CookieSecretsSource source(String yaml) {
        return new CookieSecretsSource(configuration(yaml), used::add);
    }

    @Test
    void theFileIsReadAgainAlsoIfItsNameIsTheSame() throws IOException {
        CookieSecretsSource source = source(file("cookies", FIRST));
        String same = file("cookies", SECOND, FIRST);
        Runnable following = source.prepare(configuration(same));

        assertThat(used).as("before the reload is in force").isEmpty();
        following.run();
        assertThat(used).containsExactly(CookieSecrets.parse(List.of(SECOND, FIRST)));
    }

    @Test
    void aFileMayComeAndGo() throws IOException {
        CookieSecretsSource source = source("");
        source.prepare(configuration("")).run();
        assertThat(used).as("its own secret stays").isEmpty();

        source.prepare(configuration(file("cookies", FIRST))).run();
        assertThat(used).containsExactly(CookieSecrets.parse(List.of(FIRST)));

        source.prepare(configuration("")).run();
        assertThat(used).hasSize(2).doesNotHaveDuplicates();
        source.prepare(configuration("")).run();
        assertThat(used).hasSize(2);
    }

    @Test
    void aFileThatIsWrongChangesNothing() throws IOException {
        CookieSecretsSource source = source(file("cookies", FIRST));
        Configuration wrong = configuration(file("cookies", "half"));

        assertThatThrownBy(() -> source.prepare(wrong)).isInstanceOf(BalancerException.class);
        assertThat(used).isEmpty();
    }
}
