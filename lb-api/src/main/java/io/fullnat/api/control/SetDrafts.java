// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.set.IpSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The sets of a draft. One that is changed is a builder until somebody asks for it, so that a
/// thousand changes of one set cost as much as one.
final class SetDrafts {
    private final TreeMap<String, IpSet> sets;
    private final Map<String, IpSet.Builder> changing = new HashMap<>();

    SetDrafts(Map<String, IpSet> sets) {
        this.sets = new TreeMap<>(sets);
    }

    /// All sets, as the changes have left them.
    SortedMap<String, IpSet> all() {
        changing.forEach((name, builder) -> sets.put(name, builder.build()));
        changing.clear();
        return Collections.unmodifiableSortedMap(sets);
    }

    private IpSet set(String name) {
        IpSet.Builder builder = changing.remove(name);
        if (builder != null) {
            sets.put(name, builder.build());
        }
        return require(sets, name);
    }

    static IpSet require(Map<String, IpSet> sets, String name) {
        IpSet set = sets.get(requireNonNull(name, "name"));
        if (set == null) {
            throw new BalancerException(
                    ErrorCode.NO_SET,
                    "no set \""
                            + name
                            + "\"; there are "
                            + (sets.isEmpty() ? "none" : String.join(", ", sets.keySet())));
        }
        return set;
    }

    private IpSet.Builder builder(String name) {
        IpSet.Builder known = changing.get(name);
        if (known == null) {
            known = set(name).toBuilder();
            changing.put(name, known);
        }
        return known;
    }

    void create(IpSet set) {
        requireNone(set.name());
        sets.put(set.name(), set);
    }

    private void requireNone(String name) {
        if (sets.containsKey(name)) {
            throw new BalancerException(ErrorCode.SET_EXISTS, "set " + name + " already exists");
        }
    }

    void replace(IpSet set) {
        set(set.name());
        sets.put(set.name(), set);
    }

    void destroy(String name) {
        set(name);
        sets.remove(name);
    }

    void add(Change.AddSetMembers add) {
        IpSet.Builder builder = builder(add.name());
        add.members().forEach(member -> builder.add(member, add.force()));
    }

    void remove(Change.RemoveSetMembers remove) {
        IpSet.Builder builder = builder(remove.name());
        remove.members().forEach(member -> builder.remove(member, remove.force()));
    }

    void flush(String name) {
        builder(name).clear();
    }

    void rename(String name, String to) {
        IpSet set = set(name);
        requireNone(to);
        sets.put(to, set.toBuilder().name(to).build());
        sets.remove(name);
    }

    void swap(String name, String other) {
        IpSet one = set(name);
        IpSet two = set(other);
        IpSet first = one.toBuilder().entriesOf(two).build();
        sets.put(other, two.toBuilder().entriesOf(one).build());
        sets.put(name, first);
    }
}
