// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.WebhookSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Secrets that this machine has, which must not be in a bundle whatever brings them there. They
/// are looked for, never shown. Immutable.
final class KnownSecrets {
    private static final int LONG = 64 << 10;

    /// Shorter ones would be found in much that is no secret.
    private static final int LEAST = 8;

    private final List<String> forms;

    private KnownSecrets(Set<String> secrets) {
        Set<String> all = new TreeSet<>();
        for (String secret : secrets) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            String hex = HexFormat.of().formatHex(bytes);
            all.addAll(List.of(secret, hex, hex.toUpperCase(Locale.ROOT)));
            // In the middle of something else base64 has one of three forms, without what its
            // neighbours decide.
            for (int shift = 0; shift < 3; shift++) {
                byte[] shifted = new byte[bytes.length + shift];
                System.arraycopy(bytes, 0, shifted, shift, bytes.length);
                String text = Base64.getEncoder().withoutPadding().encodeToString(shifted);
                int begin = shift == 0 ? 0 : shift + 1;
                int end = text.length() - (shifted.length % 3 == 0 ? 0 : 1);
                String inner = text.substring(begin, end);
                all.add(inner);
                all.add(inner.replace('+', '-').replace('/', '_'));
            }
        }
        // Longer ones first: one may be a part of another.
        forms = all.stream().sorted((one, other) -> other.length() - one.length()).toList();
    }

    /// Those in files that a configuration names, as far as they can be read here, and those in
    /// configurations themselves.
    ///
    /// @param texts of configurations, YAML
    static KnownSecrets of(Optional<Configuration> configuration, List<String> texts) {
        Set<String> secrets = new TreeSet<>();
        for (String text : texts) {
            try {
                SafeTree.secrets(TreeText.tree(text), secret -> add(secret, secrets));
            } catch (YamlEngineException e) {
                // then it is not in the bundle either
            }
        }
        for (Path file : configuration.map(KnownSecrets::files).orElse(List.of())) {
            secrets.addAll(lines(file));
        }
        return new KnownSecrets(secrets);
    }

    private static void add(String secret, Set<String> secrets) {
        if (secret.length() >= LEAST) {
            secrets.add(secret);
        }
    }

    private static List<Path> files(Configuration configuration) {
        List<Path> files = new ArrayList<>();
        configuration.workers().cookieSecrets().ifPresent(files::add);
        listener(configuration.api().tcp(), files);
        listener(configuration.api().metrics(), files);
        for (WebhookSettings webhook : configuration.webhooks()) {
            webhook.tokenFile().ifPresent(files::add);
            webhook.secretFile().ifPresent(files::add);
        }
        return files;
    }

    private static void listener(Optional<ApiSettings.Tcp> tcp, List<Path> files) {
        tcp.flatMap(ApiSettings.Tcp::tokenFile).ifPresent(files::add);
        tcp.flatMap(ApiSettings.Tcp::tls).map(ApiSettings.Tls::key).ifPresent(files::add);
    }

    private static List<String> lines(Path file) {
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONG), StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.length() >= LEAST && !line.startsWith("-----"))
                    .toList();
        } catch (IOException closed) {
            return List.of(); // what cannot be read here cannot get into the bundle from here
        }
    }

    /// Text without them.
    String removed(String text) {
        String safe = text;
        for (String form : forms) {
            safe = safe.replace(form, SafeCheck.REMOVED);
        }
        return safe;
    }
}
