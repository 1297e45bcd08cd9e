// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.PacketBurst;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A process of its own for what happens when DPDK starts, which it does once a process.
final class ChildProcess {
    private ChildProcess() {}

    /// Opens ports, moves packets through the first and prints `ok`, or prints the error.
    ///
    /// @param arguments `hugepages=AUTO`, `memory=256`, `prefix=x`, `eal=--log-level=8`, `wait`, or
    ///   devices
    public static void main(String[] arguments) throws InterruptedException {
        DpdkConfig.Builder builder = DpdkConfig.builder().buffers(4095);
        boolean wait = false;
        int port = 0;
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String key = equals < 0 ? argument : argument.substring(0, equals);
            String value = argument.substring(equals + 1);
            switch (key) {
                case "hugepages" -> builder.hugepages(Hugepages.valueOf(value));
                case "memory" -> builder.memoryMb(Integer.parseInt(value));
                case "prefix" -> builder.filePrefix(value);
                case "eal" -> builder.ealArguments(value);
                case "wait" -> wait = true;
                default -> builder.port("dpdk" + port++, argument);
            }
        }
        try (DpdkIo io = DpdkIo.open(builder.build())) {
            io.attachWorker(0, OptionalInt.empty());
            PacketBurst burst = new PacketBurst(1);
            Frames.add(burst, io.buffers(0), 1, 60);
            io.ports().get(0).queue(0).transmit(burst);
            System.out.println("ok");
            if (wait) {
                Thread.sleep(60_000);
            }
        } catch (BalancerException e) {
            System.out.println(e.code() + ": " + e.getMessage());
        }
    }

    /// The command that runs [#main(String[])].
    ///
    /// @param before words in front of it, for example `setpriv ...`
    static List<String> command(List<String> before, String... arguments) {
        List<String> words = new ArrayList<>(before);
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("--enable-native-access=ALL-UNNAMED");
        words.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
        words.add("-cp");
        words.add(System.getProperty("java.class.path"));
        words.add(ChildProcess.class.getName());
        words.addAll(List.of(arguments));
        return words;
    }

    /// Runs it to its end.
    static String run(List<String> before, String... arguments) {
        return Prerequisite.command(command(before, arguments)).output();
    }
}
