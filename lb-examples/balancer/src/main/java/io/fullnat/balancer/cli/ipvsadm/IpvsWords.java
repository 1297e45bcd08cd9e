// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.balancer.cli.ipvsadm.IpvsCommand.Options;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.WatchOption;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A line of `ipvsadm` taken apart: the command, its options with their values, and its own words.
/// What stands here has passed the table of allowed combinations.
record IpvsWords(IpvsCommand command, Map<IpvsOption, String> options, List<String> words) {
    /// Takes a line apart.
    ///
    /// @param words what follows `ipvsadm`; without any it is a list
    /// @throws io.fullnat.api.BalancerException for a wrong word or combination, `UNSUPPORTED` if
    ///   the line is right but asks for what is not built
    static IpvsWords parse(List<String> words) {
        IpvsWords line = new Parser(words).parse();
        if (line.command != IpvsCommand.HELP && line.command != IpvsCommand.VERSION) {
            line.checkCombination();
            line.checkFeatures();
        }
        return line;
    }

    boolean has(IpvsOption option) {
        return options.containsKey(option);
    }

    Optional<String> value(IpvsOption option) {
        return Optional.ofNullable(options.get(option));
    }

    /// The value of an option that the command needs.
    String needed(IpvsOption option) {
        return value(option)
                .orElseThrow(() -> Refusal.invalid(command.label() + " needs " + option.label()));
    }

    private void checkCombination() {
        for (IpvsOption option : options.keySet()) {
            if (!command.takes(option)) {
                throw Refusal.invalid(command.label() + " does not take " + option.label());
            }
        }
        for (Set<IpvsOption> exclusive : Options.EXCLUSIVE) {
            checkExclusive(exclusive);
        }
        if (command.service() == IpvsCommand.Service.NEEDED && !isAboutService()) {
            throw Refusal.invalid(command.label() + " needs a service: -t or -u with ADDRESS:PORT");
        }
        for (IpvsOption option : IpvsOption.all()) {
            if (command.needed().contains(option)) {
                needed(option);
            }
        }
        if (command == IpvsCommand.LIST) {
            checkList();
        }
        if (has(IpvsOption.IPV6) && !isAboutService()) {
            throw Refusal.invalid(IpvsOption.IPV6.label() + " needs a service");
        }
    }

    private boolean isAboutService() {
        return options.keySet().stream().anyMatch(Options.SERVICE::contains);
    }

    private void checkExclusive(Set<IpvsOption> exclusive) {
        List<IpvsOption> given = options.keySet().stream().filter(exclusive::contains).toList();
        if (given.size() > 1) {
            throw Refusal.invalid(
                    given.get(0).label() + " and " + given.get(1).label() + " exclude each other");
        }
    }

    private void checkList() {
        for (IpvsOption whole :
                List.of(IpvsOption.CONNECTION, IpvsOption.TIMEOUT, IpvsOption.DAEMON)) {
            if (has(whole) && isAboutService()) {
                throw Refusal.invalid(whole.label() + " and a service exclude each other");
            }
        }
        if (has(IpvsOption.SOCKPAIR) && !has(IpvsOption.CONNECTION)) {
            throw Refusal.invalid(
                    IpvsOption.SOCKPAIR.label() + " needs " + IpvsOption.CONNECTION.label());
        }
    }

    private void checkFeatures() {
        for (IpvsOption option : options.keySet()) {
            option.missingFeature()
                    .filter(feature -> !option.asksForNothing(options.get(option)))
                    .ifPresent(feature -> {
                        throw Refusal.unsupported(
                                option.label()
                                        + " is not supported: this version does not have "
                                        + feature);
                    });
        }
        switch (command) {
            case START_DAEMON, STOP_DAEMON ->
                    throw Refusal.unsupported(
                            command.label()
                                    + " is not supported: this version does not have connection"
                                    + " synchronisation");
            default -> {}
        }
    }

    /// Reads words as popt does: letters may stand together, a value may be attached.
    private static final class Parser {
        private final List<String> words;
        private final Map<IpvsOption, String> options = new TreeMap<>();
        private final List<String> plain = new ArrayList<>();
        private int next;
        private Optional<IpvsCommand> command = Optional.empty();

        Parser(List<String> words) {
            this.words = words;
        }

