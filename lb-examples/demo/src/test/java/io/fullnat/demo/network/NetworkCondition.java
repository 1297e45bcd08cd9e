// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.BalancerException;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Decides by trying: makes a small lab and takes it down again.
final class NetworkCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String missing = missing();
        if (missing == null) {
            return ConditionEvaluationResult.enabled("namespaces work");
        }
        if (isRequired()) {
            throw new IllegalStateException(
                    "network tests are required (-Dnetwork=required), but " + missing);
        }
        return ConditionEvaluationResult.disabled("network tests need more: " + missing);
    }

    /// Tests of IPv6 fail where it is required and the kernel has none, as others do.
    static void requireIpv6() {
        require(NetworkNamespace.hasIpv6(), "the kernel has no IPv6");
    }

    /// Tests that need a program fail where network tests are required and it is not there, and are
    /// skipped elsewhere.
    ///
    /// @param program its name, or the path of its file
    static void require(String program) {
        boolean there =
                Stream.of("", "/usr/sbin/", "/usr/bin/")
                        .map(folder -> Path.of(folder + program))
                        .anyMatch(file -> file.isAbsolute() && Files.isExecutable(file));
        require(there, program + " is not installed", "; ./build does that");
    }

    /// Tests that need something of the machine fail where network tests are required and it is not
    /// there, and are skipped elsewhere.
    ///
    /// @param there whether it is there
    /// @param missing what is said if not
    static void require(boolean there, String missing) {
        require(there, missing, "");
    }

    private static void require(boolean there, String missing, String remedy) {
        if (!there && isRequired()) {
            throw new IllegalStateException(
                    "network tests are required (-Dnetwork=required), but " + missing + remedy);
        }
        assumeTrue(there, missing);
    }

    private static boolean isRequired() {
        return "required".equals(System.getProperty("network"));
    }

    private static @Nullable String missing() {
        boolean tshark =
                Stream.of("/usr/bin/tshark", "/usr/sbin/tshark", "/usr/local/bin/tshark")
                        .anyMatch(file -> Files.isExecutable(Path.of(file)));
        if (!tshark) {
            return "tshark is not installed (apt-get install tshark)";
        }
        try (Lab lab = Lab.create("fullnat-probe", 1)) {
            return lab.servers().isEmpty() ? "no server could be made" : null;
        } catch (BalancerException failure) {
            return failure.getMessage();
        }
    }
}
