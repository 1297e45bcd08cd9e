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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    private static final int FACTOR = 31;

    /// By the hash of their first characters: there may be thousands, and text is gone through
    /// once.
    private final Map<Integer, List<String>> forms = new HashMap<>();

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
        for (String form :
                all.stream().sorted((one, other) -> other.length() - one.length()).toList()) {
            if (form.length() >= LEAST) {
                forms.computeIfAbsent(hash(form), begin -> new ArrayList<>()).add(form);
            }
        }
    }

    /// Of the first characters.
    private static int hash(String form) {
        int hash = 0;
        for (int i = 0; i < LEAST; i++) {
            hash = hash * FACTOR + form.charAt(i);
        }
        return hash;
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
        if (forms.isEmpty() || text.length() < LEAST) {
            return text;
        }
        int first = 1; // the factor of the character that leaves
        for (int i = 1; i < LEAST; i++) {
            first *= FACTOR;
        }
        StringBuilder safe = new StringBuilder(text.length());
        int kept = 0;
        int hash = hash(text);
        for (int i = 0; i + LEAST <= text.length(); i++) {
            int length = i < kept ? 0 : lengthAt(text, i, hash);
            if (length > 0) {
                safe.append(text, kept, i).append(SafeCheck.REMOVED);
                kept = i + length;
            }
            if (i + LEAST < text.length()) {
                hash = (hash - text.charAt(i) * first) * FACTOR + text.charAt(i + LEAST);
            }
        }
        return kept == 0 ? text : safe.append(text, kept, text.length()).toString();
    }

    /// Of the longest that begins there; 0 if none does.
    private int lengthAt(String text, int index, int hash) {
        List<String> some = forms.get(hash);
        if (some != null) {
            for (String form : some) {
                if (text.startsWith(form, index)) {
                    return form.length();
                }
            }
        }
        return 0;
    }
}
