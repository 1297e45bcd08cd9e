package io.fullnat.balancer;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fullnat config`: what can be done with a configuration file without running it.
@Command(
        name = "config",
        description = "Checks configuration files.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class ConfigCommand implements Runnable {
    @Spec private CommandSpec spec;

    ConfigCommand() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    @Command(
            name = "check",
            description = "Lists everything that is wrong in a file; starts nothing.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  fullnat config check /etc/fullnat.yaml")
    void check(
            @Parameters(paramLabel = "FILE", description = "The configuration, YAML.") Path file) {
        Configuration configuration = ConfigurationFile.read(file);
        spec.commandLine()
                .getOut()
                .println(
                        file
                                + ": correct; ports "
                                + configuration.ports().size()
                                + ", workers "
                                + configuration.workers().count()
                                + ", services "
                                + configuration.services().size());
    }
}
