// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Edits;
import io.fullnat.balancer.attribute.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Attributes as keys of a mapping.
final class AttributeFields {
    private AttributeFields() {}

    /// The keys of attributes between others.
    static <T> List<String> keys(
            List<String> before, List<Attribute<T, ?>> attributes, List<String> after) {
        return Stream.of(before.stream(), attributes.stream().map(Attribute::name), after.stream())
                .flatMap(Function.identity())
                .toList();
    }

    /// Reads attributes; one that is wrong is noted as a problem.
    ///
    /// @param fields which may have their keys
    /// @param attributes to be read
    /// @param any something that may have them, to try them with
    /// @return gives an owner what the fields say
    static <T> UnaryOperator<T> read(Fields fields, List<Attribute<T, ?>> attributes, T any) {
        List<UnaryOperator<T>> edits = new ArrayList<>(attributes.size());
        T tried = any; // what one says may need another
        for (Attribute<T, ?> attribute : attributes) {
            if (fields.has(attribute.name())) {
                Optional<UnaryOperator<T>> edit = read(fields, attribute, tried);
                if (edit.isPresent()) {
                    edits.add(edit.get());
                    tried = edit.get().apply(tried);
                }
            }
        }
        return owner -> Edits.apply(owner, edits);
    }

    private static <T, V> Optional<UnaryOperator<T>> read(
            Fields fields, Attribute<T, V> attribute, T any) {
        Optional<V> value = value(fields, attribute.name(), attribute.kind());
        try {
            value.ifPresent(known -> attribute.with(any, known));
        } catch (BalancerException wrong) {
            fields.problem(attribute.name(), String.valueOf(wrong.getMessage()));
            return Optional.empty();
        }
        return value.map(known -> owner -> attribute.with(owner, known));
    }

    @SuppressWarnings("unchecked") // the kind says what V is
    private static <V> Optional<V> value(Fields fields, String key, Kind<V> kind) {
        return (Optional<V>)
                switch (kind) {
                    case Kind.Choice<?> choice -> fields.optional(key, oneOf(choice));
                    case Kind.Whole whole ->
                            fields.optional(key, Scalar.number(whole.min(), whole.max()));
                    case Kind.Switch ignored -> fields.optional(key, Scalar.truth());
                    case Kind.Seconds seconds -> {
                        Optional<Integer> time =
                                fields.optional(key, Scalar.number(1, seconds.max()));
                        yield time.isPresent()
                                ? Optional.of(Kind.Seconds.of(time.get()))
                                : Optional.empty();
                    }
                    case Kind.Text text -> fields.optional(key, text(text));
                    case Kind.Parsed<?> parsed -> fields.optional(key, parsed(parsed));
                    case Kind.Lines<?> lines -> lines(fields, key, lines);
                    case Kind.ByState ignored -> Optional.of(TimeoutSection.read(fields));
                };
    }

    private static <V> Scalar<V> oneOf(Kind.Choice<V> choice) {
        return Scalar.oneOf(choice::all, choice::of);
    }

    /// Text, for which a plain number may stand.
    private static <V> Scalar<V> parsed(Kind.Parsed<V> kind) {
        return node -> kind.parse().apply(node.value());
    }

    /// A list of lines, of which each is read alone first, so that all problems are named.
    private static <V> Optional<V> lines(Fields fields, String key, Kind.Lines<V> kind) {
        int size = fields.size(key);
        List<String> lines =
                fields.scalars(
                        key,
                        Scalar.parsed(line -> {
                            Objects.requireNonNull(kind.parse().apply(List.of(line)), line);
                            return line;
                        }));
        if (lines.size() < size) {
            return Optional.empty();
        }
        try {
            return Optional.of(kind.parse().apply(lines));
        } catch (BalancerException wrong) {
            fields.problem(key, String.valueOf(wrong.getMessage()));
            return Optional.empty();
        }
    }

    private static Scalar<String> text(Kind.Text kind) {
        List<String> known = kind.known().get();
        return known.isEmpty()
                ? Scalar.parsed(kind.check())
                : Scalar.oneOf(() -> known, word -> Optional.of(word).filter(known::contains));
    }

    /// The lines of a mapping that [#read] makes the same owner of.
    ///
    /// @param owner what has the attributes
    /// @return `key: value`; of a mapping also further lines, indented
    static <T> List<String> lines(List<Attribute<T, ?>> attributes, T owner) {
        List<String> lines = new ArrayList<>();
        for (Attribute<T, ?> attribute : attributes) {
            if (attribute.isTold(owner)) {
                add(lines, attribute, owner);
            }
        }
        return lines;
    }

    /// The fields of a mapping on one line that [#read] makes the same owner of.
    ///
    /// @param owner what has the attributes, none of which is a mapping
    /// @return `key: value`
    static <T> List<String> fields(List<Attribute<T, ?>> attributes, T owner) {
        List<String> fields = new ArrayList<>();
        for (Attribute<T, ?> attribute : attributes) {
            if (attribute.isTold(owner)) {
                fields.add(field(attribute, owner));
            }
        }
        return fields;
    }

    private static <T, V> String field(Attribute<T, V> attribute, T owner) {
        if (attribute.kind() instanceof Kind.Lines<V> some) {
            return some.lines().apply(attribute.get(owner)).stream()
                    .map(YamlText::quoted)
                    .collect(Collectors.joining(", ", attribute.name() + ": [", "]"));
        }
        List<String> lines = new ArrayList<>();
        add(lines, attribute, owner);
        return lines.getFirst();
    }

    private static <T, V> void add(List<String> lines, Attribute<T, V> attribute, T owner) {
        V value = attribute.get(owner);
        String key = attribute.name() + ":";
        switch (attribute.kind()) {
            case Kind.Text ignored -> lines.add(key + " " + YamlText.quoted(value));
            case Kind.Parsed<V> parsed ->
                    lines.add(key + " " + YamlText.quoted(parsed.text().apply(value)));
            case Kind.Lines<V> some -> {
                List<String> all = some.lines().apply(value);
                lines.add(all.isEmpty() ? key + " []" : key);
                all.forEach(line -> lines.add("  - " + YamlText.quoted(line)));
            }
            case Kind.ByState ignored -> {
                lines.add(key);
                lines.addAll(TimeoutSection.lines((Timeouts) value));
            }
            case Kind.Switch ignored -> lines.add(key + " " + value);
            default -> lines.add(key + " " + attribute.words(owner));
        }
    }
}
