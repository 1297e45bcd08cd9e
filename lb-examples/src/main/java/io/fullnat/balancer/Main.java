package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.http.Client;
import io.fullnat.balancer.run.Termination;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `fullnat`. Every failure is lines `fullnat: ...` on standard error and the exit
/// status of its [ErrorCode].
@Command(
        name = "fullnat",
        description = "A layer-4 load balancer: FullNAT over DPDK.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat demo                        see it at work, in namespaces of its own",
            "  fullnat config check fullnat.yaml   find mistakes in a configuration",
            "  fullnat run --config fullnat.yaml   forward packets until SIGTERM or Ctrl-C",
            "  fullnat service list                what a running balancer balances",
            "  fullnat ipvsadm -Ln                 the same, as DPVS shows it",
            "  fullnat reload                      let it read its file again",
            "  fullnat host                        does its machine suit it?",
            "",
            "A running balancer carries out, after --socket PATH if it does not listen at",
            "/run/fullnat.sock (FULLNAT_SOCKET says so too):",
            "  ipvsadm, dpip                       with the grammars of DPVS",
            "  service, server, laddr, deny, allow, connection, address, route, neighbour, link,",
            "  counters                            plain verbs; each has --help",
            "  completion bash                     prints a script, and needs no balancer",
            "",
            "The exit status is 0, or that of the error: docs/operations.md has them all."
        })
public final class Main implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    @Spec private CommandSpec spec;

    Main() {}

    /// Runs a command and ends the JVM with its exit status.
    ///
    /// @param arguments as typed
    public static void main(String[] arguments) {
        Termination termination = new Termination();
        termination.install();
        termination.exit(run(arguments, termination));
    }

    private static int run(String[] arguments, Termination termination) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        try {
            RemoteCommands remote = new RemoteCommands(Client::run, System.getenv());
            OptionalInt status = remote.run(List.of(arguments), System.in, out, err);
            if (status.isPresent()) {
                return status.getAsInt();
            }
            // The way a balancer is started as a rule. The classes of picocli, in the format of
            // Java 5, cannot be in the JVM's cache and cost 0.1 s.
            if (RunCommand.isPlain(arguments)) {
                return RunCommand.forward(Path.of(arguments[2]), termination, out, err);
            }
        } catch (IOException | RuntimeException e) {
            return report(e, err);
        } finally {
            out.flush();
        }
        return commandLine(termination, Client::run).execute(arguments);
    }

    /// The command line with all commands.
    ///
    /// @param termination tells the long-running ones to end
    /// @param remote reaches running balancers
    /// @return it writes to standard output and error unless told otherwise
    static CommandLine commandLine(Termination termination, Remote remote) {
        return new CommandLine(new Main())
                .addSubcommand(new RunCommand(termination))
                .addSubcommand(new DemoCommand(termination))
                .addSubcommand(new ConfigCommand(remote))
                .addSubcommand(new ReloadCommand(remote))
                .addSubcommand(new HostCommand(remote))
                .setParameterExceptionHandler(Main::wrongUsage)
                .setExecutionExceptionHandler(
                        (failure, command, ignored) -> report(failure, command.getErr()));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    private static int wrongUsage(ParameterException failure, String[] ignored) {
        CommandLine command = failure.getCommandLine();
        say(
                command.getErr(),
                failure.getMessage()
                        + "; see \""
                        + command.getCommandSpec().qualifiedName()
                        + " --help\"");
        return ErrorCode.INVALID_ARGUMENT.exitStatus();
    }

    private static int report(Exception failure, PrintWriter err) {
        if (failure instanceof BalancerException known) {
            say(err, String.valueOf(known.getMessage()));
            return known.code().exitStatus();
        }
        LOG.error("a fault in fullnat itself", failure);
        say(err, "a fault in fullnat itself: " + failure);
        return ErrorCode.INTERNAL.exitStatus();
    }

    private static void say(PrintWriter err, String message) {
        message.lines().forEach(line -> err.println("fullnat: " + line));
        err.flush();
    }
}
