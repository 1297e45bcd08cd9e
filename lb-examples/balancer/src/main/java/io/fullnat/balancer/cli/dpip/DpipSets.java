// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.dpip;

import io.fullnat.api.control.Change;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.cli.dpip.DpipWords.Flag;
import io.fullnat.balancer.cli.output.SetListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.SetSteps;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `dpip ipset`: DPVS's verbs of sets, and beside them `rename`, `swap`, `save`, `restore` and
/// `reload`.
final class DpipSets {
    /// The verbs, for help and hints.
    static final List<String> VERBS =
            List.of(
                    "create", "destroy", "add", "del", "test", "show", "list", "flush", "rename",
                    "swap", "save", "restore", "reload");

    private static final Set<String> FORCED = Set.of("add", "del");
    private static final Set<String> ASKING = Set.of("show", "list", "test", "save");

    private final DpipWords words;
    private final String verb;

    private DpipSets(DpipWords words) {
        this.words = words;
        verb = words.words().get(1);
    }

    static Request parse(DpipWords words) {
        return new DpipSets(words).request();
    }

    /// A line that `save` has printed, or the same with `dpip ipset` or `ipset` before it.
    private static Request saved(List<String> line) {
        int from = 0;
        for (String before : List.of("fullnat", "dpip", "ipset")) {
            from += line.size() > from && line.get(from).equals(before) ? 1 : 0;
        }
        List<String> all = new ArrayList<>(List.of("ipset"));
        all.addAll(line.subList(from, line.size()));
        return Dpip.parse(all);
    }

    /// Lines of sets on standard input.
    static Request restore() {
        return new Request.Restore(DpipSets::saved);
    }

    private Request request() {
        if (words.has(Flag.FORCE) && !FORCED.contains(verb)) {
            throw Refusal.invalid("--force belongs to ipset add and del");
        }
        boolean asks = ASKING.contains(verb);
        if (words.has(Flag.STATISTICS)
                || (words.has(Flag.JSON) && !Set.of("show", "list").contains(verb))
                || (words.has(Flag.VERBOSE) && !asks)) {
            throw Refusal.invalid("ipset " + verb + " takes no such option");
        }
        return switch (verb) {
            case "create" -> create();
            case "add", "del" -> member();
            case "test" -> {
                Line line = line(Set.of(), Set.of(), 2);
                yield new Request.Show(
                        SetListing.test(
                                line.bare(0, "a set"),
                                line.bare(1, "an entry"),
                                family(),
                                words.has(Flag.VERBOSE)));
            }
            case "show", "list" ->
                    new Request.Show(
                            new SetListing(
                                    line(Set.of(), Set.of(), 1).first(),
                                    family(),
                                    words.has(Flag.JSON)));
            case "save" -> {
                refuseFamily();
                yield new Request.Show(SetListing.saved(line(Set.of(), Set.of(), 1).first()));
            }
            case "restore" -> {
                refuseFamily();
                line(Set.of(), Set.of(), 0);
                yield restore();
            }
            default -> whole();
        };
    }

    /// Verbs about whole sets, that need nothing but names.
    private Request whole() {
        refuseFamily();
        return switch (verb) {
            case "destroy" -> Request.edit(new Change.DestroySet(one()));
            case "flush" -> Request.edit(new Change.FlushSet(one()));
            case "reload" -> SetSteps.reload(one());
            case "rename" -> {
                Line line = line(Set.of(), Set.of(), 2);
                yield Request.edit(
                        new Change.RenameSet(line.bare(0, "a set"), line.bare(1, "a new name")));
            }
            case "swap" -> {
                Line line = line(Set.of(), Set.of(), 2);
                yield Request.edit(
                        new Change.SwapSets(line.bare(0, "a set"), line.bare(1, "another set")));
            }
            default ->
                    throw Refusal.invalid(
                            "unknown verb \""
                                    + verb
                                    + "\""
                                    + Spelling.hint(verb, VERBS)
                                    + "; see \"dpip ipset help\"");
        };
    }

    private String one() {
        return line(Set.of(), Set.of(), 1).bare(0, "a set");
    }

    private void refuseFamily() {
        words.family()
                .ifPresent(family -> {
                    throw Refusal.invalid(
                            "ipset " + verb + " takes no family: a set has its own; leave it out");
                });
    }

    private Optional<SetFamily> family() {
        return words.family().map(said -> said.equals("IPv6") ? SetFamily.IPV6 : SetFamily.IPV4);
    }

    private Request create() {
        Line line = line(Set.of("range", "hashsize", "maxelem", "family"), Set.of("comment"), 2);
        Optional<SetFamily> said = line.value("family").map(DpipSets::named);
        if (said.isPresent() && family().isPresent() && !said.equals(family())) {
            throw Refusal.invalid("-4 or -6 and family exclude each other");
        }
        return SetSteps.create(
                line.bare(0, "a name"),
                line.bare(1, "a type"),
                new SetSteps.Options(
                        said.or(this::family),
                        line.value("range"),
                        line.value("hashsize").map(text -> number("hashsize", text)),
                        line.value("maxelem").map(text -> number("maxelem", text)),
                        line.flags.contains("comment")));
    }

    private static int number(String keyword, String text) {
        return Values.number(keyword, text, 1, IpSet.MAX_ENTRIES);
    }

    private static SetFamily named(String word) {
        return switch (word) {
            case "inet" -> SetFamily.IPV4;
            case "inet6" -> SetFamily.IPV6;
            default -> throw Refusal.invalid("family \"" + word + "\" is not inet or inet6");
        };
    }

    private Request member() {
        boolean add = verb.equals("add");
        Line line = line(add ? Set.of("comment") : Set.of(), add ? Set.of("nomatch") : Set.of(), 2);
        SetMember member =
                new SetMember(
                        line.bare(1, "an entry"),
                        line.flags.contains("nomatch"),
                        line.value("comment").orElse(""));
        String set = line.bare(0, "a set");
        boolean force = words.has(Flag.FORCE);
        return add
                ? SetSteps.add(set, List.of(member), force, family())
                : SetSteps.remove(set, List.of(member), force, family());
    }

    /// What follows the verb: names and entries in their order, keywords with values, flags.
    private record Line(
            String verb, List<String> bare, Map<String, String> values, Set<String> flags) {
        String bare(int index, String what) {
            if (index >= bare.size()) {
                throw Refusal.invalid("ipset " + verb + " needs " + what);
            }
            return bare.get(index);
        }

        Optional<String> first() {
            return bare.stream().findFirst();
        }

        Optional<String> value(String keyword) {
            return Optional.ofNullable(values.get(keyword));
        }
    }

    private Line line(Set<String> keywords, Set<String> flags, int most) {
        List<String> bare = new ArrayList<>();
        Map<String, String> values = new HashMap<>();
        Set<String> given = new HashSet<>();
        List<String> all = words.words();
        for (int i = 2; i < all.size(); i++) {
            String word = all.get(i);
            if (keywords.contains(word) && i + 1 < all.size()) {
                i++;
                values.put(word, all.get(i));
            } else if (keywords.contains(word)) {
                throw Refusal.invalid("\"" + word + "\" needs a value");
            } else if (flags.contains(word)) {
                given.add(word);
            } else if (bare.size() < most) {
                bare.add(word);
            } else {
                throw Refusal.invalid(
                        "unexpected word \""
                                + word
                                + "\" of ipset "
                                + verb
                                + Spelling.hint(word, keywords)
                                + "; see \"dpip ipset help\"");
            }
        }
        return new Line(verb, bare, values, given);
    }
}
