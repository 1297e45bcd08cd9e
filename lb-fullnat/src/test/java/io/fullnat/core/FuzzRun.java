// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// Gives inputs to one balancer after the other. Of an input that fails only after others, all
/// since the balancer's beginning are written down as one input: steps have no end mark.
final class FuzzRun {
    private static final int INPUTS_EACH = 500;

    private final Target target;
    private final ByteArrayOutputStream history = new ByteArrayOutputStream();
    private Optional<FuzzBalancer> balancer = Optional.empty();
    private int inputs;

    FuzzRun(Target target) {
        this.target = target;
    }

    /// Takes the steps of an input.
    @FunctionalInterface
    interface Target {
        void run(FuzzBytes input, FuzzBalancer balancer);
    }

    /// Fails with what was wrong; a fresh balancer takes the next input.
    void run(byte[] input) {
        FuzzBalancer one = balancer.orElseGet(this::fresh);
        history.writeBytes(input);
        try {
            on(one, input);
        } catch (RuntimeException | Error e) {
            balancer = Optional.empty();
            if (inputs > 0 && !failsAlone(input)) {
                e.addSuppressed(new AssertionError("the input does not fail alone; " + saved()));
            }
            throw e;
        }
        if (++inputs == INPUTS_EACH) {
            one.close();
            balancer = Optional.empty();
        }
    }

    private FuzzBalancer fresh() {
        inputs = 0;
        history.reset();
        FuzzBalancer fresh = new FuzzBalancer();
        balancer = Optional.of(fresh);
        return fresh;
    }

    private void on(FuzzBalancer one, byte[] input) {
        target.run(new FuzzBytes(input), one);
        one.run();
        one.settle();
    }

    private boolean failsAlone(byte[] input) {
        try (FuzzBalancer alone = new FuzzBalancer()) {
            on(alone, input);
            return false;
        } catch (RuntimeException | Error e) {
            return true;
        }
    }

    private String saved() {
        try {
            byte[] all = history.toByteArray();
            Path file = Path.of("history-" + Integer.toHexString(Arrays.hashCode(all)));
            Files.write(file, all);
            return "all since the balancer's beginning are in " + file.toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
