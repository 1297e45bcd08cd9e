// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.balancer.cli.dpip.DpipHelp;
import io.fullnat.balancer.cli.ipvsadm.IpvsCommand;
import io.fullnat.balancer.cli.ipvsadm.IpvsOption;
import io.fullnat.balancer.cli.request.WatchOption;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.cli.verbs.Verbs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The words that completion offers, of the same tables that the parsers go by: which may come next
/// depends on the one or two words that name the command.
final class CompletionWords {
    /// Commands that do not belong to this package, beside those that other modules bring.
    private static final List<String> OTHER_WORDS =
            List.of(
                    "capture",
                    "config",
                    "doctor",
                    "help",
                    "host",
                    "man",
                    "reload",
                    "replay",
                    "run",
                    "support-bundle",
                    "top");

    /// Options of `top`, and what some of them take.
    private static final List<String> TOP_WORDS =
            List.of(
                    "--batch",
                    "--filter",
                    "--help",
                    "--interval",
                    "--iterations",
                    "--reverse",
                    "--rows",
                    "--service",
                    "--socket",
                    "--sort",
                    "--version",
                    "--view",
                    "addresses",
                    "conditions",
                    "outcomes",
                    "ports",
                    "servers",
                    "services",
                    "workers");

    private CompletionWords() {}

    /// What may follow a command of no, one or two words.
    static Map<String, Collection<String>> table() {
        Map<String, Collection<String>> words = new TreeMap<>();
        Collection<String> first = new TreeSet<>(Grammar.words());
        first.addAll(OTHER_WORDS);
        ExtraCommand.all().forEach(extra -> first.add(extra.name()));
        first.addAll(List.of("--help", "--version"));
        words.put("", first);
        words.put("config", List.of("check", "export", "import"));
        words.put("top", TOP_WORDS);
        words.put("man", List.of("dpip", "fullnat", "ipvsadm"));
        words.put("ipvsadm", ipvsadm());
        List<String> objects = new ArrayList<>(DpipHelp.OBJECTS);
        objects.addAll(List.of("--help", "--version", "-4", "-6"));
        words.put("dpip", objects);
        for (String object : DpipHelp.OBJECTS) {
            words.put("dpip " + object, DpipHelp.verbs(object));
            for (String verb : DpipHelp.verbs(object)) {
                words.put("dpip " + object + " " + verb, DpipHelp.keywords(object, verb));
            }
        }
        for (String object : VerbWords.ALL) {
            CommandLine line = Verbs.commandLine(object);
            Collection<String> here = options(line);
            here.addAll(line.getSubcommands().keySet());
            words.put(object, here);
            line.getSubcommands()
                    .forEach((verb, sub) -> words.put(object + " " + verb, verbWords(sub)));
        }
        words.computeIfPresent(
                "completion",
                (path, known) -> {
                    known.addAll(VerbWords.SHELLS);
                    return known;
                });
        words.values().removeIf(Collection::isEmpty);
        return words;
    }

    private static Collection<String> ipvsadm() {
        Collection<String> words = new TreeSet<>();
        for (IpvsCommand command : IpvsCommand.values()) {
            words.add(command.longForm());
        }
        for (IpvsOption option : IpvsOption.all()) {
            if (option.missingFeature().isEmpty()) {
                words.add(option.longForm());
                option.shortForm().ifPresent(words::add);
            }
        }
        words.add(WatchOption.NAME);
        return words;
    }

    private static Collection<String> verbWords(CommandLine verb) {
        Collection<String> words = options(verb);
        boolean isAboutService =
                verb.getCommandSpec().positionalParameters().stream()
                        .anyMatch(parameter -> parameter.paramLabel().equals("PROTOCOL"));
        if (isAboutService) {
            words.addAll(List.of("tcp", "udp"));
        }
        return words;
    }

    private static Collection<String> options(CommandLine line) {
        Collection<String> names = new TreeSet<>();
        for (OptionSpec option : line.getCommandSpec().options()) {
            Arrays.stream(option.names()).filter(name -> name.startsWith("--")).forEach(names::add);
        }
        return names;
    }
}
