package io.fullnat.balancer.command;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.AccessRule;
import io.fullnat.balancer.text.Spelling;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/// The plain verbs, `OBJECT VERB ARGUMENT...`, read by picocli: methods of the command classes make
/// a [Request] of their arguments and do nothing themselves.
final class Verbs {
    private static final Map<String, Supplier<Object>> OBJECTS = objects();

    /// Models are made once, for that takes longer than to parse; who parses holds the model's
    /// lock.
    private static final Map<String, CommandLine> LINES = new ConcurrentHashMap<>();

    private Verbs() {}

    private static Map<String, Supplier<Object>> objects() {
        Map<String, Supplier<Object>> objects = new LinkedHashMap<>();
        objects.put("service", ServiceVerbs::new);
        objects.put("server", ServerVerbs::new);
        objects.put("laddr", LocalAddressVerbs::new);
        objects.put("deny", () -> new AccessVerbs(AccessRule.Action.DENY));
        objects.put("allow", () -> new AccessVerbs(AccessRule.Action.ALLOW));
        objects.put("timeout", TimeoutVerbs::new);
        objects.put("connection", ConnectionVerbs::new);
        objects.put("address", AddressVerbs::new);
        objects.put("route", RouteVerbs::new);
        objects.put("neighbour", NeighbourVerbs::new);
        objects.put("link", LinkVerbs::new);
        objects.put("counters", CountersCommand::new);
        objects.put("completion", CompletionCommand::new);
        return objects;
    }

    static Set<String> words() {
        return OBJECTS.keySet();
    }

    /// The picocli model of an object's verbs.
    static CommandLine commandLine(String object) {
        Supplier<Object> maker = OBJECTS.get(object);
        if (maker == null) {
            throw Refusal.invalid(
                    "unknown command \""
                            + object
                            + "\""
                            + Spelling.hint(object, Grammar.words())
                            + "; see \"fullnat --help\"");
        }
        return LINES.computeIfAbsent(object, name -> model(name, maker));
    }

    private static CommandLine model(String object, Supplier<Object> maker) {
        CommandLine line = new CommandLine(maker.get());
        line.getCommandSpec().name("fullnat " + object);
        String version = "fullnat " + ProductVersion.text();
        line.getCommandSpec().version(version);
        line.getSubcommands().values().forEach(verb -> verb.getCommandSpec().version(version));
        return WrongUsage.convert(line)
                .registerConverter(Protocol.class, Values::protocol)
                .registerConverter(Endpoint.class, Values::endpoint)
                .registerConverter(IpAddress.class, Values::address)
                .registerConverter(IpPrefix.class, Steps::destination)
                .registerConverter(MacAddress.class, MacAddress::parse)
                // The words come over a socket: they must not name files to be read here.
                .setExpandAtFiles(false)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF));
    }

    /// What a line asks for.
    ///
    /// @param words the object first
    /// @throws BalancerException if the line is wrong
    static Request parse(List<String> words) {
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
