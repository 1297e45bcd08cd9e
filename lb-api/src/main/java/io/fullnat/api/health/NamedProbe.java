// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A probe of the application's, which its [ProbeFactory] knows by name. Immutable and thread-safe.
///
/// @param name 1-32 lower-case letters, digits, `_` and `-`; none of [ProbeSpec#WORDS]
/// @param options what the factory is told besides
public record NamedProbe(String name, Map<String, String> options) implements ProbeSpec {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,31}");

    /// Checks the name and copies the options.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if the name is none,
    ///   or that of a probe that is there
    public NamedProbe {
        requireNonNull(name, "name");
        options = Map.copyOf(requireNonNull(options, "options"));
        if (!NAME.matcher(name).matches()) {
            throw ProbeOptions.wrong(
                    "\""
                            + name
                            + "\" is no name of a probe: 1-32 lower-case letters, digits, '_',"
                            + " '-'");
        }
        if (WORDS.contains(name)) {
            throw ProbeOptions.wrong(
                    "\"" + name + "\" is the name of a probe that is there; choose another");
        }
    }

    /// A probe without options.
    ///
    /// @param name 1-32 lower-case letters, digits, `_` and `-`
    /// @return the spec
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if the name is none
    public static NamedProbe of(String name) {
        return new NamedProbe(name, Map.of());
    }

    @Override
    public String word() {
        return name;
    }

    @Override
    public String toString() {
        return options.isEmpty() ? name : name + " " + new TreeMap<>(options);
    }
}
