// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.cli.WatchedLine;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.PathText;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Command lines that a running balancer carries out: `ipvsadm`, `dpip` and the plain verbs, after
/// `--socket PATH` if it is not the default one. They have grammars of their own, so they are dealt
/// with before all others.
public final class RemoteCommands {
    /// Names the balancer's socket if no option does.
    public static final String SOCKET_VARIABLE = "FULLNAT_SOCKET";

    /// Names it in scripts written for DPVS.
    static final String DPVS_SOCKET_VARIABLE = "DPVS_IPC_FILE";

    /// What a balancer takes as the body of a request.
    private static final int MAX_INPUT = 1 << 20;

    private final Remote remote;
    private final Predicate<Path> answers;
    private final Map<String, String> environment;
    private final Repetition repetition;

    /// @param remote reaches running balancers
    /// @param answers whether a balancer listens at a socket
    /// @param environment of the process
    /// @param repetition does what is to be done again and again
    public RemoteCommands(
            Remote remote,
            Predicate<Path> answers,
            Map<String, String> environment,
            Repetition repetition) {
        this.remote = remote;
        this.answers = answers;
        this.environment = environment;
        this.repetition = repetition;
    }

    /// Carries a line out if it is one of these.
    ///
    /// @param line as typed
    /// @param in read to its end if the command reads its input
    /// @return the exit status; empty if the line is none of these
    /// @throws IOException if the input cannot be read
    public OptionalInt run(List<String> line, InputStream in, PrintWriter out, PrintWriter err)
            throws IOException {
        Optional<Path> socket = Optional.empty();
        List<String> words = line;
        if (words.size() > 2 && words.getFirst().equals(SocketOption.NAME)) {
            socket = Optional.of(PathText.parse(words.get(1)));
            words = words.subList(2, words.size());
        }
        if (words.isEmpty() || !Commands.isKnown(words.getFirst())) {
            return OptionalInt.empty();
        }
        WatchedLine watched;
        try {
            watched = WatchedLine.of(words);
        } catch (BalancerException wrong) {
            return OptionalInt.of(Commands.complain(words, err, wrong));
        }
        words = watched.words();
        if (watched.interval().isPresent()) {
            List<String> listing = words;
            Path at = socket.orElseGet(this::socket);
            Repetition.Round round =
                    (roundOut, roundErr) -> remote.run(at, listing, "", roundOut, roundErr);
            Duration interval = watched.interval().orElseThrow();
            return OptionalInt.of(repetition.run(listing, interval, round, out, err));
        }
        // The grammar of plain verbs takes as long to load as all the rest of a command: it is left
        // to a balancer that has it at hand, if there is one.
        if (!Commands.isPlainVerb(words) || !answers.test(socket.orElseGet(this::socket))) {
            OptionalInt known = Commands.runLocally(words, out, err);
            if (known.isPresent()) {
                return known;
            }
        }
        String input = Commands.readsInput(words) ? input(in) : "";
        return OptionalInt.of(remote.run(socket.orElseGet(this::socket), words, input, out, err));
    }

    private static String input(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_INPUT + 1);
        if (bytes.length > MAX_INPUT) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "standard input is longer than the "
                            + MAX_INPUT
                            + " bytes that a command takes; nothing was sent");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Path socket() {
        // Scripts that tell instances of DPVS apart must not reach another balancer.
        for (String variable : List.of(SOCKET_VARIABLE, DPVS_SOCKET_VARIABLE)) {
            String named = environment.get(variable);
            if (named != null && named.isBlank()) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT, variable + " is set, but empty");
            }
            if (named != null) {
                return PathText.parse(named);
            }
        }
        return ApiSettings.DEFAULT_SOCKET;
    }
}
