// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Which command lines start a balancer past the command-line library.
final class RunTest {
    @Test
    void isPlainWithTheConfigurationAlone() {
        assertThat(Run.isPlain("run", "--config", "fullnat.yaml")).isTrue();
        assertThat(Run.isPlain("run", "-c", "fullnat.yaml")).isTrue();
    }

    @Test
    void leavesAllElseToTheCommandLine() {
        assertThat(Run.isPlain()).isFalse();
        assertThat(Run.isPlain("run")).isFalse();
        assertThat(Run.isPlain("run", "--config")).isFalse();
        assertThat(Run.isPlain("run", "--config", "--help")).isFalse();
        assertThat(Run.isPlain("run", "--config=fullnat.yaml")).isFalse();
        assertThat(Run.isPlain("run", "--config", "fullnat.yaml", "more")).isFalse();
        assertThat(Run.isPlain("demo", "--config", "fullnat.yaml")).isFalse();
    }
}
