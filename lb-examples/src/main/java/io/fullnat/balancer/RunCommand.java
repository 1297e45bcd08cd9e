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
        name = "run",
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
    private static final Path HOST = Path.of("/");

    private final Termination termination;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            required = true,
            description = "The configuration, YAML.")
    private Path file;

    RunCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() {
        Configuration configuration = ConfigurationFile.read(file);
        try (SocketClaim claim = SocketClaim.of(configuration.api());
                RunningBalancer running = RunningBalancer.overDpdk(configuration, file);
                ApiServer api = serve(claim, configuration, running)) {
            Objects.requireNonNull(api);
            PrintWriter out = spec.commandLine().getOut();
            new HangUp(running, out, spec.commandLine().getErr()).install();
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
