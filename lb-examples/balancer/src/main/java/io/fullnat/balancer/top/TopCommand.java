// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.text.Spelling;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import org.jline.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat top`: a running balancer, live.
@Command(
        name = "top",
        description = {
            "Shows a running balancer live: services, servers, workers, ports, local addresses,",
            "outcomes and conditions. ? lists the keys, q ends it."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat top",
            "  fullnat top --view servers --service 192.0.2.80-80-tcp",
            "  fullnat top --batch --iterations 1 --view outcomes",
            "",
            "Without a terminal it is --batch. More: docs/top.md"
        })
public final class TopCommand implements Callable<Integer> {
    private static final String INTERVAL = "--interval";
    private static final String ITERATIONS = "--iterations";
    private static final String ROWS = "--rows";

    /// As many as most terminals show.
    private static final int FIRST_ROWS = 60;

    private final Termination termination;
    private final Map<String, String> environment;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-b", "--batch"},
            description = "Plain text, one look after the other, as without a terminal.")
    private boolean batch;

    @Option(
            names = {"-n", ITERATIONS},
            paramLabel = "N",
            description = "With --batch: end after so many looks.")
    private Optional<String> iterations = Optional.empty();

    @Option(
            names = {"-d", INTERVAL},
            paramLabel = "SECONDS",
            description = "Between two looks, 0.1 to 86400; 2 if not said.")
    private Optional<String> interval = Optional.empty();

    @Option(
            names = "--view",
            paramLabel = "LIST",
            description = "services, servers, workers, ports, addresses, outcomes or conditions.")
    private String view = View.SERVICES.word();

    @Option(names = "--sort", paramLabel = "COLUMN", description = "By what the list is sorted.")
    private Optional<String> sort = Optional.empty();

    @Option(
            names = {"-r", "--reverse"},
            description = "Sort the other way round.")
    private boolean reverse;

    @Option(names = "--filter", paramLabel = "TEXT", description = "Only what has this text.")
    private Optional<String> filter = Optional.empty();

    @Option(
            names = "--service",
            paramLabel = "VIP-PORT-PROTO",
            description = "Whose servers or addresses; those of all if not said.")
    private Optional<String> service = Optional.empty();

    @Option(
            names = ROWS,
            paramLabel = "N",
            description = "With --batch: rows of the list, 1 to 500; 20 if not said.")
    private Optional<String> rows = Optional.empty();

    @Mixin private final SocketOption socket = new SocketOption();

    /// @param termination tells it to end
    /// @param environment of the process
    public TopCommand(Termination termination, Map<String, String> environment) {
        this.termination = termination;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        View chosen = View.of(view).orElseThrow(() -> Refusal.invalid(View.unknown(view)));
        Duration between =
                interval.map(text -> Values.interval(INTERVAL, text)).orElse(Duration.ofSeconds(2));
        OptionalLong looks =
                iterations.stream()
                        .mapToLong(text -> Values.number(ITERATIONS, text, 1, Integer.MAX_VALUE))
                        .findAny();
        int length = rows.map(text -> Values.number(ROWS, text, 1, Query.MOST)).orElse(20);
        Query query =
                new Query(
                        chosen,
                        ofService(chosen),
                        filter.orElse("").strip(),
                        column(chosen),
                        reverse,
                        0,
                        length);
        // A signal ends it at once: nothing is left to be done but to give the terminal back.
        termination.holdsNothing();
        AnswerSource source = new LimitedSource(SocketSource.at(socket.path()), Asker.LIMIT);
        Optional<Terminal> terminal =
                batch ? Optional.empty() : TerminalScreen.ofProcess(environment);
        if (terminal.isPresent()) {
            requireNone(terminal.get(), ITERATIONS, iterations);
            requireNone(terminal.get(), ROWS, rows);
            live(new Model(query, between), source, terminal.get());
        } else {
            new Batch(query, between, looks, termination::await, InstantSource.system())
                    .run(source, spec.commandLine().getOut());
        }
        return 0;
    }

    /// Options of plain text would have no effect on a screen.
    private static void requireNone(Terminal terminal, String option, Optional<String> value) {
        if (value.isPresent()) {
            close(terminal);
            throw Refusal.invalid(
                    option + " is for plain text: with --batch, or where there is no terminal");
        }
    }

    private Optional<String> ofService(View chosen) {
        if (service.isPresent() && !chosen.isOfService()) {
            throw Refusal.invalid("--service is for --view servers and --view addresses");
        }
        return service;
    }

    private String column(View chosen) {
        String name = sort.orElse(chosen.firstSort());
        List<String> names = chosen.sortable().stream().map(ListColumn::name).toList();
        if (!names.contains(name)) {
            throw Refusal.invalid(
                    "the "
                            + chosen.word()
                            + " cannot be sorted by \""
                            + name
                            + "\""
                            + Spelling.hint(name, names)
                            + "; there are "
                            + String.join(", ", names));
        }
        return name;
    }

    private void live(Model model, AnswerSource source, Terminal terminal) {
        BlockingQueue<Live.Event> events = new LinkedBlockingQueue<>();
        // What is wrong from the beginning is said as by any other command, not on a screen.
        Answer first;
        try {
            first = source.ask(model.query(FIRST_ROWS));
        } catch (RuntimeException e) {
            close(terminal);
            throw e;
        }
        Thread.ofPlatform()
                .daemon()
                .name("ending")
                .start(() -> {
                    while (!termination.await(Duration.ofDays(1))) {}
                    events.add(new Live.Event.Ended());
                });
        try (TerminalScreen screen =
                new TerminalScreen(
                        terminal,
                        new FileOutputStream(FileDescriptor.out),
                        TerminalScreen.colours(environment))) {
            screen.onResize(() -> events.add(new Live.Event.Resized()));
            Thread.ofPlatform().daemon().name("keys").start(() -> read(screen.keys(), events));
            new Live(model, screen, source, events, InstantSource.system()).run(first);
        }
    }

    private static void read(KeyReader keys, BlockingQueue<Live.Event> events) {
        Key key;
        do {
            key = keys.next();
            events.add(new Live.Event.Pressed(key));
        } while (key.kind() != Key.Kind.NONE_LEFT);
    }

    private static void close(Terminal terminal) {
        try {
            terminal.close();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
