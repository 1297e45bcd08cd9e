// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class BackgroundThreadTest {
    private static int nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Integer.parseInt(behindName[16]); // proc(5), field 19
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void givesWayToAllOthersAndLeavesTheCallerAlone() {
        int before = nice();

        assertThat(BackgroundThread.call("background", BackgroundThreadTest::nice))
                .isEqualTo(Math.max(10, before));
        assertThat(nice()).isEqualTo(before);
    }

    @Test
    void failsAsTheWorkFails() {
        BalancerException failure = new BalancerException(ErrorCode.INVALID_CONFIGURATION, "wrong");

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> BackgroundThread.call("background", () -> fail(failure)))
                .isSameAs(failure);
        assertThatExceptionOfType(StackOverflowError.class)
                .isThrownBy(() ->
                        BackgroundThread.call("background", () -> fail(new StackOverflowError())));
    }

    private static int fail(RuntimeException failure) {
        throw failure;
    }

    private static int fail(Error failure) {
        throw failure;
    }
}
