// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthCheck.Initial;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.balancer.text.QuotedWord;
import io.fullnat.balancer.text.Spelling;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// A health check as one line: `http path=/health interval=2 rise=3`. The first word says what is
/// asked, options of it and of the check follow in any order; what has blanks stands in quotes.
public final class CheckWords {
    /// Where programs of checks lie. Who may change services may so have only those run that the
    /// machine's administrator has put there.
    public static final String PROGRAMS = "/etc/fullnat/checks/";

    private static final Pattern PROGRAM =
            Pattern.compile(PROGRAMS + "[A-Za-z0-9_][A-Za-z0-9._-]*");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,3})?");
    private static final List<String> OWN =
            List.of(
                    "interval",
                    "jitter",
                    "timeout",
                    "rise",
                    "fall",
                    "source",
                    "port",
                    "initial",
                    "proxy");
    private static final int MAX_PORT = 65535;

    private CheckWords() {}

    /// Reads a check.
    ///
    /// @param line as [#of] writes it
    /// @return the check
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for what is none
    public static HealthCheck parse(String line) {
        List<String> words;
        try {
            words = QuotedWord.split(line);
        } catch (IllegalArgumentException open) {
            throw wrong("check \"" + line + "\": " + open.getMessage());
        }
        if (words.isEmpty()) {
            throw wrong("check is empty; say one of " + String.join(", ", ProbeSpec.WORDS));
        }
        return parse(words);
    }

    static HealthCheck parse(List<String> words) {
        String kind = words.getFirst();
        if (!ProbeSpec.WORDS.contains(kind)) {
            throw wrong(
                    "check \""
                            + kind
                            + "\" is none of "
                            + String.join(", ", ProbeSpec.WORDS)
                            + Spelling.hint(kind, ProbeSpec.WORDS));
        }
        Map<String, String> options = new LinkedHashMap<>();
        Map<String, String> own = new LinkedHashMap<>();
        for (String word : words.subList(1, words.size())) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw wrong(
                        "\""
                                + word
                                + "\" of check "
                                + kind
                                + " is not NAME=VALUE; what has blanks stands in quotes");
            }
            String name = word.substring(0, equals);
            Map<String, String> to = OWN.contains(name) ? own : options;
            if (to.put(name, word.substring(equals + 1)) != null) {
                throw wrong("check " + kind + " says " + name + " twice; leave one out");
            }
        }
        ProbeSpec probe = probe(kind, options);
        if (probe instanceof CommandProbe command) {
            requireAllowed(command);
        }
        return with(HealthCheck.builder(probe), own).build();
    }

    private static ProbeSpec probe(String kind, Map<String, String> options) {
        try {
            return ProbeSpec.of(kind, options);
        } catch (BalancerException wrong) {
            String message = String.valueOf(wrong.getMessage());
            throw message.contains("has no option")
                    ? wrong(message + "; and as every check " + String.join(", ", OWN))
                    : wrong;
        }
    }

    private static void requireAllowed(CommandProbe command) {
        String program = command.arguments().getFirst();
        if (!PROGRAM.matcher(program).matches()) {
            throw wrong(
                    "program \""
                            + program
                            + "\" of a check is not in "
                            + PROGRAMS
                            + "; put it, or a script that runs it, there");
        }
    }

    private static HealthCheck.Builder with(HealthCheck.Builder builder, Map<String, String> own) {
        own.forEach((name, value) -> {
            switch (name) {
                case "interval" -> builder.interval(seconds(name, value));
                case "timeout" -> builder.timeout(seconds(name, value));
                case "jitter" ->
                        builder.jitter(
                                Kind.number(
                                        name,
                                        value.replaceFirst("%$", ""),
                                        0,
                                        HealthCheck.MAX_JITTER));
                case "rise" -> builder.rise(Kind.number(name, value, 1, HealthCheck.MAX_PROBES));
                case "fall" -> builder.fall(Kind.number(name, value, 1, HealthCheck.MAX_PROBES));
                case "source" -> builder.source(Optional.of(IpAddress.parse(value)));
                case "port" -> builder.port(OptionalInt.of(Kind.number(name, value, 1, MAX_PORT)));
                case "proxy" ->
                        builder.proxy(
                                HealthCheck.Proxy.of(value)
                                        .orElseThrow(() ->
                                                wrong(
                                                        "proxy \""
                                                                + value
                                                                + "\" is none of service, none,"
                                                                + " v1, v2")));
                default ->
                        builder.initial(
                                Initial.of(value)
                                        .orElseThrow(() ->
                                                wrong(
                                                        "initial \""
                                                                + value
                                                                + "\" is neither up nor down")));
            }
        });
        return builder;
    }

    /// A time in seconds.
    static Duration seconds(String name, String text) {
        if (!SECONDS.matcher(text).matches()) {
            throw wrong(name + " \"" + text + "\" is not a number of seconds (as 2 or 0.5)");
        }
        return Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValueExact());
    }

    /// A time as [#seconds] reads it.
    static String seconds(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    /// A check as [#parse] reads it, defaults left out.
    ///
    /// @param check any
    /// @return one line
    public static String of(HealthCheck check) {
        HealthCheck usual = HealthCheck.of(check.probe());
        Map<String, String> options = new LinkedHashMap<>(check.probe().options());
        put(options, "interval", seconds(check.interval()), seconds(usual.interval()));
        put(options, "jitter", check.jitter(), usual.jitter());
        put(options, "timeout", seconds(check.timeout()), seconds(usual.timeout()));
        put(options, "rise", check.rise(), usual.rise());
        put(options, "fall", check.fall(), usual.fall());
        check.source().ifPresent(source -> options.put("source", source.toString()));
        check.port().ifPresent(port -> options.put("port", String.valueOf(port)));
        put(options, "initial", check.initial().word(), usual.initial().word());
        put(options, "proxy", check.proxy().word(), usual.proxy().word());
        StringBuilder line = new StringBuilder(check.probe().word());
        options.forEach((name, value) ->
                line.append(' ').append(name).append('=').append(QuotedWord.of(value)));
        return line.toString();
    }

    private static void put(Map<String, String> options, String name, Object value, Object usual) {
        if (!value.equals(usual)) {
            options.put(name, value.toString());
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
