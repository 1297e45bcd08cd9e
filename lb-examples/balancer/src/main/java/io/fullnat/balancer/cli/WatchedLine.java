// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.cli.request.WatchOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A command line without its `--watch SECONDS`. To repeat a listing is the client's work: the
/// option is taken off here, in one place, and neither the grammars nor a balancer ever see it.
///
/// @param words the line, without the option
/// @param interval between two rounds; empty if the line is to be done once
public record WatchedLine(List<String> words, Optional<Duration> interval) {
    private static final String OPTION = WatchOption.NAME;
    private static final String ATTACHED = OPTION + "=";

    /// Takes the option off, wherever it stands behind the command's name.
    ///
    /// @param line the whole line, the command's name first
    /// @return the same words if it is not there
    /// @throws io.fullnat.api.BalancerException if it is there, but wrong or given twice, or if the
    ///   line is wrong or asks for more than to list something
    public static WatchedLine of(List<String> line) {
        // What prints a script has an option of that name as little as any other.
        if (!isIn(line) || line.getFirst().equals("completion")) {
            return new WatchedLine(line, Optional.empty());
        }
        List<String> words = new ArrayList<>();
        Optional<Duration> interval = Optional.empty();
        for (int i = 0; i < line.size(); i++) {
            String word = line.get(i);
            if (!isOption(word)) {
                words.add(word);
                continue;
            }
            if (interval.isPresent()) {
                throw Refusal.invalid(OPTION + " is given twice");
            }
            if (word.equals(OPTION) && ++i == line.size()) {
                throw Refusal.invalid(
                        OPTION + " needs a number of seconds, as in " + OPTION + " 2");
            }
            interval =
                    Optional.of(
                            Values.interval(
                                    OPTION,
                                    word.equals(OPTION)
                                            ? line.get(i)
                                            : word.substring(ATTACHED.length())));
        }
        switch (Grammar.parse(words)) {
            case Request.Show ignored -> {}
            case Request.Text ignored -> interval = Optional.empty(); // help is read once
            default ->
                    throw Refusal.invalid(
                            OPTION
                                    + " repeats what only lists; this command changes something, so"
                                    + " nothing was done");
        }
        return new WatchedLine(List.copyOf(words), interval);
    }

    /// Whether a line has the option.
    static boolean isIn(List<String> line) {
        return line.stream().anyMatch(WatchedLine::isOption);
    }

    private static boolean isOption(String word) {
        return word.equals(OPTION) || word.startsWith(ATTACHED);
    }
}
