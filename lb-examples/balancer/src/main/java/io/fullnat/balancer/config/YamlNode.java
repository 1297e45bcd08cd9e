// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import org.snakeyaml.engine.v2.nodes.Tag;

/// A node of YAML text: no more than what reading a configuration needs. Immutable.
sealed interface YamlNode {
    /// Where it starts.
    ///
    /// @return from 1; 0 if the text was read without lines
    int line();

    /// One value.
    ///
    /// @param value as text
    /// @param tag what YAML takes it for
    record Text(int line, String value, Tag tag) implements YamlNode {}

    /// A list.
    ///
    /// @param size how many elements
    /// @param all makes them anew each time
    record Items(int line, int size, Iterable<YamlNode> all) implements YamlNode {}

    /// A mapping.
    ///
    /// @param all makes the entries anew each time
    record Entries(int line, Iterable<Entry> all) implements YamlNode {}

    /// A key with its value, as they stand: the key may be there twice.
    record Entry(YamlNode key, YamlNode value) {}

    /// Whether a key was given no value at all.
    default boolean isNull() {
        return this instanceof Text text && text.tag().equals(Tag.NULL);
    }

    /// What it is, in the words of a message.
    ///
    /// @return for example `a list`
    default String kind() {
        return switch (this) {
            case Entries ignored -> "a mapping";
            case Items ignored -> "a list";
            case Text ignored when isNull() -> "empty";
            case Text text when text.tag().equals(Tag.STR) ->
                    "the text \"" + shortened(text.value()) + "\"";
            case Text text -> shortened(text.value());
        };
    }

    private static String shortened(String value) {
        return value.length() <= 80 ? value : value.substring(0, 80) + "...";
    }
}
