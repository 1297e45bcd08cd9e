package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.run.Termination;
import java.io.PrintWriter;
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
        subcommands = {ConfigCommand.class, HelpCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat demo                        see it at work, in namespaces of its own",
            "  fullnat config check fullnat.yaml   find mistakes in a configuration",
            "  fullnat run --config fullnat.yaml   forward packets until SIGTERM or Ctrl-C",
            "",
            "The exit status is 0, or that of the error: 2 wrong usage, 4 wrong configuration,",
            "50 missing privilege, 51 missing library, 52 device, 53 memory, 60 a check failed."
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
        termination.exit(commandLine(termination).execute(arguments));
    }

    /// The command line with all commands.
    ///
    /// @param termination tells the long-running ones to end
    /// @return it writes to standard output and error unless told otherwise
    static CommandLine commandLine(Termination termination) {
        return new CommandLine(new Main())
                .addSubcommand(new RunCommand(termination))
                .addSubcommand(new DemoCommand(termination))
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
