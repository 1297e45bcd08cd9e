// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Runs a program of the system and waits for it.
final class Tool {
    private Tool() {}

    /// Runs a program that is expected to succeed.
    ///
    /// @param command program and arguments
    /// @return what it wrote, standard error included
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if it is not installed,
    ///   [ErrorCode#PERMISSION] if it may not, else [ErrorCode#DEVICE] with what it wrote
    static String run(String... command) {
        List<String> words = List.of(command);
        String output;
        int status;
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .strip();
            status = process.waitFor();
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    "cannot run " + words.getFirst() + "; install iproute2 and ethtool",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(
                    ErrorCode.CLOSED, "interrupted during " + String.join(" ", words), e);
        }
        if (status != 0) {
            boolean forbidden = output.contains("Operation not permitted");
            throw new BalancerException(
                    forbidden ? ErrorCode.PERMISSION : ErrorCode.DEVICE,
                    "\""
                            + String.join(" ", words)
                            + "\" failed: "
                            + output.replaceAll("\\s+", " ")
                            + (forbidden ? "; needs root with CAP_SYS_ADMIN" : ""));
        }
        return output;
    }
}
