// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Spelling;
import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Tag;

/// How one value of the configuration is read: its type and range.
///
/// @param <T> what it becomes
@FunctionalInterface
interface Scalar<T> {
    /// Reads the value.
    ///
    /// @param node a scalar, not null
    /// @return the value
    /// @throws BalancerException naming what was found and what is wanted
    T read(YamlNode.Text node);

    /// Text that some other class understands, such as an address.
    ///
    /// @param parser throws [BalancerException] naming the text
    static <T> Scalar<T> parsed(Function<String, T> parser) {
        return node -> parser.apply(text().read(node));
    }

    /// Any text that is not blank.
    static Scalar<String> text() {
        return node -> {
            // A plain 1.5 or true is a number or a truth value to YAML; where text is wanted the
            // reader of the file should see text.
            if (!node.tag().equals(Tag.STR)) {
                throw wrong(node.value() + " is not text; put it in quotes if it is meant so");
            }
            if (node.value().isBlank()) {
                throw wrong("is empty");
            }
            return node.value();
        };
    }

    /// A whole number.
    ///
    /// @param min the smallest allowed
    /// @param max the largest allowed
    static Scalar<Integer> number(int min, int max) {
        return node -> {
            if (!node.tag().equals(Tag.INT)) {
                throw wrong(node.kind() + " is not a whole number");
            }
            String digits = node.value();
            BigInteger value;
            try {
                value =
                        digits.startsWith("0x")
                                ? new BigInteger(digits.substring(2), 16)
                                : new BigInteger(digits);
            } catch (NumberFormatException e) {
                throw wrong(digits + " is not a decimal number");
            }
            if (value.compareTo(BigInteger.valueOf(min)) < 0
                    || value.compareTo(BigInteger.valueOf(max)) > 0) {
                throw wrong(digits + " is not " + min + "-" + max);
            }
            return value.intValue();
        };
    }

    /// `true` or `false`.
    static Scalar<Boolean> truth() {
        return node -> {
            if (!node.tag().equals(Tag.BOOL)) {
                throw wrong(node.kind() + " is neither true nor false");
            }
            return Boolean.valueOf(node.value().toLowerCase(Locale.ROOT));
        };
    }

    /// One of a few words.
    ///
    /// @param words by the word in the file
    static <T> Scalar<T> oneOf(Map<String, T> words) {
        return node -> {
            T value = words.get(node.value());
            if (value == null) {
                throw noneOf(node, words.keySet());
            }
            return value;
        };
    }

    /// One of a few words.
    ///
    /// @param words all of them
    /// @param reader of one
    static <T> Scalar<T> oneOf(Supplier<List<String>> words, Function<String, Optional<T>> reader) {
        return node -> reader.apply(node.value()).orElseThrow(() -> noneOf(node, words.get()));
    }

    private static BalancerException noneOf(YamlNode.Text node, Collection<String> words) {
        return wrong(
                node.kind()
                        + " is none of "
                        + words.stream().sorted().collect(Collectors.joining(", "))
                        + Spelling.hint(node.value(), words));
    }

    static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
