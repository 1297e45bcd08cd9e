// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.balancer.text.Visible;
import java.util.Set;

/// Text as YAML reads it back.
public final class YamlText {
    /// What YAML reads as no text.
    private static final Set<String> WORDS = Set.of("true", "false", "null");

    private YamlText() {}

    /// An address or a network: of IPv6 it has colons, which YAML may take for those of a mapping.
    public static String address(Object value) {
        String text = value.toString();
        return text.indexOf(':') < 0 ? text : quoted(text);
    }

    /// Text that YAML could take for something else, in the style that leaves everything as it is.
    public static String quoted(Object value) {
        String text = value.toString();
        if (text.matches("[a-z][a-z0-9._-]*") && !WORDS.contains(text)) {
            return text;
        }
        String visible = Visible.of(text);
        return visible.equals(text)
                ? "'" + text.replace("'", "''") + "'"
                : '"' + Visible.of(text.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
    }
}
