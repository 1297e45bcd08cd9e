// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

/// Places in a list of servers, or of local addresses, of which some have gone and others have
/// come. The origins of a list are, for each of its members, the index in the list before, or -1 if
/// it was not there.
public final class Origins {
    private Origins() {}

    /// The place in a list that is that of a place in the list before: behind it come those members
    /// that came behind it.
    ///
    /// @param before an index in the list before, or -1 for the place before all
    /// @param origins of the list
    /// @return the index of the same member; if that has gone, of the last before it that stays; -1
    ///   if there is none
    public static int place(int before, int[] origins) {
        int place = -1;
        int nearest = -1;
        for (int i = 0; i < origins.length; i++) {
            if (origins[i] <= before && origins[i] > nearest) {
                nearest = origins[i];
                place = i;
            }
        }
        return place;
    }
}
