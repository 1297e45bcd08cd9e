// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.text.QuotedWord;
import io.fullnat.balancer.text.Spelling;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// What values an attribute can have, and how commands spell them. Files and JSON have types of
/// their own for each kind. Immutable and thread-safe.
///
/// @param <V> what a value is
public sealed interface Kind<V> {
    /// Reads what a command says.
    ///
    /// @param option as it was typed, for messages
    /// @param words what stands behind it
    /// @return what becomes of the value that is there
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the words
    UnaryOperator<V> edit(String option, String words);

    /// A value as [#edit] reads it.
    ///
    /// @param value any
    /// @return one word or, in quotes, several
    String words(V value);

    /// A value for people.
    ///
    /// @param value any
    /// @return as [#shown], with a unit if there is one
    default String spoken(V value) {
        return shown(value);
    }

    /// A value as lists, differences and logs have it: [#words] without what is secret.
    ///
    /// @param value any
    /// @return for everybody's eyes
    default String shown(V value) {
        return words(value);
    }

    /// What stands for a value in the usage of a command.
    ///
    /// @return for example `reject|drop`
    String usage();

    /// One of a few words.
    ///
    /// @param <V> what a value is
    /// @param values all of them, the default first
    /// @param word of each
    record Choice<V>(List<V> values, Function<V, String> word) implements Kind<V> {
        /// Copies the list.
        public Choice {
            values = List.copyOf(values);
        }

        /// All words.
        ///
        /// @return in the order of the values
        public List<String> all() {
            return values.stream().map(word).toList();
        }

        /// The value of a word.
        ///
        /// @param text a word
        /// @return empty if it is none of them
        public Optional<V> of(String text) {
            return values.stream().filter(value -> word.apply(value).equals(text)).findFirst();
        }

        @Override
        public UnaryOperator<V> edit(String option, String words) {
            V value =
                    of(words)
                            .orElseThrow(() ->
                                    invalid(
                                            option
                                                    + " \""
                                                    + words
                                                    + "\" is "
                                                    + neither()
                                                    + Spelling.hint(words, all())));
            return before -> value;
        }

        private String neither() {
            List<String> all = all();
            return all.size() == 2
                    ? "neither " + all.getFirst() + " nor " + all.getLast()
                    : "none of " + String.join(", ", all);
        }

        @Override
        public String words(V value) {
            return word.apply(value);
        }

        @Override
        public String usage() {
            return String.join("|", all());
        }
    }

    /// A whole number.
    ///
    /// @param what it is, for messages
    /// @param min the smallest
    /// @param max the largest
    record Whole(String what, int min, int max) implements Kind<Integer> {
        @Override
        public UnaryOperator<Integer> edit(String option, String words) {
            Integer value = number(what, words, min, max);
            return before -> value;
        }

        @Override
        public String words(Integer value) {
            return value.toString();
        }

        @Override
        public String usage() {
            return min + "-" + max;
        }
    }

    /// A time in whole seconds, or the default one, for which commands and JSON say 0.
    ///
    /// @param max the longest
    /// @param absent the word for the default
    record Seconds(int max, String absent) implements Kind<Optional<Duration>> {
        /// A time whose default is called so.
        ///
        /// @param max the longest
        public Seconds(int max) {
            this(max, "default");
        }

        @Override
        public UnaryOperator<Optional<Duration>> edit(String option, String words) {
            Optional<Duration> value = of(number(option, words, 0, max));
            return before -> value;
        }

        /// The time of a number.
        ///
        /// @param seconds 0 for the default
        /// @return empty for the default
        public static Optional<Duration> of(long seconds) {
            return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
        }

        @Override
        public String words(Optional<Duration> value) {
            return value.map(time -> String.valueOf(time.toSeconds())).orElse(absent);
        }

        @Override
        public String spoken(Optional<Duration> value) {
            return value.map(time -> time.toSeconds() + "s").orElse(absent);
        }

        @Override
        public String usage() {
            return "SECONDS";
        }
    }

    /// Yes or no: in files `true` or `false`, as in JSON; an option of `ipvsadm` without a value is
    /// yes.
    record Switch() implements Kind<Boolean> {
        private static final List<String> WORDS = List.of("no", "yes");

        @Override
        public UnaryOperator<Boolean> edit(String option, String words) {
            if (!WORDS.contains(words)) {
                throw invalid(option + " \"" + words + "\" is neither yes nor no");
            }
            boolean value = words.equals("yes");
            return before -> value;
        }

