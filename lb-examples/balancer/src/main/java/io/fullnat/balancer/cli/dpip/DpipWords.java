// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.dpip;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.cli.request.WatchOption;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A line of `dpip` taken apart: options may stand anywhere among the words.
///
/// @param words object, verb and what follows
/// @param flags options given
/// @param family what `-4`, `-6` or `-f` say, as [io.fullnat.api.IpAddress#family()] does
record DpipWords(List<String> words, Set<Flag> flags, Optional<String> family) {
    private static final String IPV4 = "IPv4";
    private static final String IPV6 = "IPv6";
    private static final String DEFAULT = "default";

    /// Options of `dpip`.
    enum Flag {
        VERBOSE,
        STATISTICS,
        JSON,
        FORCE,
        HELP,
        VERSION
    }

    private static final Set<String> OPTIONS =
            Set.of(
                    "--verbose",
                    "--stats",
                    "--statistics",
                    "--json",
                    "--help",
                    "--version",
                    "--force",
                    WatchOption.NAME);

    static DpipWords parse(List<String> given) {
        List<String> line = new ArrayList<>(given);
        List<String> words = new ArrayList<>();
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        Optional<String> family = Optional.empty();
        for (int i = 0; i < line.size(); i++) {
            String word = line.get(i);
            if (isGroup(word)) {
                // As in -sv: a letter each.
                List<String> apart = word.chars().skip(1).mapToObj(c -> "-" + (char) c).toList();
                line.remove(i);
                line.addAll(i, apart);
                word = line.get(i);
            }
            switch (word) {
                case "-v", "--verbose" -> flags.add(Flag.VERBOSE);
                case "-s", "--stats", "--statistics" -> flags.add(Flag.STATISTICS);
                case "-j", "--json" -> flags.add(Flag.JSON);
                case "-h", "--help" -> flags.add(Flag.HELP);
                case "-V", "--version" -> flags.add(Flag.VERSION);
                case "-4" -> family = both(family, IPV4);
                case "-6" -> family = both(family, IPV6);
                case "-f", "--family" -> {
                    i++;
                    family = both(family, named(i < line.size() ? line.get(i) : ""));
                }
                case "-i", "--interval", "-c", "--count" ->
                        throw Refusal.unsupported(
                                word + " is not supported; --watch SECONDS repeats a list");
                case "-C", "--color" ->
                        throw Refusal.unsupported(
                                word + " is not supported: no output has colours");
                case "-F", "--force" -> flags.add(Flag.FORCE);
                default -> {
                    if (word.startsWith("-") && word.length() > 1) {
                        throw Refusal.invalid(
                                "unknown option "
                                        + word
                                        + Spelling.hint(word, OPTIONS)
                                        + "; see \"dpip --help\"");
                    }
                    words.add(word);
                }
            }
        }
        return new DpipWords(List.copyOf(words), flags, family);
    }

    /// Whether a word is several options without values in one.
    private static boolean isGroup(String word) {
        return word.matches("-[vsjhV46C]{2,}");
    }

    private static String named(String name) {
        return switch (name) {
            case "inet" -> IPV4;
            case "inet6" -> IPV6;
            default -> throw Refusal.invalid("-f \"" + name + "\" is not inet or inet6");
        };
    }

    private static Optional<String> both(Optional<String> before, String now) {
        if (before.filter(said -> !said.equals(now)).isPresent()) {
            throw Refusal.invalid("-4 and -6 exclude each other");
        }
        return Optional.of(now);
    }

    /// An address, which is of the family that the options say.
    IpAddress address(IpAddress given) {
        family.filter(said -> !said.equals(given.family()))
                .ifPresent(said -> {
                    throw Refusal.invalid(
                            (said.equals(IPV6) ? "-6: " : "-4: ")
                                    + given
                                    + " is an "
                                    + given.family()
                                    + " address");
                });
        return given;
    }

    /// A network, which is of that family, or the default route's of it.
    ///
    /// @param gateway of the route: without a word, it says the family
    IpPrefix destination(String text, Optional<IpAddress> gateway) {
        if (!text.equals(DEFAULT)) {
            IpPrefix given = Values.prefix(text);
            address(given.address());
            return given;
        }
        String of = family.or(() -> gateway.map(IpAddress::family)).orElse(IPV4);
        return Steps.everywhere(of);
    }

    /// The same line without a word that asks for what is so anyway.
    DpipWords without(String word) {
        return new DpipWords(
                words.stream().filter(each -> !each.equals(word)).toList(), flags, family);
    }

    boolean has(Flag flag) {
        return flags.contains(flag);
    }

    /// What follows the verb: keywords with their values, and at most one bare word.
    ///
    /// @param keywords those that the verb takes
    /// @param missing keywords of DPVS that are not built
    Arguments arguments(Set<String> keywords, Set<String> missing) {
        Map<String, String> values = new HashMap<>();
        Optional<String> bare = Optional.empty();
        for (int i = 2; i < words.size(); i++) {
            String word = words.get(i);
            if (missing.contains(word)) {
                throw Refusal.unsupported("\"" + word + "\" of " + name() + " is not supported");
            }
            if (keywords.contains(word)) {
                i++;
                if (i == words.size()) {
                    throw Refusal.invalid("\"" + word + "\" needs a value");
                }
                if (values.put(word, words.get(i)) != null) {
                    throw Refusal.invalid("\"" + word + "\" is given twice");
                }
            } else if (bare.isEmpty()) {
                bare = Optional.of(word);
            } else {
                throw Refusal.invalid(
                        "\""
                                + bare.get()
                                + "\" and \""
                                + word
                                + "\": "
                                + name()
                                + " takes one"
                                + Spelling.hint(word, keywords));
            }
        }
        return new Arguments(name(), bare, values);
    }

    private String name() {
        return words.get(0) + " " + words.get(1);
    }

    /// What follows a verb.
    record Arguments(String verb, Optional<String> bare, Map<String, String> values) {
        Optional<String> value(String keyword) {
            return Optional.ofNullable(values.get(keyword));
        }

        String needed(String keyword) {
            return value(keyword)
                    .orElseThrow(() -> Refusal.invalid(verb + " needs \"" + keyword + "\""));
        }

        String neededBare(String what) {
            return bare.orElseThrow(() -> Refusal.invalid(verb + " needs " + what));
        }

        void refuseBare() {
            bare.ifPresent(word -> {
                throw Refusal.invalid("unexpected word \"" + word + "\" of " + verb);
            });
        }
    }
}
