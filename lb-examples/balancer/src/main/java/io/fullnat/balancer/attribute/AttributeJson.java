// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.Timeouts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Attributes as fields of JSON, each always there.
public final class AttributeJson {
    /// Whose names fields have.
    public enum Names {
        /// Those of lists; a time that is not set is null.
        LISTING,
        /// Those of the API's models; a time that is not set is 0.
        MODEL
    }

    private AttributeJson() {}

    /// Writes all attributes.
    ///
    /// @param <T> what has them
    /// @param attributes in order
    /// @param owner what has them
    /// @param to gets a field for each
    /// @param names whose names they have
    public static <T> void write(
            List<Attribute<T, ?>> attributes, T owner, ObjectNode to, Names names) {
        attributes.forEach(attribute -> write(attribute, owner, to, names));
    }

    private static <T, V> void write(
            Attribute<T, V> attribute, T owner, ObjectNode to, Names names) {
        boolean listing = names == Names.LISTING;
        String field = listing ? attribute.listingField() : attribute.restField();
        V value = attribute.get(owner);
        switch (attribute.kind()) {
            case Kind.Choice<V> choice -> to.put(field, choice.words(value));
            case Kind.Whole ignored -> to.put(field, (Integer) value);
            case Kind.Switch ignored -> {
                if (listing) {
                    to.put(field, (Boolean) value);
                } else {
                    to.put(field, value.toString()); // the agent's models have it as text
                }
            }
            case Kind.Seconds ignored -> {
                Optional<Long> seconds =
                        ((Optional<?>) value).map(time -> ((Duration) time).toSeconds());
                to.put(field, listing ? seconds.orElse(null) : seconds.orElse(0L));
            }
            case Kind.Text ignored -> to.put(field, (String) value);
            case Kind.Parsed<V> parsed -> to.put(field, parsed.text().apply(value));
            case Kind.Lines<V> lines -> lines.bare().apply(value).forEach(to.putArray(field)::add);
            case Kind.ByState ignored -> {
                ObjectNode times = to.putObject(field);
                ((Timeouts) value)
                        .byState()
                        .forEach((state, time) -> times.put(state.key(), time.toSeconds()));
            }
        }
    }
}