        @Override
        public String words(Boolean value) {
            return value ? "yes" : "no";
        }

        @Override
        public String usage() {
            return "yes|no";
        }
    }

    /// A text.
    ///
    /// @param min the fewest characters
    /// @param max the most
    /// @param check refuses a text that is none
    /// @param known the only ones that a file may have; empty if any may stand there
    record Text(int min, int max, UnaryOperator<String> check, Supplier<List<String>> known)
            implements Kind<String> {
        @Override
        public UnaryOperator<String> edit(String option, String words) {
            String value = check.apply(words);
            return before -> value;
        }

        @Override
        public String words(String value) {
            return QuotedWord.of(value);
        }

        @Override
        public String usage() {
            return "TEXT";
        }
    }

    /// What one word says, which files and JSON have as text, too.
    ///
    /// @param <V> what a value is
    /// @param parse reads it
    /// @param text writes it, as `parse` reads it
    /// @param usage what stands for it in the usage of a command
    record Parsed<V>(Function<String, V> parse, Function<V, String> text, String usage)
            implements Kind<V> {
        @Override
        public UnaryOperator<V> edit(String option, String words) {
            V value = parse(option, words);
            return before -> value;
        }

        /// Reads a text.
        ///
        /// @param name of the attribute, for messages
        /// @param words a text
        /// @return what it says
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming both
        public V parse(String name, String words) {
            try {
                return parse.apply(words);
            } catch (BalancerException wrong) {
                throw invalid(name + ": " + wrong.getMessage());
            }
        }

        @Override
        public String words(V value) {
            return QuotedWord.of(text.apply(value));
        }
    }

    /// What some lines say: a list in files and JSON, one text with ` ; ` between in commands.
    ///
    /// @param <V> what a value is
    /// @param parse reads the lines
    /// @param lines writes them, as `parse` reads them
    /// @param bare writes them without what is secret
    /// @param max how many there may be
    /// @param usage what stands for them in the usage of a command
    record Lines<V>(
            Function<List<String>, V> parse,
            Function<V, List<String>> lines,
            Function<V, List<String>> bare,
            int max,
            String usage)
            implements Kind<V> {
        /// The most characters of a line.
        public static final int MAX_LENGTH = 16_384;

        private static final String NONE = "none";

        /// Lines that have no secret.
        ///
        /// @param parse reads the lines
        /// @param lines writes them, as `parse` reads them
        /// @param max how many there may be
        /// @param usage what stands for them in the usage of a command
        public Lines(
                Function<List<String>, V> parse,
                Function<V, List<String>> lines,
                int max,
                String usage) {
            this(parse, lines, lines, max, usage);
        }

        @Override
        public UnaryOperator<V> edit(String option, String words) {
            V value = parse(option, words.equals(NONE) ? List.of() : QuotedWord.parts(words, ';'));
            return before -> value;
        }

        /// Reads lines.
        ///
        /// @param name of the attribute, for messages
        /// @param all the lines
        /// @return what they say
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what is wrong
        public V parse(String name, List<String> all) {
            try {
                return parse.apply(all);
            } catch (BalancerException wrong) {
                throw invalid(name + ": " + wrong.getMessage());
            }
        }

        @Override
        public String words(V value) {
            return joined(lines.apply(value));
        }

        @Override
        public String shown(V value) {
            return joined(bare.apply(value));
        }

        private static String joined(List<String> all) {
            return QuotedWord.of(all.isEmpty() ? NONE : String.join(" ; ", all));
        }
    }

    /// Idle times by state.
    record ByState() implements Kind<Timeouts> {
        @Override
        public UnaryOperator<Timeouts> edit(String option, String words) {
            TimeoutWords.apply(words, Timeouts.NONE);
            return before -> TimeoutWords.apply(words, before);
        }

        @Override
        public String words(Timeouts value) {
            return value.toString();
        }

        @Override
        public String usage() {
            return "STATE=SECONDS,...";
        }
    }

    /// Reads a decimal number without sign.
    ///
    /// @param what it is, for messages
    /// @param text what was typed
    /// @param min the smallest
    /// @param max the largest
    /// @return the number
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    static int number(String what, String text, int min, int max) {
        if (text.matches("[0-9]{1,10}")) {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return (int) value;
            }
        }
        throw invalid(what + " \"" + text + "\" is not a number " + min + "-" + max);
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
