package io.fullnat.balancer;

import io.fullnat.balancer.command.Commands;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.host.HostInspection;
import io.fullnat.balancer.http.ApiServer;
import io.fullnat.balancer.http.SocketClaim;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.HangUp;
import io.fullnat.balancer.run.OwnCommands;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.run.Termination;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat run`: forwards packets until it is told to stop.
@Command(
        name = RunCommand.NAME,
        description = "Runs the balancer until SIGTERM or SIGINT.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  fullnat run --config /etc/fullnat.yaml",
            "",
            "Prints how the machine suits it, and a line \"ready\" when it forwards. Stops within two seconds, with status 0.",
            "SIGHUP makes it read the file again and change what is different.",
            "All keys of the file: docs/configuration.md"
        })
final class RunCommand implements Callable<Integer> {
    static final String NAME = "run";

    private static final String CONFIG = "--config";
    private static final String SHORT_CONFIG = "-c";
    private static final Path HOST = Path.of("/");

    private final Termination termination;

    @Spec private CommandSpec spec;

    @Option(
            names = {SHORT_CONFIG, CONFIG},
            paramLabel = "FILE",
            required = true,
            description = "The configuration, YAML.")
    private Path file;

    RunCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() {
        return forward(file, termination, spec.commandLine().getOut(), spec.commandLine().getErr());
    }

    /// Whether a command line says no more than `run --config FILE`.
    static boolean isPlain(String... arguments) {
        return arguments.length == 3
                && arguments[0].equals(NAME)
                && (arguments[1].equals(CONFIG) || arguments[1].equals(SHORT_CONFIG));
    }

    /// Does what the command does.
    ///
    /// @param file the configuration
    /// @return the exit status
    static int forward(Path file, Termination termination, PrintWriter out, PrintWriter err) {
        RunningBalancer.prepare();
        Configuration configuration = ConfigurationFile.read(file);
        try (SocketClaim claim = SocketClaim.of(configuration.api());
                RunningBalancer running = RunningBalancer.overDpdk(configuration, file);
                ApiServer api = serve(claim, configuration, running)) {
            Objects.requireNonNull(api);
            new HangUp(running, out, err).install();
            HostInspection.running(HOST, configuration).lines().forEach(out::println);
            out.println("ready: " + running.describe());
            out.flush();
            termination.await(Long.MAX_VALUE);
        }
        return 0;
    }

    private static ApiServer serve(
            SocketClaim claim, Configuration configuration, RunningBalancer running) {
        OwnCommands own = new OwnCommands(running);
        CommandRunner others = Commands.over(running);
        return ApiServer.start(
                claim,
                configuration.api(),
                running,
                (line, input, out, err) ->
                        (OwnCommands.isKnown(line) ? own : others).run(line, input, out, err));
    }
}
