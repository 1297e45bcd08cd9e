package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.PrintWriter;
import org.slf4j.LoggerFactory;

/// How a command fails: lines `fullnat: ...` on standard error, and the exit status of the
/// [ErrorCode].
final class FailureLines {
    private FailureLines() {}

    /// Tells what went wrong.
    ///
    /// @return the exit status
    static int report(Exception failure, PrintWriter err) {
        if (failure instanceof BalancerException known) {
            say(err, String.valueOf(known.getMessage()));
            return known.code().exitStatus();
        }
        // Logging starts no earlier than it must: that takes a while.
        LoggerFactory.getLogger(Main.class).error("a fault in fullnat itself", failure);
        say(err, "a fault in fullnat itself: " + failure);
        return ErrorCode.INTERNAL.exitStatus();
    }

    static void say(PrintWriter err, String message) {
        message.lines().forEach(line -> err.println("fullnat: " + line));
        err.flush();
    }
}
