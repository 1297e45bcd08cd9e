// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import io.fullnat.balancer.text.Visible;
import java.io.IOException;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;

/// How a command fails: lines `fullnat: ...` on standard error, and the exit status of the
/// [ErrorCode].
final class FailureLines {
    private FailureLines() {}

    /// Tells what went wrong.
    ///
    /// @return the exit status
    static int report(Throwable failure, PrintWriter err) {
        if (failure instanceof BalancerException known) {
            say(err, String.valueOf(known.getMessage()));
            return known.code().exitStatus();
        }
        if (failure instanceof IOException e) { // only input is read without more
            say(err, "standard input cannot be read: " + Reason.of(e));
            return ErrorCode.INVALID_ARGUMENT.exitStatus();
        }
        if (failure instanceof OutOfMemoryError e) {
            say(err, Reason.of(e) + "; FULLNAT_JAVA_OPTIONS=-Xmx2g allows more memory");
            return ErrorCode.MEMORY.exitStatus();
        }
        // Logging starts no earlier than it must: that takes a while.
        LoggerFactory.getLogger(Main.class).debug("a fault in fullnat itself", failure);
        say(
                err,
                "a fault in fullnat itself; please report what it says with"
                        + " FULLNAT_JAVA_OPTIONS=-Dfullnat.log=DEBUG");
        return ErrorCode.INTERNAL.exitStatus();
    }

    static void say(PrintWriter err, String message) {
        message.lines().forEach(line -> err.println("fullnat: " + Visible.of(line)));
        err.flush();
    }
}
