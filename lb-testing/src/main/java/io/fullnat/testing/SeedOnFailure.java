// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/// Adds the [Seed] to what a failing test throws, if numbers have been drawn by then. For all tests
/// of a module: `junit.jupiter.extensions.autodetection.enabled=true` in its
/// `junit-platform.properties`. Thread-safe.
public final class SeedOnFailure implements TestExecutionExceptionHandler {
    /// JUnit makes it.
    public SeedOnFailure() {}

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        if (Seed.isUsed() && !(failure instanceof TestAbortedException)) {
            failure.addSuppressed(new Advice());
        }
        throw failure;
    }

    /// Says it within the report of the failure; where it was made is of no interest.
    private static final class Advice extends RuntimeException {
        private static final long serialVersionUID = 1;

        Advice() {
            super(Seed.advice(), null, false, false);
        }
    }
}
