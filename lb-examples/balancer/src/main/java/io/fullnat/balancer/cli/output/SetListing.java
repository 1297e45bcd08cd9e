// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.SetRules;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.SetUse;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetFamily;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.SetSteps;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.QuotedWord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Sets with their entries, as `dpip ipset show` prints them.
///
/// @param name of one set, empty for all
/// @param family of those to be shown, empty for all
/// @param json whether JSON is wanted instead
public record SetListing(Optional<String> name, Optional<SetFamily> family, boolean json)
        implements Request.Listing {
    private static final List<String> TITLES =
            List.of(
                    "NAME",
                    "TYPE",
                    "FAMILY",
                    "ENTRIES",
                    "MOST",
                    "USES",
                    "REFUSED",
                    "ADMITTED",
                    "FILE");

    @Override
    public void print(Operations operations, PrintWriter out) {
        DesiredState state = operations.control().desired();
        List<IpSet> sets = sets(state, name, family);
        Map<String, SetStatus> counts = counts(operations);
        if (json) {
            ListingJson.print(
                    out,
                    "sets",
                    sets,
                    set -> toJson(set, users(state, set), counts.get(set.name())));
            return;
        }
        for (IpSet set : sets) {
            out.print("Name: " + set.name() + "\n");
            out.print("Type: " + set.type() + "\n");
            out.print("Header: " + header(set) + "\n");
            out.print("Size in memory: " + set.memory() + "\n");
            out.print("References: " + users(state, set).size() + "\n");
            decided(counts.get(set.name()), out);
            out.print("Number of entries: " + set.entries().size() + "\n");
            out.print("Members:\n");
            set.entries().forEach(entry -> out.print(entry + "\n"));
            out.print("\n");
        }
    }

    private static List<IpSet> sets(
            DesiredState state, Optional<String> name, Optional<SetFamily> family) {
        Collection<IpSet> all =
                name.isPresent() ? List.of(state.set(name.get())) : state.sets().values();
        return all.stream()
                .filter(set -> family.isEmpty() || set.family() == family.get())
                .toList();
    }

    private static List<String> users(DesiredState state, IpSet set) {
        return SetRules.users(state.services().values(), set.name());
    }

    private static Map<String, SetStatus> counts(Operations operations) {
        return operations.control().sets().stream()
                .collect(Collectors.toMap(SetStatus::name, Function.identity()));
    }

    /// What rules have decided by a set. DPVS has no such lines, so a set that no rule has named
    /// has none.
    private static void decided(@Nullable SetStatus counts, PrintWriter out) {
        if (counts == null) {
            return; // it has just been made
        }
        if (counts.refused() > 0 || uses(counts, AccessRule.Action.DENY)) {
            out.print("Refused: " + counts.refused() + "\n");
        }
        if (counts.admitted() > 0 || uses(counts, AccessRule.Action.ALLOW)) {
            out.print("Admitted: " + counts.admitted() + "\n");
        }
    }

    private static boolean uses(SetStatus counts, AccessRule.Action action) {
        return counts.uses().stream().anyMatch(use -> use.rule().action() == action);
    }

    private static String header(IpSet set) {
        List<String> words = new ArrayList<>();
        set.range().ifPresent(range -> words.add("range " + range));
        if (!set.type().isBitmap()) {
            words.add("family " + (set.family() == SetFamily.IPV6 ? "inet6" : "inet"));
            words.add("hashsize " + set.buckets());
            words.add("maxelem " + set.maxEntries());
        }
        if (set.hasComments()) {
            words.add("comment");
        }
        return String.join("  ", words);
    }

    private static ObjectNode toJson(IpSet set, List<String> users, @Nullable SetStatus counts) {
        ObjectNode node =
                ListingJson.object()
                        .put("name", set.name())
                        .put("type", set.type().word())
                        .put("family", set.family().word())
                        .put("range", set.range().orElse(null))
                        .put("hashSize", set.buckets())
                        .put("maxEntries", set.maxEntries())
                        .put("comments", set.hasComments())
                        .put("file", set.file().orElse(null))
                        .put("edited", set.isEdited())
                        .put("memory", set.memory());
        node.set("users", ListingJson.array(users, TextNode::valueOf));
        if (counts != null) {
            node.put("refused", counts.refused()).put("admitted", counts.admitted());
            node.set("uses", ListingJson.array(counts.uses(), SetListing::use));
        }
        node.set("entries", ListingJson.array(set.entries(), SetListing::entry));
        return node;
    }

    private static JsonNode use(SetUse use) {
        ObjectNode node = ServiceJson.rule(use.rule()).put("count", use.count());
        node.set("service", ListingJson.service(use.service()));
        return node;
    }

    private static JsonNode entry(SetEntry entry) {
        return ListingJson.object()
                .put("entry", entry.name())
                .put("nomatch", entry.isException())
                .put("comment", entry.comment());
    }

    /// The sets in a table, without their entries.
    ///
    /// @return a listing
    public static Request.Listing table() {
        return (operations, out) -> {
            DesiredState state = operations.control().desired();
            Map<String, SetStatus> counts = counts(operations);
            List<List<String>> rows = new ArrayList<>();
            for (IpSet set : state.sets().values()) {
                rows.add(
                        List.of(
                                set.name(),
                                set.type().word(),
                                set.family().word(),
                                Integer.toString(set.entries().size()),
                                Integer.toString(set.maxEntries()),
                                Integer.toString(users(state, set).size()),
                                count(counts.get(set.name()), SetStatus::refused),
                                count(counts.get(set.name()), SetStatus::admitted),
                                set.file().orElse("-") + (set.isEdited() ? " (edited)" : "")));
            }
            out.print(Column.table(TITLES, rows));
        };
    }

    private static String count(@Nullable SetStatus counts, ToLongFunction<SetStatus> which) {
        return counts == null ? "0" : Long.toString(which.applyAsLong(counts));
    }

    /// The lines that `ipset restore` takes.
    ///
    /// @param name of one set, empty for all
    /// @return a listing
    public static Request.Listing saved(Optional<String> name) {
        return (operations, out) -> {
            for (IpSet set : sets(operations.control().desired(), name, Optional.empty())) {
                out.print("create " + set.name() + " " + set.type() + created(set) + "\n");
                for (SetEntry entry : set.entries()) {
                    out.print("add " + set.name() + " " + entry.name());
                    out.print(entry.isException() ? " nomatch" : "");
                    out.print(
                            entry.comment().isEmpty()
                                    ? "\n"
                                    : " comment " + QuotedWord.of(entry.comment()) + "\n");
                }
            }
        };
    }

    private static String created(IpSet set) {
        StringBuilder words = new StringBuilder();
        set.range().ifPresent(range -> words.append(" range ").append(range));
        if (!set.type().isBitmap()) {
            words.append(set.family() == SetFamily.IPV6 ? " family inet6" : " family inet")
                    .append(" hashsize ")
                    .append(set.buckets())
                    .append(" maxelem ")
                    .append(set.maxEntries());
        }
        return words.append(set.hasComments() ? " comment" : "").toString();
    }

    /// Whether an entry is in a set.
    ///
    /// @param name of the set
    /// @param entry what is asked for
    /// @param family that the line says, which the set must have
    /// @param sentence whether to say it in a sentence
    /// @return a listing
    public static Request.Listing test(
            String name, String entry, Optional<SetFamily> family, boolean sentence) {
        return (operations, out) -> {
            IpSet set = operations.control().desired().set(name);
            SetSteps.requireFamily(set, family);
            boolean there = set.contains(entry);
            out.print(
                    sentence
                            ? entry + (there ? " is in set " : " is NOT in set ") + name + "\n"
                            : there + "\n");
        };
    }
}
