// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Configurations and lists without secrets, by the names of their keys. They are maps, lists and
/// scalars, as readers of YAML and JSON give them.
final class SafeTree {
    private static final Set<String> CHECKS = Set.of("checks", "healthchecks", "check");
    private static final Set<String> FREE_TEXT = Set.of("description", "comment");
    private static final Pattern FILE = Pattern.compile(SafeText.FOLDER);
    private static final Pattern KEY_WORD = Pattern.compile("\\bkey\\s+(\\S+)");
    private static final Pattern SECRET =
            Pattern.compile(
                    ".*(token|secret|passwo?r?d|passphrase|credential|authorization|key)s?");

    private SafeTree() {}

    /// A copy without secrets.
    ///
    /// @param node map, list or scalar
    static @Nullable Object of(@Nullable Object node) {
        return copy("", node);
    }

    /// Finds what [#of] takes out.
    ///
    /// @param secrets gets each
    static void secrets(@Nullable Object node, Consumer<String> secrets) {
        find("", node, secrets);
    }

    private static void find(String key, @Nullable Object node, Consumer<String> secrets) {
        switch (node) {
            case Map<?, ?> map ->
                    map.forEach((field, value) -> find(String.valueOf(field), value, secrets));
            case List<?> list -> list.forEach(item -> find(key, item, secrets));
            case String text -> {
                String name = name(key);
                if (CHECKS.contains(name)) {
                    SafeCheck.secrets(text, secrets);
                } else if (name.equals("quic")) {
                    KEY_WORD.matcher(text)
                            .results()
                            .forEach(found -> secrets.accept(found.group(1)));
                } else if (name.equals("url")) {
                    secrets.accept(
                            text.substring(
                                    Math.min(
                                            text.length(),
                                            origin(text).indexOf(SafeCheck.REMOVED))));
                } else if (!scalar(name, text).equals(text)) {
                    secrets.accept(text);
                }
            }
            case null, default -> {}
        }
    }

    /// However it is written.
    private static String name(String key) {
        return key.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    private static @Nullable Object copy(String key, @Nullable Object node) {
        String name = name(key);
        return switch (node) {
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> safe = new LinkedHashMap<>();
                map.forEach((field, value) -> safe.put(field, copy(String.valueOf(field), value)));
                yield safe;
            }
            case List<?> list -> {
                List<@Nullable Object> safe = new ArrayList<>();
                list.forEach(item -> safe.add(copy(key, item)));
                yield safe;
            }
            case String text -> scalar(name, text);
            case null -> null;
            default -> SECRET.matcher(name).matches() ? SafeCheck.REMOVED : node;
        };
    }

    private static String scalar(String name, String text) {
        if (CHECKS.contains(name)) {
            return SafeCheck.of(text);
        }
        if (FREE_TEXT.contains(name)) {
            return text.isEmpty() ? text : SafeCheck.REMOVED;
        }
        if (name.equals("quic")) {
            return KEY_WORD.matcher(text).replaceAll("key " + SafeCheck.REMOVED);
        }
        if (name.equals("url")) {
            return origin(text);
        }
        boolean plain =
                FILE.matcher(text).lookingAt()
                        || (name.equals("key") && text.startsWith("/")) // a file, always
                        || text.equals("none")
                        || text.isEmpty();
        return SECRET.matcher(name).matches() && !plain ? SafeCheck.REMOVED : text;
    }

    /// Who may post to a service is often told by the rest of its URL.
    private static String origin(String url) {
        int scheme = url.indexOf("://");
        if (scheme < 0) {
            return SafeCheck.REMOVED;
        }
        int path = url.indexOf('/', scheme + 3);
        String host = path < 0 ? url.substring(scheme + 3) : url.substring(scheme + 3, path);
        return url.substring(0, scheme + 3)
                + host.substring(host.lastIndexOf('@') + 1).split("[?#]", 2)[0]
                + "/"
                + SafeCheck.REMOVED;
    }
}
