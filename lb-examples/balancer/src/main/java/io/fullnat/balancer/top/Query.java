// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.Optional;

/// What is to be seen.
///
/// @param view which list
/// @param service whose servers or local addresses; empty for all
/// @param filter text that rows must have, empty for all
/// @param sort the name of the column to sort by
/// @param reverse whether the other way round
/// @param offset rows before the first one that is seen
/// @param limit how many are seen, 1 or more
record Query(
        View view,
        Optional<String> service,
        String filter,
        String sort,
        boolean reverse,
        long offset,
        int limit) {
    /// What a balancer gives at once.
    static final int MOST = 500;

    /// Whether another query is about the same rows, but for where they are in the list.
    boolean isLike(Query other) {
        return view == other.view
                && service.equals(other.service)
                && filter.equals(other.filter)
                && sort.equals(other.sort)
                && reverse == other.reverse;
    }
}
