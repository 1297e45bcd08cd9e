package io.fullnat.benchmarks.device;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The whole loop over DPDK's virtual devices, in turns with `dpdk-testpmd` over the same device:
/// driver, mbufs and pool are DPDK's own here, in ordinary pages. Both forward on the same CPU.
///
/// As root, with the Debian package `dpdk-dev`: `java $OPTIONS -cp benchmarks/target/benchmarks.jar
/// io.fullnat.benchmarks.device.DeviceLoop [DEVICE...]`.
@Command(
        name = "DeviceLoop",
        mixinStandardHelpOptions = true,
        description = "Measures the balancer beside dpdk-testpmd over DPDK's virtual devices.")
public final class DeviceLoop implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final PrintStream PROGRESS = System.err;
    private static final int WARM_UP_SECONDS = 1;

    @Option(names = "--rounds", description = "Rounds (${DEFAULT-VALUE}) after one for warm-up.")
    private int rounds = 5;

    @Option(names = "--seconds", description = "Seconds of each measurement (${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(names = "--flows", description = "Flows beside one (${DEFAULT-VALUE}).")
    private int flows = CaptureFile.PACKETS;

    @Option(names = "--cpu", description = "CPU of what forwards (the last).")
    private int cpu = Runtime.getRuntime().availableProcessors() - 1;

    @Parameters(paramLabel = "DEVICE", description = "Of ${COMPLETION-CANDIDATES} (all).")
    private List<DeviceKind> devices = List.of(DeviceKind.values());

    @Spec private CommandLine.Model.CommandSpec spec;

    /// Runs the command.
    ///
    /// @param args see `--help`
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new DeviceLoop())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        check("--rounds", rounds, 1, 1000);
        check("--seconds", seconds, 1, 3600);
        check("--flows", flows, 2, CaptureFile.PACKETS);
        check("--cpu", cpu, 0, Runtime.getRuntime().availableProcessors() - 1);
        if (!Testpmd.isInstalled()) {
            PROGRESS.println(
                    "DeviceLoop: no dpdk-testpmd in the PATH; type: apt-get install dpdk-dev");
            return 1;
        }
        Path folder = Files.createTempDirectory("fullnat-device");
        try {
            for (DeviceKind device : devices) {
                measure(device, device.ways(folder, flows, cpu));
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        return 0;
    }

    private void measure(DeviceKind device, List<Way> ways)
            throws IOException, InterruptedException {
        List<List<Rate>> rates = ways.stream().<List<Rate>>map(way -> new ArrayList<>()).toList();
        for (Way way : ways) {
            way.measure(WARM_UP_SECONDS);
        }
        for (int round = 0; round < rounds; round++) {
            PROGRESS.printf("%s: round %d of %d%n", device.driver(), round + 1, rounds);
            for (int i = 0; i < ways.size(); i++) {
                rates.get(i).add(ways.get(i).measure(seconds));
            }
        }
        OUT.printf("| %s | Mpps | ns a packet |%n|---|---|---|%n", device.driver());
        for (int i = 0; i < ways.size(); i++) {
            OUT.printf(
                    "| %s | %s | %s |%n",
                    ways.get(i).name(),
                    spread("%.1f", rates.get(i), rate -> rate.packetsPerSecond() / 1e6),
                    spread("%.1f", rates.get(i), Rate::cpuNs));
        }
        OUT.println();
    }

    /// Median, least and greatest.
    private static String spread(String format, List<Rate> rates, ToDoubleFunction<Rate> value) {
        double[] sorted = rates.stream().mapToDouble(value).sorted().toArray();
        return String.format(
                Locale.ROOT,
                format + " (" + format + "–" + format + ")",
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " " + value + " is not " + least + "-" + most);
        }
    }
}
