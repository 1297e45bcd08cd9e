// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.benchmarks.report.Suite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// Options that choose measurements over devices.
public final class DeviceOptions {
    private static final String ALL = "all";
    private static final int ROUNDS = 5;
    private static final int SECONDS = 3;
    private static final int MAX_ROUNDS = 1000;
    private static final int MAX_SECONDS = 3600;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description =
                    "Measures over net_null, net_pcap, net_ring or all; may be given several times.")
    private List<String> names = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds after one for warm-up (" + ROUNDS + ", quick 1).")
    private Optional<Integer> rounds = Optional.empty();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Seconds of each measurement (" + SECONDS + ", quick 1).")
    private Optional<Integer> seconds = Optional.empty();

    @Option(
            names = "--flows",
            paramLabel = "N",
            description = "Flows beside one (" + CaptureFile.PACKETS + ").")
    private Optional<Integer> flows = Optional.empty();

    @Option(names = "--cpu", paramLabel = "N", description = "CPU of what forwards (the last).")
    private Optional<Integer> cpu = Optional.empty();

    /// Whether devices are asked for.
    ///
    /// @return true if so
    public boolean isChosen() {
        return !names.isEmpty();
    }

    /// The options that only devices have.
    ///
    /// @return the names of those that were given
    public List<String> detailsGiven() {
        List<String> given = new ArrayList<>();
        rounds.ifPresent(any -> given.add("--rounds"));
        seconds.ifPresent(any -> given.add("--seconds"));
        flows.ifPresent(any -> given.add("--flows"));
        cpu.ifPresent(any -> given.add("--cpu"));
        return given;
    }

    /// What is to be measured: over all devices if none is chosen.
    ///
    /// @param quick whether rounds and seconds are few if they are not given
    /// @return the measurements
    /// @throws IllegalArgumentException naming the option that is wrong
    public Suite suite(boolean quick) {
        int lastCpu = Runtime.getRuntime().availableProcessors() - 1;
        return new DeviceLoop(
                devices(),
                checked("--rounds", rounds.orElse(quick ? 1 : ROUNDS), 1, MAX_ROUNDS),
                checked("--seconds", seconds.orElse(quick ? 1 : SECONDS), 1, MAX_SECONDS),
                checked("--flows", flows.orElse(CaptureFile.PACKETS), 2, CaptureFile.PACKETS),
                checked("--cpu", cpu.orElse(lastCpu), 0, lastCpu));
    }

    private List<DeviceKind> devices() {
        for (String name : names) {
            if (!name.equals(ALL) && kinds(name).isEmpty()) {
                throw new IllegalArgumentException(
                        "--device "
                                + name
                                + " is not one of "
                                + Arrays.stream(DeviceKind.values())
                                        .map(DeviceKind::driver)
                                        .collect(Collectors.joining(", "))
                                + ", "
                                + ALL);
            }
        }
        if (names.isEmpty() || names.contains(ALL)) {
            return List.of(DeviceKind.values());
        }
        return names.stream().flatMap(name -> kinds(name).stream()).distinct().toList();
    }

    private static List<DeviceKind> kinds(String name) {
        return Arrays.stream(DeviceKind.values())
                .filter(device -> device.driver().equals(name))
                .toList();
    }

    private static int checked(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    option + " " + value + " is not " + least + "-" + most);
        }
        return value;
    }
}
