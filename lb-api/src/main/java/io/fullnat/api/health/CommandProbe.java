// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A program is run, without a shell; exit status 0 passes. When the time is over it is killed,
/// with what it has started. `{address}` and `{port}` in arguments stand for what is probed.
///
/// @param arguments the program's absolute path, then its arguments
public record CommandProbe(List<String> arguments) implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "command";

    private static final int MAX_LENGTH = 4096;

    /// Copies and checks the arguments.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for no program, one
    ///   that would be looked for in the path, or arguments that cannot be passed
    public CommandProbe {
        arguments = List.copyOf(requireNonNull(arguments, "arguments"));
        if (arguments.isEmpty() || !arguments.getFirst().startsWith("/")) {
            throw ProbeOptions.wrong(
                    "program \""
                            + (arguments.isEmpty() ? "" : arguments.getFirst())
                            + "\" of a check is not an absolute path; begin it with /");
        }
        if (arguments.stream().mapToInt(String::length).sum() > MAX_LENGTH) {
            throw ProbeOptions.wrong(
                    "command "
                            + arguments.getFirst()
                            + " has more than "
                            + MAX_LENGTH
                            + " characters; put it into a script");
        }
        if (arguments.stream().anyMatch(argument -> argument.chars().anyMatch(one -> one < ' '))) {
            throw ProbeOptions.wrong(
                    "command "
                            + arguments.getFirst()
                            + " has an argument with a control character; put it into a script");
        }
    }

    static CommandProbe read(ProbeOptions options) {
        return new CommandProbe(split(options.required("run")));
    }

    /// Splits at blanks that are not quoted; a backslash takes what follows as it is.
    private static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        boolean begun = false;
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            if (one == '\\' && i + 1 < text.length()) {
                i++;
                word.append(text.charAt(i));
                begun = true;
            } else if (one == '\'') {
                quoted = !quoted;
                begun = true;
            } else if (one == ' ' && !quoted) {
                if (begun) {
                    words.add(word.toString());
                }
                word.setLength(0);
                begun = false;
            } else {
                word.append(one);
                begun = true;
            }
        }
        if (quoted) {
            throw ProbeOptions.wrong("run \"" + text + "\" has a quote that does not end");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    private static String quoted(String argument) {
        if (!argument.isEmpty() && argument.chars().noneMatch(one -> " '\\".indexOf(one) >= 0)) {
            return argument;
        }
        return argument.isEmpty()
                ? "''"
                : argument.replace("\\", "\\\\").replace("'", "\\'").replace(" ", "\\ ");
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return Map.of(
                "run",
                arguments.stream().map(CommandProbe::quoted).collect(Collectors.joining(" ")));
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }
}
