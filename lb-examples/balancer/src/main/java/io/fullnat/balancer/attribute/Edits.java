// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Edits that belong together. Some values need others, or can't stand beside them, and who gives
/// several means what they make in the end: so an edit that is refused as things are is tried again
/// behind the others.
public final class Edits {
    private Edits() {}

    /// Applies edits, in their order as far as that is possible.
    ///
    /// @param owner what is edited
    /// @param edits that have no effect when they throw
    /// @return a new owner
    /// @throws BalancerException the first that is left, if no order is possible
    public static <T> T apply(T owner, List<UnaryOperator<T>> edits) {
        T edited = owner;
        List<UnaryOperator<T>> left = edits;
        while (!left.isEmpty()) {
            List<UnaryOperator<T>> refused = new ArrayList<>();
            BalancerException first = null;
            for (UnaryOperator<T> edit : left) {
                try {
                    edited = edit.apply(edited);
                } catch (BalancerException refusal) {
                    refused.add(edit);
                    first = first == null ? refusal : first;
                }
            }
            if (first != null && refused.size() == left.size()) {
                throw first;
            }
            left = refused;
        }
        return edited;
    }
}
