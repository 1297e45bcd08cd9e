package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongPredicate;

/// `--watch SECONDS` of every listing: shows it again and again, until the command is told to end
/// or fails. On a terminal each takes the place of the one before.
///
/// @param terminal whether the output is one; asked only when something is watched
/// @param ended waits for a number of seconds, and tells whether the command is to end
record Watching(BooleanSupplier terminal, LongPredicate ended) {
    static final String OPTION = "--watch";

    private static final int MAX_SECONDS = 86_400;
    private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";

    /// A line without the option.
    ///
    /// @param words all others
    /// @param seconds between two listings, 0 if it is shown once
    record Line(List<String> words, int seconds) {}

    /// Takes the option, as `--watch 2` or `--watch=2`, out of a line.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if its value is missing or wrong
    static Line parse(List<String> line) {
        List<String> words = new ArrayList<>();
        int seconds = 0;
        Iterator<String> given = line.iterator();
        while (given.hasNext()) {
            String word = given.next();
            if (words.isEmpty() || !(word.equals(OPTION) || word.startsWith(OPTION + "="))) {
                words.add(word);
                continue;
            }
            if (seconds > 0) {
                throw invalid(OPTION + " is given twice");
            }
            boolean apart = word.equals(OPTION);
            if (apart && !given.hasNext()) {
                throw invalid(OPTION + " needs a number of seconds");
            }
            seconds = seconds(apart ? given.next() : word.substring(OPTION.length() + 1));
        }
        return new Line(List.copyOf(words), seconds);
    }

    private static int seconds(String text) {
        if (text.matches("[0-9]{1,5}")) {
            int seconds = Integer.parseInt(text);
            if (seconds >= 1 && seconds <= MAX_SECONDS) {
                return seconds;
            }
        }
        throw invalid(OPTION + " \"" + text + "\" is not a number of seconds, 1-" + MAX_SECONDS);
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// Shows a listing over and over.
    ///
    /// @param listing shows it once; its status
    /// @return 0 when it was told to end or nobody reads on, else the listing's status
    int repeat(int seconds, IntSupplier listing, PrintWriter out) {
        boolean first = true;
        while (true) {
            if (terminal.getAsBoolean()) {
                out.print(CLEAR);
            } else if (!first) {
                out.println();
            }
            first = false;
            int status = listing.getAsInt();
            if (status != 0 || out.checkError() || ended.test(seconds)) {
                return status;
            }
        }
    }
}
