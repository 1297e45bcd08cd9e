// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Command lines of programs in JVMs of their own, with the classes of this one.
final class JavaProgram {
    private JavaProgram() {}

    /// A command line.
    ///
    /// @param options of the JVM, beside those that all need
    /// @param main name of the class
    /// @param arguments of the program
    static List<String> command(List<String> options, String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // each is gone before the better compiler pays off
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.addAll(
                List.of(
                        "--add-exports",
                        "java.base/jdk.internal.misc=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main));
        command.addAll(List.of(arguments));
        return command;
    }
}
