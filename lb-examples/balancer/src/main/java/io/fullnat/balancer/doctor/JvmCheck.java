// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How the balancer's JVM was told to run.
final class JvmCheck implements Check {
    private static final Set<String> STOPPING = Set.of("-XX:+UseSerialGC", "-XX:+UseParallelGC");
    private static final Pattern SLOW =
            Pattern.compile("-Xint|-(agentlib|Xrun)[:]?jdwp.*|-ea.*|-enableassertions.*|-esa");
    private static final Pattern HEAP = Pattern.compile("-Xmx(\\d{1,12})([kKmMgG]?)");

    @Override
    public String what() {
        return "options and heap of the JVM";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.machine().process().isPresent();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        Optional<Machine.ProcessState> process = reading.machine().process();
        if (process.isEmpty() || reading.running().isEmpty()) {
            return findings;
        }
        String subject = "process " + process.get().pid();
        String source = "/proc/" + process.get().pid() + "/cmdline";
        List<String> options = options(process.get().arguments());
        for (String option : options) {
            if (STOPPING.contains(option)) {
                findings.add(Diagnosis.COLLECTOR.of(subject, option, source));
            } else if (SLOW.matcher(option).matches()) {
                findings.add(Diagnosis.DEBUGGED.of(subject, option, source));
            }
        }
        Running running = reading.running().get();
        OptionalLong heap = heap(options);
        if (running.services().size() >= Thresholds.MANY_SERVICES
                && heap.isPresent()
                && heap.getAsLong() < Thresholds.HEAP_OF_MANY) {
            findings.add(
                    Diagnosis.HEAP_SMALL.of(
                            subject,
                            running.services().size()
                                    + " services, heap of "
                                    + (heap.getAsLong() >> 20)
                                    + " MiB",
                            source));
        }
        running.heap()
                .filter(share -> share >= Thresholds.HEAP)
                .ifPresent(share ->
                        findings.add(
                                Diagnosis.HEAP_FULL.of(
                                        subject,
                                        String.format(
                                                Locale.ROOT, "%.0f %% are in use", share * 100),
                                        "/metrics, jvm_memory_used_bytes")));
        return findings;
    }

    /// Those before the class that is started.
    private static List<String> options(List<String> arguments) {
        List<String> options = new ArrayList<>();
        for (String argument : arguments.subList(Math.min(1, arguments.size()), arguments.size())) {
            if (argument.startsWith("io.fullnat.")) {
                break;
            }
            options.add(argument);
        }
        return options;
    }

    /// The last one holds.
    private static OptionalLong heap(List<String> options) {
        OptionalLong heap = OptionalLong.empty();
        for (String option : options) {
            Matcher matcher = HEAP.matcher(option);
            if (matcher.matches()) {
                int shift =
                        switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                            case "k" -> 10;
                            case "m" -> 20;
                            case "g" -> 30;
                            default -> 0;
                        };
                heap = OptionalLong.of(Long.parseLong(matcher.group(1)) << shift);
            }
        }
        return heap;
    }
}
