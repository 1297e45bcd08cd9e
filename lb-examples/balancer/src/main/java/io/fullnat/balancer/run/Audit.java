// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.config.AuditTarget;
import io.fullnat.balancer.config.Configuration;
import java.util.function.Supplier;
import org.slf4j.Logger;

/// The audit log: a line for each attempted change, refused ones too, with who, what and what came
/// of it. It is written when that is known, by the thread that tried, before the answer goes out.
/// Where it cannot be written nothing is held up: its lines go to the log then.
///
/// Thread-safe.
public final class Audit implements Follower {
    private static final Logger LOG = Notices.audit();

    private final StrangerLimit strangers = new StrangerLimit(System::nanoTime);
    private volatile Target target;

    /// Where lines go.
    @FunctionalInterface
    private interface Target {
        void write(String line);
    }

    private Audit(Target target) {
        this.target = target;
    }

    /// One that writes nothing down.
    ///
    /// @return for balancers that nobody but their own program reaches
    public static Audit none() {
        return new Audit(line -> {});
    }

    /// Begins.
    ///
    /// @param where to write to
    /// @return the log
    /// @throws BalancerException if that cannot be written to, with why and what to do
    public static Audit to(AuditTarget where) {
        return new Audit(target(where));
    }

    private static Target target(AuditTarget where) {
        return switch (where) {
            case AuditTarget.Log ignored -> LOG::info;
            case AuditTarget.None ignored -> line -> {};
            case AuditTarget.File file -> AuditFile.open(file.path())::write;
        };
    }

    @Override
    public Runnable prepare(Configuration desired) {
        Target next = target(desired.log().audit());
        return () -> target = next;
    }

    /// Writes down that the balancer has begun.
    ///
    /// @param what was started
    /// @param revision of the state that it began with
    public void began(String what, long revision) {
        target.write(
                new AuditLine()
                        .text("who", "start")
                        .text("what", what)
                        .word("result", "applied")
                        .word("revision", String.valueOf(revision))
                        .toString());
    }

    /// Does what somebody asks for, and writes down what came of it if it was to change something.
    ///
    /// @param <T> of the answer
    /// @param <X> what may be thrown
    /// @param who asked only for a line
    /// @param what the request as it came
    /// @param work which tells [Attempt#current()] more
    /// @return what the work returns
    /// @throws X what the work throws
    public <T, X extends Throwable> T attempt(
            Supplier<String> who, String what, ScopedValue.CallableOp<T, X> work) throws X {
        Attempt attempt = new Attempt(who, what, this::write);
        try {
            return attempt.call(work);
        } catch (BalancerException e) {
            attempt.refused(e);
            throw e;
        } finally {
            attempt.end();
        }
    }

    private void write(Attempt attempt) {
        if (!attempt.isToBeWritten()) {
            return;
        }
        if (!attempt.isByStranger()) {
            target.write(attempt.line());
        } else if (strangers.admits()) {
            long left = strangers.takeLeft();
            target.write(attempt.line() + (left == 0 ? "" : " unwritten=" + left));
        }
    }
}
