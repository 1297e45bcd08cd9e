// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The entries of a set that is being made: those of another until the first change, since many are
/// copied without one. For one thread.
final class SetContents {
    private List<SetEntry> former;
    private @Nullable TreeSet<SetEntry> changed;

    /// @param former entries in their order, not to be changed
    SetContents(List<SetEntry> former) {
        this.former = former;
    }

    /// All of them.
    List<SetEntry> list() {
        return changed == null ? former : Collections.unmodifiableList(new ArrayList<>(changed));
    }

    boolean isChanged() {
        return changed != null;
    }

    private Set<SetEntry> all() {
        TreeSet<SetEntry> all = changed;
        if (all == null) {
            all = new TreeSet<>(SetEntry.BY_NAME);
            all.addAll(former);
            changed = all;
        }
        return all;
    }

    /// Takes all of another set in place of its own.
    void take(List<SetEntry> others) {
        former = others;
        changed = null;
    }

    /// Adds what a member stands for.
    void add(IpSet set, SetMember member, boolean force) {
        Set<SetEntry> all = all();
        for (SetEntry entry : set.parse(member)) {
            if (!all.add(entry)) {
                if (!force) {
                    throw new BalancerException(
                            ErrorCode.SET_ENTRY_EXISTS,
                            "entry "
                                    + entry.name()
                                    + " of set "
                                    + set.name()
                                    + " already exists; force it to change its comment and"
                                    + " exception");
                }
                all.remove(entry);
                all.add(entry);
            }
        }
        requireRoom(set, all.size());
    }

    /// Refuses more entries than a set holds.
    static void requireRoom(IpSet set, int count) {
        if (count > set.maxEntries()) {
            throw new BalancerException(
                    ErrorCode.CAPACITY,
                    "set "
                            + set.name()
                            + " would have "
                            + count
                            + " entries, it holds "
                            + set.maxEntries()
                            + "; make it for more (maxelem)");
        }
    }

    /// Removes what a member stands for.
    void remove(IpSet set, SetMember member, boolean force) {
        Set<SetEntry> all = all();
        for (SetEntry entry : set.parse(SetMember.of(member.entry()))) {
            if (!all.remove(entry) && !force) {
                throw new BalancerException(
                        ErrorCode.NO_SET_ENTRY,
                        "set " + set.name() + " has no entry " + entry.name());
            }
        }
    }

    /// Refuses a set that would be looked up too often for one question.
    static void requireFewShapes(IpSet set) {
        Set<Long> shapes = new HashSet<>();
        for (SetEntry entry : set.entries()) {
            if (shapes.add(entry.precision()) && shapes.size() > IpSet.MAX_SHAPES) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "set "
                                + set.name()
                                + ": its entries have more than "
                                + IpSet.MAX_SHAPES
                                + " combinations of prefix lengths, each of which is a look-up;"
                                + " spread them over sets");
            }
        }
    }
}
