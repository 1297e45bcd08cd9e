// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Edits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Options of the verbs that add and edit what has attributes: one for each.
///
/// @param <T> what has them
final class AttributeOptions<T> {
    private final List<Attribute<T, ?>> attributes;

    AttributeOptions(List<Attribute<T, ?>> attributes) {
        this.attributes = attributes;
    }

    /// Gives the verbs their options.
    void addTo(Map<String, CommandLine> verbs) {
        verbs.forEach((verb, line) -> {
            boolean adds = verb.equals("add");
            if (adds || verb.equals("edit")) {
                attributes.forEach(
                        attribute -> line.getCommandSpec().addOption(option(attribute, adds)));
            }
        });
    }

    private OptionSpec option(Attribute<T, ?> attribute, boolean adds) {
        List<String> names = new ArrayList<>();
        attribute.letter().ifPresent(letter -> names.add("-" + letter));
        names.add(attribute.verbOption());
        return OptionSpec.builder(names.toArray(String[]::new))
                .type(String.class)
                .paramLabel(attribute.label())
                .description(attribute.verbHelp(adds).replace("%", "%%")) // a format to picocli
                .build();
    }

    /// What a line of an edit makes of its owner.
    ///
    /// @param verb the line, as read
    /// @throws ParameterException for a line that says nothing to change
    /// @throws io.fullnat.api.BalancerException for words that are no value
    UnaryOperator<T> edited(ParseResult verb) {
        List<String> options = attributes.stream().map(Attribute::verbOption).toList();
        if (options.stream().noneMatch(verb::hasMatchedOption)) {
            throw new ParameterException(
                    verb.commandSpec().commandLine(),
                    "there is nothing to change; give " + String.join(", ", options));
        }
        return given(verb);
    }

    /// What a line makes of its owner.
    ///
    /// @param verb the line, as read
    /// @throws io.fullnat.api.BalancerException for words that are no value
    UnaryOperator<T> given(ParseResult verb) {
        List<UnaryOperator<T>> edits = new ArrayList<>();
        for (Attribute<T, ?> attribute : attributes) {
            String option = attribute.verbOption();
            if (verb.hasMatchedOption(option)) {
                String words = verb.matchedOptionValue(option, "");
                edits.add(attribute.edit(option, words));
            }
        }
        return owner -> Edits.apply(owner, edits);
    }
}
