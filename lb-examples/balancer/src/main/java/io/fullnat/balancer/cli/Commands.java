// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.balancer.cli.ipvsadm.Restore;
import io.fullnat.balancer.cli.output.Lookup;
import io.fullnat.balancer.cli.request.Present;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.WatchOption;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.LoggerFactory;

/// The command lines that a running balancer understands: `ipvsadm ...`, `dpip ...` and the plain
/// verbs. The same parser works on both sides of the socket, so a wrong line is refused before
/// anything is sent. Thread-safe.
public final class Commands {
    private Commands() {}

    /// Whether a first word names a command of these.
    ///
    /// @param word the first word of a command line
    /// @return true if [#runLocally] or [#over] may be given the line
    public static boolean isKnown(String word) {
        return words().contains(word);
    }

    /// The first words of all commands, for help and completion.
    ///
    /// @return `ipvsadm`, `dpip` and the plain verbs
    public static Set<String> words() {
        return Grammar.words();
    }

    /// Carries out what needs no balancer: help, versions, completion scripts, and the refusal of
    /// wrong lines.
    ///
    /// @param arguments the whole line, the command's name first
    /// @param out gets the output
    /// @param err gets complaints, lines `COMMAND: reason`
    /// @return the exit status; empty if the line is correct and a balancer has to carry it out
    public static OptionalInt runLocally(List<String> arguments, PrintWriter out, PrintWriter err) {
        try {
            String text;
            switch (Grammar.parse(arguments)) {
                case Request.Text(String known) -> text = known;
                case Request.Completion(String shell) -> text = completion(shell);
                default -> {
                    return OptionalInt.empty();
                }
            }
            out.print(text);
            out.flush();
            return OptionalInt.of(0);
        } catch (BalancerException wrong) {
            return OptionalInt.of(complain(arguments, err, wrong));
        }
    }

    private static String completion(String shell) {
        return switch (shell) {
            case "zsh" -> ZshCompletion.script();
            case "fish" -> FishCompletion.script();
            default -> BashCompletion.script();
        };
    }

    /// Whether a line is one of the plain verbs, whose grammar is costly to load.
    ///
    /// @param arguments the whole line
    /// @return false for `ipvsadm`, `dpip` and for `completion`, which no balancer needs to answer
    public static boolean isPlainVerb(List<String> arguments) {
        return VerbWords.ALL.contains(arguments.getFirst())
                && !arguments.getFirst().equals("completion");
    }

    /// Whether a command reads standard input, which then has to be sent with it.
    ///
    /// @param arguments the whole line
    /// @return true for `ipvsadm -R` and `dpip ipset restore`; false for all others and for wrong
    ///   ones
    public static boolean readsInput(List<String> arguments) {
        if (isPlainVerb(arguments)) {
            return false;
        }
        try {
            return Grammar.parse(arguments) instanceof Request.Restore;
        } catch (BalancerException wrong) {
            return false;
        }
    }

    /// Carries command lines out on a balancer.
    ///
    /// @param operations of the balancer
    /// @return thread-safe; a line that changes something is one transaction
    public static CommandRunner over(Operations operations) {
        return (arguments, input, out, err) -> run(operations, arguments, input, out, err);
    }

    private static int run(
            Operations operations,
            List<String> arguments,
            String input,
            PrintWriter out,
            PrintWriter err) {
        try {
            Request request = parse(arguments);
            switch (request) {
                case Request.Text(String text) -> out.print(text);
                case Request.Completion(String shell) -> out.print(completion(shell));
                case Request.Show(Request.Listing listing) -> listing.print(operations, out);
                case Request.Edit(Request.Step step) -> apply(operations, step);
                case Request.End(Request.Step step, Optional<FlowTuple> tuple) ->
                        out.print(end(operations, step, tuple));
                case Request.Forget(TemplateFilter filter) -> out.print(forget(operations, filter));
                case Request.Restore(Request.LineReader reader) ->
                        Restore.apply(input, reader, operations);
            }
            out.flush();
            return 0;
        } catch (BalancerException failure) {
            out.flush();
            Attempt.current().refused(failure);
            return complain(arguments, err, failure);
        } catch (RuntimeException fault) {
            // Not a field: a command that asks a balancer would load the log for nothing.
            LoggerFactory.getLogger(Commands.class)
                    .error("a fault in the command {}", arguments, fault);
            out.flush();
            BalancerException failure =
                    new BalancerException(
                            ErrorCode.INTERNAL,
                            "a fault in fullnat itself; the balancer's log says more",
                            fault);
            Attempt.current().refused(failure);
            return complain(arguments, err, failure);
        }
    }

    /// What a line asks for. That it is to change something is said before it is found wrong: a
    /// refused attempt is one, too.
    private static Request parse(List<String> arguments) {
        Attempt attempt = Attempt.current();
        if (!Questions.mayBe(arguments)) {
            attempt.isChange();
        }
        if (WatchedLine.isIn(arguments)) {
            throw Refusal.invalid(
                    WatchOption.NAME + " is done by the command, which asks again and again");
        }
        Request request = Grammar.parse(arguments);
        switch (request) {
            case Request.Text ignored -> attempt.isQuestion();
            case Request.Completion ignored -> attempt.isQuestion();
            case Request.Show ignored -> attempt.isQuestion();
            default -> attempt.isChange();
        }
        return request;
    }

    private static void apply(Operations operations, Request.Step step) {
        Map<String, Integer> mtus = Lookup.mtus(operations);
        operations.control().apply(state -> step.changes(new Present(state, mtus)));
    }

    private static String end(Operations operations, Request.Step step, Optional<FlowTuple> tuple) {
        Map<String, Integer> mtus = Lookup.mtus(operations);
        long ended =
                Control.await(
                        operations
                                .control()
                                .submitAndCount(state -> step.changes(new Present(state, mtus))));
        if (ended == 0 && tuple.isPresent()) {
            throw new BalancerException(ErrorCode.NO_CONNECTION, "no connection " + tuple.get());
        }
        return ended == 1 ? "1 connection ended\n" : ended + " connections ended\n";
    }

    private static String forget(Operations operations, TemplateFilter filter) {
        long removed = Control.await(operations.control().removeTemplates(filter));
        return removed == 1 ? "1 template removed\n" : removed + " templates removed\n";
    }

    /// Says why a line was not carried out.
    ///
    /// @param arguments the whole line
    /// @param err gets lines `COMMAND: reason`
    /// @param failure what is wrong
    /// @return the exit status
    public static int complain(List<String> arguments, PrintWriter err, BalancerException failure) {
        String name = arguments.isEmpty() ? "fullnat" : Visible.of(arguments.getFirst());
        String message = String.valueOf(failure.getMessage());
        message.lines().forEach(line -> err.print(name + ": " + Visible.of(line) + "\n"));
        err.flush();
        return failure.code().exitStatus();
    }
}
