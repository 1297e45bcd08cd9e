// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.control.Change;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.config.PathText;
import io.fullnat.balancer.config.SetFile;
import java.util.List;
import java.util.Optional;

/// Transactions about sets, common to all grammars.
public final class SetSteps {
    private SetSteps() {}

    /// What a new set is to be, as far as a line says it.
    ///
    /// @param family empty for that of the type
    /// @param range empty for none
    /// @param buckets empty for the default
    /// @param maxEntries empty for the default
    /// @param comments whether its entries can have comments
    public record Options(
            Optional<SetFamily> family,
            Optional<String> range,
            Optional<Integer> buckets,
            Optional<Integer> maxEntries,
            boolean comments) {}

    /// A new set, without entries.
    public static Request create(String name, String type, Options options) {
        IpSet.Builder builder = IpSet.builder(name, Values.setType(type));
        options.family.ifPresent(builder::family);
        options.range.ifPresent(builder::range);
        options.buckets.ifPresent(builder::buckets);
        options.maxEntries.ifPresent(builder::maxEntries);
        IpSet set = builder.comments(options.comments).build();
        return Request.edit(new Change.CreateSet(set));
    }

    /// Adds entries.
    ///
    /// @param family that the line says, which the set must have
    public static Request add(
            String name, List<SetMember> members, boolean force, Optional<SetFamily> family) {
        return checked(name, family, new Change.AddSetMembers(name, members, force));
    }

    /// Removes entries.
    ///
    /// @param family that the line says, which the set must have
    public static Request remove(
            String name, List<SetMember> members, boolean force, Optional<SetFamily> family) {
        return checked(name, family, new Change.RemoveSetMembers(name, members, force));
    }

    private static Request checked(String name, Optional<SetFamily> family, Change change) {
        if (family.isEmpty()) {
            return Request.edit(change);
        }
        return new Request.Edit(present -> {
            requireFamily(present.set(name), family);
            return List.of(change);
        });
    }

    /// Refuses a set of another family than a line says.
    public static void requireFamily(IpSet set, Optional<SetFamily> family) {
        family.filter(said -> said != set.family())
                .ifPresent(said -> {
                    throw Refusal.invalid(
                            "set " + set.name() + " is of " + set.family() + ", not of " + said);
                });
    }

    /// Reads a set's file again.
    public static Request reload(String name) {
        return new Request.Edit(present -> List.of(reloaded(present.set(name))));
    }

    /// A set as its file is now.
    ///
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#UNSUPPORTED] if it has
    ///   none; as [SetFile#read]
    public static Change reloaded(IpSet set) {
        String file =
                set.file()
                        .orElseThrow(() ->
                                Refusal.unsupported(
                                        "set "
                                                + set.name()
                                                + " has no file; the configuration says which have"
                                                + " (sets[].file)"));
        return new Change.ReplaceSet(SetFile.read(set, PathText.parse(file)));
    }
}
