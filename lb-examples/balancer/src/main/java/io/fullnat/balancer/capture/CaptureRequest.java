// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.text.Spelling;
import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.capture.BpfInstruction;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.FlowPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What is asked for, as words that pass from the command to the balancer: `KEY=VALUE` each.
/// Immutable and thread-safe.
///
/// @param format how the answer is made
/// @param filter a program, empty for none
/// @param connections by tuple, either direction and side, or by their client
/// @param clients networks of clients
/// @param outcomes of packets, empty for all
/// @param ports by name, empty for all
/// @param count ends it after so many frames; 0 for no end
/// @param snapLength how much of a frame
public record CaptureRequest(
        Format format,
        List<BpfInstruction> filter,
        List<NamedConnection> connections,
        List<IpPrefix> clients,
        List<Outcome> outcomes,
        List<String> ports,
        long count,
        int snapLength) {
    /// How an answer is made.
    public enum Format {
        /// For tools.
        PCAPNG,
        /// A line a frame.
        TEXT
    }

    private static final int MAX_WORDS = 256;

    /// The words by which it passes.
    ///
    /// @return to be read by [#parse(List)]
    public List<String> words() {
        List<String> words = new ArrayList<>();
        words.add("format=" + format);
        if (!filter.isEmpty()) {
            words.add(
                    "filter="
                            + filter.stream()
                                    .map(each ->
                                            each.code()
                                                    + " "
                                                    + each.whenTrue()
                                                    + " "
                                                    + each.whenFalse()
                                                    + " "
                                                    + Integer.toUnsignedString(each.value()))
                                    .collect(Collectors.joining(",")));
        }
        connections.forEach(each -> words.add("connection=" + each));
        clients.forEach(client -> words.add("client=" + client));
        outcomes.forEach(outcome -> words.add("outcome=" + outcome));
        ports.forEach(port -> words.add("port=" + port));
        words.add("count=" + count);
        words.add("snap=" + snapLength);
        return words;
    }

    /// Reads words.
    ///
    /// @param words from anybody
    /// @throws io.fullnat.api.BalancerException if they are wrong
    public static CaptureRequest parse(List<String> words) {
        if (words.size() > MAX_WORDS) {
            throw Refusal.invalid("capture: more than " + MAX_WORDS + " words");
        }
        Format format = Format.TEXT;
        List<BpfInstruction> filter = new ArrayList<>();
        List<NamedConnection> connections = new ArrayList<>();
        List<IpPrefix> clients = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        List<String> ports = new ArrayList<>();
        long count = 0;
        int snapLength = CaptureSettings.MAX_SNAP_LENGTH;
        for (String word : words) {
            int equals = word.indexOf('=');
            String value = word.substring(equals + 1);
            switch (equals < 0 ? word : word.substring(0, equals)) {
                case "format" -> format = value.equals("PCAPNG") ? Format.PCAPNG : Format.TEXT;
                case "filter" -> filter.addAll(program(value));
                case "connection" -> connections.add(NamedConnection.parse(value));
                case "client" -> clients.add(Values.prefix(value));
                case "outcome" -> outcomes.add(outcome(value));
                case "port" -> ports.add(value);
                case "count" -> count = Values.number("count", value, 0, Integer.MAX_VALUE);
                case "snap" ->
                        snapLength =
                                Values.number("snap", value, 14, CaptureSettings.MAX_SNAP_LENGTH);
                default ->
                        throw Refusal.invalid(
                                "capture: unknown word \""
                                        + word
                                        + "\"; use the command `fullnat capture`, of the balancer's"
                                        + " version");
            }
        }
        return new CaptureRequest(
                format,
                List.copyOf(filter),
                List.copyOf(connections),
                List.copyOf(clients),
                List.copyOf(outcomes),
                List.copyOf(ports),
                count,
                snapLength);
    }

    /// The same of what a program matches.
    ///
    /// @param program empty for all
    /// @return a new value
    public CaptureRequest withFilter(List<BpfInstruction> program) {
        return new CaptureRequest(
                format, program, connections, clients, outcomes, ports, count, snapLength);
    }

    /// What is to be captured.
    ///
    /// @param control finds connections of which only one side or the client is named
    /// @param names of the balancer's ports, in order
    /// @return for [io.fullnat.core.FullNatBalancer#capture(CaptureSettings)]
    /// @throws BalancerException if there is no such port or connection
    public CaptureSettings settings(Control control, List<String> names) {
        Set<Integer> numbers = new HashSet<>();
        for (String name : ports) {
            int number = names.indexOf(name);
            if (number < 0) {
                throw new BalancerException(
                        ErrorCode.NO_PORT,
                        "no port \"" + name + "\"; there are " + String.join(", ", names));
            }
            numbers.add(number);
        }
        return new CaptureSettings(
                filter.isEmpty() ? Optional.empty() : Optional.of(new BpfFilter(filter)),
                flows(control),
                Set.copyOf(outcomes),
                numbers,
                snapLength,
                CaptureSettings.ALL.ringBytes());
    }

    /// Of a connection that is there both sides are known from the start; of another one the second
    /// side is found when its packets pass.
    private List<FlowPattern> flows(Control control) {
        List<FlowPattern> flows = new ArrayList<>();
        clients.forEach(client -> flows.add(FlowPattern.of(client)));
        for (NamedConnection each : connections) {
            FlowTuple tuple = each.in(control);
            flows.add(FlowPattern.of(tuple));
            control.connections(
                    ConnectionFilter.of(tuple),
                    found -> {
                        flows.add(
                                FlowPattern.of(
                                        new FlowTuple(
                                                found.protocol(),
                                                found.client(),
                                                found.virtual())));
                        flows.add(
                                FlowPattern.of(
                                        new FlowTuple(
                                                found.protocol(), found.local(), found.server())));
                        return false;
                    });
        }
        return flows;
    }

    /// Reads a program.
    ///
    /// @param text four numbers an instruction, with commas between
    /// @return its instructions, not yet checked
    /// @throws BalancerException if it is something else
    public static List<BpfInstruction> program(String text) {
        List<BpfInstruction> program = new ArrayList<>();
        for (String instruction : text.split(",", -1)) {
            String[] numbers = instruction.split(" ", -1);
            try {
                if (numbers.length != 4) {
                    throw new NumberFormatException("not four numbers");
                }
                program.add(
                        new BpfInstruction(
                                Integer.parseInt(numbers[0]),
                                Integer.parseInt(numbers[1]),
                                Integer.parseInt(numbers[2]),
                                Integer.parseUnsignedInt(numbers[3])));
            } catch (NumberFormatException e) {
                throw Refusal.invalid("capture: \"" + instruction + "\" is no instruction of BPF");
            }
        }
        return program;
    }

    /// An outcome by its name.
    ///
    /// @param text in any case, with `-` or `_`
    /// @throws io.fullnat.api.BalancerException if there is none of the name
    public static Outcome outcome(String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        List<String> known = Arrays.stream(Outcome.values()).map(Outcome::name).toList();
        if (!known.contains(name)) {
            throw Refusal.invalid(
                    "no outcome \""
                            + text
                            + "\""
                            + Spelling.hint(name, known)
                            + "; `fullnat counters --all` lists them");
        }
        return Outcome.valueOf(name);
    }
}
