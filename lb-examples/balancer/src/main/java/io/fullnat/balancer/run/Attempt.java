// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What somebody tries to change, and what came of it: a line of the audit log in the making. While
/// a thread works for it, it is the thread's [#current()], and a caller that finds out more adds
/// that. Until somebody says that it is a change it is a question, of which nothing is written
/// down.
///
/// Thread-safe.
public final class Attempt {
    private static final ScopedValue<Attempt> CURRENT = ScopedValue.newInstance();

    private final Supplier<String> who;
    private final Consumer<Attempt> end;
    private String what;
    private boolean ended;
    private boolean change;
    private boolean stranger;
    private final List<Applied> applied = new ArrayList<>();
    private @Nullable ErrorCode code;
    private String reason = "";

    /// A transaction that is in force.
    ///
    /// @param before the state that it met
    /// @param changes made to it, in order
    record Applied(DesiredState before, List<? extends Change> changes) {
        /// The revision that it made.
        long revision() {
            return before.revision() + 1;
        }
    }

    /// @param who asked only for a line
    /// @param what the request as it came
    /// @param end is told once, when nothing more will be found out
    Attempt(Supplier<String> who, String what, Consumer<Attempt> end) {
        this.who = who;
        this.what = what;
        this.end = end;
    }

    /// That of this thread.
    ///
    /// @return one that nobody hears of if there is none
    public static Attempt current() {
        return CURRENT.isBound() ? CURRENT.get() : new Attempt(() -> "", "", nobody -> {});
    }

    /// Does something for it.
    <T, X extends Throwable> T call(ScopedValue.CallableOp<T, X> work) throws X {
        return ScopedValue.where(CURRENT, this).call(work);
    }

    /// Says that all is found out: it is written down now, before the answer is on its way. Later
    /// calls do nothing.
    public void end() {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        end.accept(this);
    }

    /// Says that it is more than a question.
    public synchronized void isChange() {
        change = true;
    }

    /// Says that it is a question after all, whatever was said before.
    public synchronized void isQuestion() {
        change = false;
    }

    /// Says that it comes from somebody who may not even ask; there may be many of those.
    public synchronized void isStrangers() {
        change = true;
        stranger = true;
    }

    /// Says in other words what is asked for.
    ///
    /// @param words one line
    public synchronized void asks(String words) {
        what = words;
    }

    /// Notes a transaction that is in force.
    synchronized void applied(DesiredState before, List<? extends Change> changes) {
        applied.add(new Applied(before, changes));
        code = null;
    }

    /// Notes that it was refused.
    ///
    /// @param why class of error and message
    public void refused(BalancerException why) {
        refused(why.code(), String.valueOf(why.getMessage()));
    }

    /// Notes that it was refused.
    ///
    /// @param why the class of error
    /// @param message what exactly is wrong
    public synchronized void refused(ErrorCode why, String message) {
        code = why;
        reason = message;
    }

    synchronized boolean isToBeWritten() {
        return change;
    }

    synchronized boolean isByStranger() {
        return stranger;
    }

    /// The line, without time.
    synchronized String line() {
        AuditLine line = new AuditLine().text("who", who.get()).text("what", what);
        ErrorCode refusal = code;
        if (!applied.isEmpty()) {
            line.changes(applied);
        }
        if (refusal != null) {
            return line.word("result", "refused")
                    .word("code", refusal.name())
                    .word("status", String.valueOf(refusal.exitStatus()))
                    .text("reason", reason)
                    .toString();
        }
        if (applied.isEmpty()) {
            return line.word("result", "done").toString();
        }
        boolean nothing = applied.stream().allMatch(each -> each.changes().isEmpty());
        return line.word("result", nothing ? "unchanged" : "applied")
                .word("revision", String.valueOf(applied.getLast().revision()))
                .toString();
    }
}
