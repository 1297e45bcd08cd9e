// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.config.PathText;
import io.fullnat.balancer.text.Spelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is said of a line that picocli does not understand: in the words of who typed it, with a
/// guess of what was meant, and nothing of Java.
public final class WrongUsage {
    private WrongUsage() {}

    /// The message.
    ///
    /// @param failure of picocli
    /// @param more words that the outermost command knows besides picocli's
    /// @return a sentence, with the command whose help says more
    public static String message(ParameterException failure, Collection<String> more) {
        CommandSpec spec = failure.getCommandLine().getCommandSpec();
        String what =
                failure instanceof UnmatchedArgumentException unmatched
                                && !unmatched.getUnmatched().isEmpty()
                        ? unmatched(unmatched.getUnmatched().getFirst(), spec, more)
                        : String.valueOf(failure.getMessage());
        return what + "; see \"" + spec.qualifiedName() + " --help\"";
    }

    private static String unmatched(String word, CommandSpec spec, Collection<String> more) {
        if (word.startsWith("-") && word.length() > 1) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            return "unknown option " + name + Spelling.hint(name, spec.optionsMap().keySet());
        }
        if (spec.subcommands().isEmpty()) {
            return "unexpected word \"" + word + "\"";
        }
        List<String> known = new ArrayList<>(spec.subcommands().keySet());
        if (spec.parent() == null && spec.userObject() instanceof VerbGroup) {
            return "unknown verb \"" + word + "\"" + Spelling.hint(word, known);
        }
        if (spec.parent() == null) {
            known.addAll(more);
        }
        return "unknown command \"" + word + "\"" + Spelling.hint(word, known);
    }

    /// Has values of options read with messages of our own.
    ///
    /// @param line a command
    /// @return the same
    public static CommandLine convert(CommandLine line) {
        return line.registerConverter(Path.class, PathText::parse)
                .registerConverter(int.class, WrongUsage::number)
                .registerConverter(Integer.class, WrongUsage::number);
    }

    private static Integer number(String text) {
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a whole number");
        }
    }
}