        IpvsWords parse() {
            if (words.isEmpty()) {
                return new IpvsWords(IpvsCommand.LIST, options, plain);
            }
            while (next < words.size()) {
                String word = words.get(next++);
                if (word.startsWith("--") && word.length() > 2) {
                    longWord(word.substring(2));
                } else if (word.startsWith("-") && word.length() > 1) {
                    letters(word);
                } else if (command.filter(Parser::takesWords).isEmpty()) {
                    throw command.isEmpty()
                            ? noCommand(word)
                            : Refusal.invalid("unexpected word \"" + word + "\"");
                } else {
                    plain.add(word);
                }
                if (command.filter(IpvsCommand.HELP::equals).isPresent()) {
                    break;
                }
            }
            return new IpvsWords(
                    command.orElseThrow(() -> Refusal.invalid("no command given")), options, plain);
        }

        /// Commands that take words without an option; the daemon's are refused as such.
        private static boolean takesWords(IpvsCommand command) {
            return switch (command) {
                case SET, START_DAEMON, STOP_DAEMON -> true;
                default -> false;
            };
        }

        private static RuntimeException noCommand(String word) {
            return Refusal.invalid(
                    "the first word must be a command, not \""
                            + word
                            + "\""
                            + Spelling.hint(word, IpvsCommand.longForms())
                            + "; see \"ipvsadm --help\"");
        }

        private void longWord(String text) {
            int equals = text.indexOf('=');
            String word = equals < 0 ? text : text.substring(0, equals);
            Optional<String> attached =
                    equals < 0 ? Optional.empty() : Optional.of(text.substring(equals + 1));
            Optional<IpvsCommand> named = IpvsCommand.of(word);
            if (named.isPresent()) {
                if (attached.isPresent()) {
                    throw Refusal.invalid("--" + word + " takes no value");
                }
                command(named.get());
                return;
            }
            if (command.isEmpty()) {
                throw noCommand("--" + text);
            }
            option(
                    IpvsOption.of(word)
                            .orElseThrow(() ->
                                    Refusal.invalid(
                                            "unknown option --"
                                                    + word
                                                    + Spelling.hint("--" + word, known()))),
                    attached);
        }

        private static List<String> known() {
            List<String> known = new ArrayList<>(IpvsOption.longForms());
            known.add(WatchOption.NAME);
            return known;
        }

        /// `-b` is `--fullnat` of DPVS for real servers, `--sched-flags` of IPVS for services.
        private IpvsOption option(char letter) {
            if (letter == 'b'
                    && command.filter(named -> named.takes(IpvsOption.SCHED_FLAGS)).isPresent()) {
                return IpvsOption.SCHED_FLAGS;
            }
            return IpvsOption.of(letter)
                    .orElseThrow(() -> Refusal.invalid("unknown option -" + letter));
        }

        private void letters(String word) {
            for (int i = 1; i < word.length(); i++) {
                char letter = word.charAt(i);
                Optional<IpvsCommand> named = IpvsCommand.of(letter);
                if (named.isPresent()) {
                    command(named.get());
                    continue;
                }
                if (command.isEmpty()) {
                    throw noCommand(word);
                }
                IpvsOption option = option(letter);
                String rest = word.substring(i + 1);
                if (option.value() == IpvsOption.Value.NONE) {
                    option(option, Optional.empty());
                } else {
                    String value = rest.startsWith("=") ? rest.substring(1) : rest;
                    option(option, rest.isEmpty() ? Optional.empty() : Optional.of(value));
                    return;
                }
            }
        }

        private void command(IpvsCommand named) {
            if (command.isPresent() && named != IpvsCommand.HELP) {
                throw Refusal.invalid(
                        "one command at a time: "
                                + command.get().label()
                                + " and "
                                + named.label());
            }
            command = Optional.of(named);
        }

        private void option(IpvsOption option, Optional<String> attached) {
            if (options.containsKey(option)) {
                throw Refusal.invalid(option.label() + " is given twice");
            }
            options.put(option, value(option, attached));
        }

        private String value(IpvsOption option, Optional<String> attached) {
            return switch (option.value()) {
                case NONE -> {
                    if (attached.isPresent()) {
                        throw Refusal.invalid(option.label() + " takes no value");
                    }
                    yield "";
                }
                case OPTIONAL ->
                        attached.orElseGet(() ->
                                next < words.size() && !words.get(next).startsWith("-")
                                        ? words.get(next++)
                                        : "");
                case NEEDED -> {
                    if (attached.isEmpty() && next >= words.size()) {
                        throw Refusal.invalid(option.label() + " needs a value");
                    }
                    yield attached.isPresent() ? attached.get() : words.get(next++);
                }
            };
        }
    }
}
