// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// One mapping of the file with the keys that it may have. Whatever does not fit goes to the
/// problems with its line; a value that could not be read is then simply absent, so that reading
/// goes on and finds the next one. For one thread.
final class Fields {
    private final Problems problems;
    private final @Nullable Place place;
    private final int line;
    private final List<Value> values = new ArrayList<>(4);

    /// A known key and what stands there; few enough to look at one after the other.
    private record Value(String key, int line, YamlNode node) {}

    /// Where something stands in the file. Written out only for a message, as
    /// `services[2].servers[0].weight`: most values need none.
    ///
    /// @param index in a list, -1 outside
    private record Place(@Nullable Place parent, String key, int index) {
        @Override
        public String toString() {
            return (parent == null ? "" : parent + ".")
                    + key
                    + (index < 0 ? "" : "[" + index + "]");
        }
    }

    private Fields(Problems problems, @Nullable Place place, int line) {
        this.problems = problems;
        this.place = place;
        this.line = line;
    }

    /// Opens the mapping that a file is.
    ///
    /// @param node what stands in the file
    /// @param known the keys it may have
    /// @return empty if it is no mapping at all
    static Optional<Fields> of(YamlNode node, Problems problems, List<String> known) {
        return of(node, null, problems, known);
    }

    private static Optional<Fields> of(
            YamlNode node, @Nullable Place place, Problems problems, List<String> known) {
        if (!(node instanceof YamlNode.Entries mapping)) {
            problems.add(
                    node.line(),
                    (place == null ? "the file" : place)
                            + " is "
                            + node.kind()
                            + ", not a mapping with the keys "
                            + String.join(", ", known));
            return Optional.empty();
        }
        Fields fields = new Fields(problems, place, node.line());
        for (YamlNode.Entry entry : mapping.all()) {
            fields.take(entry, known);
        }
        return Optional.of(fields);
    }

    private void take(YamlNode.Entry entry, List<String> known) {
        int keyLine = entry.key().line();
        if (!(entry.key() instanceof YamlNode.Text keyNode)) {
            problems.add(keyLine, prefix() + "a key is " + entry.key().kind());
            return;
        }
        String key = keyNode.value();
        Value first = value(key);
        if (first != null) {
            problems.add(
                    keyLine,
                    prefix() + "key \"" + key + "\" is there twice, first in line " + first.line());
        } else if (!known.contains(key)) {
            problems.add(
                    keyLine,
                    prefix()
                            + "unknown key \""
                            + key
                            + "\""
                            + Spelling.nearest(key, known)
                                    .map(n -> ", did you mean \"" + n + "\"?")
                                    .orElse("; known keys: " + String.join(", ", known)));
        } else {
            values.add(new Value(key, keyLine, entry.value()));
        }
    }

    private @Nullable Value value(String key) {
        for (Value value : values) {
            if (value.key().equals(key)) {
                return value;
            }
        }
        return null;
    }

    private @Nullable YamlNode node(String key) {
        Value value = value(key);
        return value == null ? null : value.node();
    }

    /// Notes a problem of a key's value.
    void problem(String key, String message) {
        YamlNode node = node(key);
        problems.add(node == null ? line : node.line(), place(key) + ": " + message);
    }

    /// A value that must be there.
    <T> Optional<T> required(String key, Scalar<T> type) {
        if (!has(key)) {
            missing(key);
            return Optional.empty();
        }
        return optional(key, type);
    }

    /// A value that may be left out.
    <T> Optional<T> optional(String key, Scalar<T> type) {
        YamlNode node = node(key);
        return node == null ? Optional.empty() : read(node, place(key), type);
    }

    /// A list of scalars; empty if it is left out.
    <T> List<T> scalars(String key, Scalar<T> type) {
        return items(key, (node, item) -> read(node, item, type));
    }

    /// A list of mappings; empty if it is left out.
    ///
    /// @param known the keys of each
    /// @param reader makes one element, empty if it has a problem
    <T> List<T> mappings(String key, List<String> known, Reader<T> reader) {
        return items(key, (node, item) -> of(node, item, problems, known).flatMap(reader::read));
    }

    /// One mapping; empty if it is left out.
    Optional<Fields> mapping(String key, List<String> known) {
        YamlNode node = node(key);
        return node == null ? Optional.empty() : of(node, place(key), problems, known);
    }

    /// Notes that a key is missing.
    void missing(String key) {
        problems.add(line, prefix() + "key \"" + key + "\" is missing");
    }

    /// The length of a list, elements with problems included.
    ///
    /// @return 0 if the key is absent or no list
    int size(String key) {
        return node(key) instanceof YamlNode.Items sequence ? sequence.size() : 0;
    }

    /// Whether a key was given, readable or not.
    boolean has(String key) {
        return value(key) != null;
    }

    private <T> List<T> items(String key, BiFunction<YamlNode, Place, Optional<T>> item) {
        YamlNode node = node(key);
        if (node == null) {
            return List.of();
        }
        if (!(node instanceof YamlNode.Items sequence)) {
            problems.add(
                    node.line(), place(key) + " is " + node.kind() + ", not a list (\"- ...\")");
            return List.of();
        }
        List<T> items = new ArrayList<>(sequence.size());
        int index = 0;
        for (YamlNode element : sequence.all()) {
            item.apply(element, new Place(place, key, index++)).ifPresent(items::add);
        }
        return items;
    }

    private <T> Optional<T> read(YamlNode node, Place where, Scalar<T> type) {
        if (!(node instanceof YamlNode.Text scalar) || node.isNull()) {
            problems.add(node.line(), where + " is " + node.kind() + ", not one value");
            return Optional.empty();
        }
        try {
            return Optional.of(type.read(scalar));
        } catch (BalancerException e) {
            problems.add(node.line(), where + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private Place place(String key) {
        return new Place(place, key, -1);
    }

    private String prefix() {
        return place == null ? "" : place + ": ";
    }

    /// Makes one element of a list of mappings.
    ///
    /// @param <T> what it becomes
    @FunctionalInterface
    interface Reader<T> {
        /// Reads the element.
        ///
        /// @return empty if it has a problem, which is noted then
        Optional<T> read(Fields fields);
    }
}
