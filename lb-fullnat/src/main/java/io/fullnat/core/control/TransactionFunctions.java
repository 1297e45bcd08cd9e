// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.TransactionFunction;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Asks transaction functions what to change. A transaction function is the application's and may
/// never end: it is asked on a thread beside the control thread, which is left behind if need be,
/// and the next function gets another. Without a thread factory it is asked at once, by the calling
/// thread.
///
/// Owned by the control thread.
final class TransactionFunctions {
    private final @Nullable ThreadFactory threads;
    private final WaitGuard guard;
    private final Runnable wake;
    private @Nullable Asker asker;

    /// @param threads makes the thread that asks; null to ask on the control thread
    /// @param guard is told of that thread
    /// @param wake called when a transaction function has answered
    TransactionFunctions(@Nullable ThreadFactory threads, WaitGuard guard, Runnable wake) {
        this.threads = threads;
        this.guard = guard;
        this.wake = wake;
    }

    /// A transaction function that is always the same, and is asked without further ado.
    record Fixed(List<? extends Change> fixed) implements TransactionFunction {
        Fixed {
            fixed = List.copyOf(fixed);
        }

        @Override
        public List<? extends Change> changes(DesiredState present) {
            return fixed;
        }
    }

    /// A transaction function being asked.
    static final class Question {
        private final TransactionFunction function;
        private final DesiredState present;
        private @Nullable List<Change> changes;
        private @Nullable Throwable fault;
        private volatile boolean answered;

        private Question(TransactionFunction function, DesiredState present) {
            this.function = function;
            this.present = present;
        }

        private void ask() {
            try {
                changes = List.copyOf(function.changes(present));
            } catch (Throwable thrown) {
                fault = thrown;
            }
            answered = true;
        }

        boolean isAnswered() {
            return answered;
        }

        /// What the transaction function threw, or null.
        @Nullable Throwable fault() {
            return fault;
        }

        List<Change> changes() {
            return changes == null ? List.of() : changes;
        }
    }

    /// Begins to ask.
    Question ask(TransactionFunction function, DesiredState present) {
        Question question = new Question(function, present);
        if (threads == null || function instanceof Fixed) {
            question.ask();
            return question;
        }
        Asker known = asker;
        if (known == null) {
            known = new Asker();
            Thread thread = threads.newThread(known);
            if (thread == null) {
                throw new IllegalStateException("the thread factory made no thread for functions");
            }
            known.thread = thread;
            thread.start();
            asker = known;
        }
        known.questions.add(question);
        return question;
    }

    /// Leaves the transaction function behind that is being asked.
    void exit() {
        Asker known = asker;
        if (known != null) {
            asker = null;
            known.end();
        }
    }

    private final class Asker implements Runnable {
        private final LinkedBlockingQueue<Question> questions = new LinkedBlockingQueue<>();
        private volatile boolean ended;
        private @Nullable Thread thread;

        private void end() {
            ended = true;
            if (thread != null) {
                thread.interrupt();
            }
        }

        @Override
        public void run() {
            guard.enter();
            try {
                while (!ended) {
                    Question question = take();
                    if (question != null) {
                        question.ask();
                        wake.run();
                    }
                }
            } finally {
                guard.leave();
            }
        }

        private @Nullable Question take() {
            try {
                return questions.take();
            } catch (InterruptedException interrupted) {
                return null; // at the end, or by a transaction function that interrupts its own
                // thread
            }
        }
    }
}
