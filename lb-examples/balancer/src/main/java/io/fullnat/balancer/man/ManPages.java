// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.man;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.cli.verbs.Verbs;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The manual pages: `fullnat` with all its commands, and `ipvsadm` and `dpip`.
public final class ManPages {
    /// The pages that there are.
    public static final List<String> NAMES = List.of("fullnat", "ipvsadm", "dpip");

    private final String date;

    /// @param date of the pages, as 2026-01-31
    public ManPages(String date) {
        this.date = date;
    }

    private Roff page(String name) {
        return new Roff(name, date, "fullnat " + ProductVersion.text());
    }

    /// The page of the command as a whole.
    ///
    /// @param line its commands other than the plain verbs
    /// @return in the macros of man(7)
    public String fullnat(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        Roff page = page("FULLNAT");
        page.section("NAME").text("fullnat - a layer-4 load balancer: FullNAT over DPDK");
        page.section("SYNOPSIS")
                .verbatim("fullnat [--socket PATH] COMMAND [ARGUMENT...]\nipvsadm ...\ndpip ...");
        page.section("DESCRIPTION")
                .text(String.join("\n", spec.usageMessage().description()))
                .text(
                        """
                        fullnat run balances what its file says until it is told to stop. The other commands reach a
                        running balancer by its Unix socket.
                        """);
        page.section("COMMANDS");
        line.getSubcommands().values().forEach(each -> command(page, "fullnat ", each));
        page.section("COMMANDS TO A RUNNING BALANCER")
                .text("Besides ipvsadm and dpip, which have pages of their own:");
        for (String object : VerbWords.ALL) {
            CommandLine verbs = Verbs.commandLine(object);
            // Held by who parses, too.
            synchronized (verbs) {
                command(page, "", verbs);
            }
        }
        page.section("ENVIRONMENT")
                .item("FULLNAT_SOCKET", "where commands look for a running balancer")
                .item("DPVS_IPC_FILE", "the same, if FULLNAT_SOCKET does not say it")
                .item("FULLNAT_CLIENT", "java: the virtual machine does all commands, not perl")
                .item("FULLNAT_JAVA_OPTIONS", "options for the Java virtual machine")
                .item("FULLNAT_CLASS_PATH", "jars with schedulers of yours, parted by colons")
                .item("RUNTIME_DIRECTORY", "set by systemd: where the socket is made")
                .item("NOTIFY_SOCKET, WATCHDOG_USEC", "set by systemd: sd_notify(3)");
        page.section("FILES")
                .item("/etc/fullnat/fullnat.yaml", "what the service forwards")
                .item("/etc/default/fullnat", "its environment")
                .item("/run/fullnat/fullnat.sock, /run/fullnat.sock", "where it is reached");
        page.section("EXIT STATUS").item("0", "all was done");
        for (ErrorCode code : ErrorCode.values()) {
            page.item(String.valueOf(code.exitStatus()), code.meaning());
        }
        page.section("SEE ALSO").text("ipvsadm(8), dpip(8), systemctl(1)");
        return page.toString();
    }

    private static void command(Roff page, String parent, CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        if (spec.name().equals("help")) {
            return;
        }
        String name = parent + spec.name();
        if (line.getSubcommands().isEmpty()) {
            page.subsection(name);
            String synopsis = line.getHelp().synopsis(0).strip();
            page.verbatim(synopsis.startsWith("fullnat") ? synopsis : "fullnat " + synopsis);
            describe(page, spec);
        }
        line.getSubcommands().values().forEach(sub -> command(page, name + " ", sub));
    }

    private static void describe(Roff page, CommandSpec spec) {
        page.text(plain(spec.usageMessage().description()));
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            page.item(parameter.paramLabel(), text(parameter));
        }
        for (OptionSpec option : spec.options()) {
            if (!option.usageHelp() && !option.versionHelp() && !option.hidden()) {
                String names = String.join(", ", option.names());
                String value = option.arity().max() > 0 ? " " + option.paramLabel() : "";
                page.item(names + value, text(option));
            }
        }
        if (spec.usageMessage().footer().length > 0) {
            page.text("Examples:").verbatim(plain(spec.usageMessage().footer()));
        }
    }

    private static String text(ArgSpec argument) {
        String text = plain(argument.description());
        return text.isBlank() ? "see above" : text;
    }

    /// Lines as picocli would show them, without colours.
    private static String plain(String... lines) {
        return String.join(
                "\n",
                Arrays.stream(lines)
                        .map(line -> Ansi.OFF.string(line.replace("%n", "\n").replace("%%", "%")))
                        .toList());
    }

    /// The page of `ipvsadm`.
    ///
    /// @return in the macros of man(7)
    public String ipvsadm() {
        return ofHelp(
                "IPVSADM",
                "ipvsadm - steers fullnat by the grammar of DPVS's ipvsadm",
                help("ipvsadm"));
    }

    /// The page of `dpip`.
    ///
    /// @return in the macros of man(7)
    public String dpip() {
        return ofHelp(
                "DPIP",
                "dpip - steers fullnat's network by the grammar of DPVS's dpip",
                help("dpip"));
    }

    /// A page of a help text: what stands at the margin is a heading if lines under it are
    /// indented, else a sentence.
    private String ofHelp(String name, String purpose, String help) {
        Roff page = page(name);
        page.section("NAME").text(purpose);
        page.section("DESCRIPTION");
        List<String> lines = help.lines().toList();
        StringBuilder block = new StringBuilder();
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at);
            if (line.startsWith(" ")) {
                block.append(line).append('\n');
                continue;
            }
            flush(page, block);
            boolean heads = at + 1 < lines.size() && lines.get(at + 1).startsWith(" ");
            if (heads && !line.isBlank()) {
                page.subsection(line.replaceFirst(":$", ""));
            } else if (!line.isBlank()) {
                page.text(line);
            }
        }
        flush(page, block);
        page.section("SEE ALSO").text("fullnat(8)");
        return page.toString();
    }

    private static void flush(Roff page, StringBuilder block) {
        if (!block.isEmpty()) {
            page.verbatim(block.toString());
            block.setLength(0);
        }
    }

    private static String help(String command) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        int status = Commands.runLocally(List.of(command, "--help"), out, out).orElse(-1);
        if (status != 0) {
            throw new IllegalStateException(command + " --help ends with " + status);
        }
        return text.toString();
    }
}
