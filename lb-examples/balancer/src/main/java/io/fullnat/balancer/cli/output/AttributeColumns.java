// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Attribute.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Columns of attributes in a table: those that are always told stand behind the name, those that
/// some row has behind all others.
///
/// @param <T> what a row is about
final class AttributeColumns<T> {
    private final List<Attribute<T, ?>> first = new ArrayList<>();
    private final List<Attribute<T, ?>> last = new ArrayList<>();

    AttributeColumns(List<Attribute<T, ?>> attributes, List<T> owners) {
        for (Attribute<T, ?> attribute : attributes) {
            if (attribute.column().isEmpty()) {
                continue;
            }
            if (attribute.shown() == Shown.ALWAYS) {
                first.add(attribute);
            } else if (owners.stream().anyMatch(attribute::isSet)) {
                last.add(attribute);
            }
        }
    }

    List<String> titles(List<String> names, List<String> others) {
        return joined(names, titles(first), others, titles(last));
    }

    private static <T> List<String> titles(List<Attribute<T, ?>> attributes) {
        return attributes.stream().map(Attribute::column).flatMap(Optional::stream).toList();
    }

    List<String> row(T owner, List<String> names, List<String> others) {
        return joined(names, cells(first, owner), others, cells(last, owner));
    }

    private static <T> List<String> cells(List<Attribute<T, ?>> attributes, T owner) {
        return attributes.stream()
                .map(attribute -> attribute.isTold(owner) ? attribute.shownWords(owner) : "")
                .toList();
    }

    @SafeVarargs
    private static List<String> joined(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }
}
