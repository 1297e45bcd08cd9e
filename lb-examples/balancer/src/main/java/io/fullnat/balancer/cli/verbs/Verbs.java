// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.cli.request.WatchOption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/// The plain verbs, `OBJECT VERB ARGUMENT...`, read by picocli: methods of the command classes make
/// a [Request] of their arguments and do nothing themselves.
public final class Verbs {
    /// Models are made once, for that takes longer than to parse; who parses holds the model's
    /// lock.
    private static final Map<String, CommandLine> LINES = new ConcurrentHashMap<>();

    /// Commands that ask and have no verbs.
    private static final Set<String> VERBLESS = Set.of("counters", "trace");

    private static final Set<String> LISTING = Set.of("list", "show");

    private Verbs() {}

    private static Optional<Object> commands(String object) {
        return switch (object) {
            case "service" -> Optional.of(new ServiceVerbs());
            case "server" -> Optional.of(new ServerVerbs());
            case "laddr" -> Optional.of(new LocalAddressVerbs());
            case "deny" -> Optional.of(new AccessVerbs(AccessRule.Action.DENY));
            case "allow" -> Optional.of(new AccessVerbs(AccessRule.Action.ALLOW));
            case "timeout" -> Optional.of(new TimeoutVerbs());
            case "leftover" -> Optional.of(new LeftoverVerbs());
            case "connection" -> Optional.of(new ConnectionVerbs());
            case "template" -> Optional.of(new TemplateVerbs());
            case "ipset" -> Optional.of(new SetVerbs());
            case "address" -> Optional.of(new AddressVerbs());
            case "route" -> Optional.of(new RouteVerbs());
            case "neighbour" -> Optional.of(new NeighbourVerbs());
            case "link" -> Optional.of(new LinkVerbs());
            case "counters" -> Optional.of(new CountersCommand());
            case "trace" -> Optional.of(new TraceCommand());
            case "completion" -> Optional.of(new CompletionCommand());
            default -> Optional.empty();
        };
    }

    /// The picocli model of an object's verbs.
    public static CommandLine commandLine(String object) {
        return LINES.computeIfAbsent(object, Verbs::model);
    }

    private static CommandLine model(String object) {
        Object commands =
                commands(object)
                        .orElseThrow(() -> new IllegalArgumentException("no verbs of " + object));
        CommandLine line = new CommandLine(commands);
        line.getCommandSpec().name("fullnat " + object);
        if (commands instanceof VerbGroup group) {
            group.addOptions(line.getSubcommands());
        }
        String version = "fullnat " + ProductVersion.text();
        line.getCommandSpec().version(version);
        line.getSubcommands().values().forEach(verb -> verb.getCommandSpec().version(version));
        if (VERBLESS.contains(object)) {
            addWatch(line);
        }
        line.getSubcommands()
                .forEach((verb, sub) -> {
                    if (LISTING.contains(verb)) {
                        addWatch(sub);
                    }
                });
        return WrongUsage.convert(line)
                .registerConverter(Protocol.class, Values::protocol)
                .registerConverter(Endpoint.class, Values::server)
                .registerConverter(ServiceName.class, ServiceName::parse)
                .registerConverter(Frontend.class, Frontend::parse)
                .registerConverter(IpAddress.class, Values::address)
                .registerConverter(IpPrefix.class, Values::prefix)
                .registerConverter(Clients.class, Values::clients)
                .registerConverter(MacAddress.class, MacAddress::parse)
                // The words come over a socket: they must not name files to be read here.
                .setExpandAtFiles(false)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    }

    /// Has help and completion tell of the option that no line comes here with ([WatchOption]).
    private static void addWatch(CommandLine line) {
        line.getCommandSpec()
                .addOption(
                        OptionSpec.builder(WatchOption.NAME)
                                .paramLabel("SECONDS")
                                .type(String.class)
                                .description(
                                        "Repeat it, so many seconds apart (0.1 to 86400), until"
                                                + " Ctrl-C.")
                                .build());
    }

    /// What a line asks for.
    ///
    /// @param words the object first
    /// @throws BalancerException if the line is wrong
    public static Request parse(List<String> words) {
        CommandLine line = commandLine(words.getFirst());
        synchronized (line) {
            return parse(line, words);
        }
    }

    private static Request parse(CommandLine line, List<String> words) {
        StringWriter text = new StringWriter();
        line.setOut(new PrintWriter(text));
        try {
            ParseResult parsed =
                    line.parseArgs(words.subList(1, words.size()).toArray(String[]::new));
            if (CommandLine.executeHelpRequest(parsed) != null) {
                line.getOut().flush();
                return new Request.Text(text.toString());
            }
            new RunLast().execute(parsed);
            return request(parsed);
        } catch (ParameterException wrong) {
            throw refusal(wrong);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof BalancerException refusal ? refusal : failure;
        }
    }

    private static Request request(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (last.commandSpec().commandLine().getExecutionResult() instanceof Request request) {
            return request;
        }
        throw new BalancerException(
                ErrorCode.INTERNAL, last.commandSpec().qualifiedName() + " makes no request");
    }

    /// An error of a converter keeps its class; all others are wrong usage.
    private static BalancerException refusal(ParameterException wrong) {
        for (Throwable cause = wrong; cause != null; cause = cause.getCause()) {
            if (cause instanceof BalancerException known) {
                return known;
            }
        }
        return Refusal.invalid(WrongUsage.message(wrong, Set.of()));
    }
}
