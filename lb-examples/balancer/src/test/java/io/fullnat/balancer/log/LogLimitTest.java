// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import io.fullnat.api.control.Condition;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How much of what happens again and again is logged.
@Timeout(60)
class LogLimitTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LoggerContext context = new LoggerContext();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final AtomicLong nowNs = new AtomicLong();
    private final LogLimit limit = new LogLimit(context, nowNs::get);

    @BeforeEach
    void listen() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        AppenderBase<ILoggingEvent> appender =
                new AppenderBase<>() {
                    @Override
                    protected void append(ILoggingEvent event) {
                        lines.add(
                                event.getLevel()
                                        + " "
                                        + event.getLoggerName()
                                        + " "
                                        + event.getFormattedMessage());
                    }
                };
        limit.start();
        appender.addFilter(limit);
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.DEBUG);
    }

    @AfterEach
    void end() {
        context.stop();
    }

    private List<String> taken() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    private Logger logger(String name) {
        return context.getLogger(name);
    }

    /// The clock stands a moment before the end, so that the end is near by the real one.
    @Test
    void aThousandChangesASecondAreAFewLines() throws InterruptedException {
        for (int i = 0; i < LogLimit.LINES; i++) {
            logger("watch").info("server {} is {}", "a", i % 2 == 0 ? "up" : "down");
        }
        assertThat(taken()).hasSize(LogLimit.LINES);
        nowNs.set(LogLimit.WINDOW.toNanos() - SECOND_NS / 10);
        for (int i = 0; i < 1000; i++) {
            logger("watch").info("server {} is {}", "a", i % 2 == 0 ? "up" : "down");
        }

        assertThat(lines.poll(20, TimeUnit.SECONDS))
                .matches(
                        "INFO watch 1000 more lines like this were left out since"
                                + " [-0-9T:.]+Z: server a is up");
        logger("watch").info("server {} is {}", "a", "up");
        assertThat(taken()).as("a new window").containsExactly("INFO watch server a is up");
    }

    @Test
    void whatComesNowAndThenIsNeverLeftOut() {
        for (int i = 0; i < 3 * LogLimit.LINES; i++) {
            nowNs.addAndGet(SECOND_NS);
            logger("watch").warn("number {}", i);
        }
        assertThat(taken()).hasSize(3 * LogLimit.LINES);
    }

    @Test
    void otherKindsAreNotTouched() {
        for (int i = 0; i < 2 * LogLimit.LINES; i++) {
            logger("c").warn("{} begins: {}", Condition.LINK_DOWN, "p" + i);
        }
        assertThat(taken()).hasSize(LogLimit.LINES);
        logger("c").warn("{} begins: {}", Condition.TABLE_FULL, "worker 0");
        logger("c").warn("{} ends: {}", Condition.LINK_DOWN, "p0");
        logger("d").warn("{} begins: {}", Condition.LINK_DOWN, "p0");
        assertThat(taken()).hasSize(3);
    }

    @Test
    void whatWasAskedForIsNotLimited() {
        for (int i = 0; i < 3 * LogLimit.LINES; i++) {
            logger("audit").info("line");
            logger("reload").info("line");
            logger("x").debug("line");
        }
        assertThat(taken()).hasSize(9 * LogLimit.LINES);
    }

    /// A library that writes values into its messages makes a kind of each.
    @Test
    void kindsWithoutEndAreOneForEachLogger() {
        for (int i = 0; i < 2 * LogLimit.KINDS; i++) {
            logger("x").warn("number " + i);
        }
        assertThat(taken()).hasSize(LogLimit.KINDS + LogLimit.LINES);
        logger("y").warn("else");
        assertThat(taken()).hasSize(1);

        nowNs.addAndGet(2 * LogLimit.WINDOW.toNanos());
        logger("x").warn("number " + 0);
        logger("x").warn("number " + 1);
        assertThat(taken()).as("room again").hasSize(2);
    }

    /// Once, whether the process ends before or after the window.
    @Test
    void whatWasLeftOutIsSaidAtTheEnd() {
        for (int i = 0; i < LogLimit.LINES + 3; i++) {
            logger("x").warn("number {}", i);
            logger("y").info("one");
        }
        logger("z").info("alone");
        assertThat(taken()).hasSize(2 * LogLimit.LINES + 1);
        limit.tell();
        assertThat(taken())
                .hasSize(2)
                .anyMatch(line -> line.matches("WARN x 3 more lines .* number 10"))
                .anyMatch(line -> line.matches("INFO y 3 more lines .* one"));
        limit.tell();
        assertThat(lines).isEmpty();

        logger("x").warn("number {}", 99);
        assertThat(taken()).as("a new window").containsExactly("WARN x number 99");
    }

    /// The window's own end finds that all is said.
    @Test
    void whatWasSaidAtTheEndIsNotSaidAgain() throws InterruptedException {
        for (int i = 0; i < LogLimit.LINES; i++) {
            logger("x").warn("number {}", i);
        }
        nowNs.set(LogLimit.WINDOW.toNanos() - SECOND_NS / 5);
        logger("x").warn("number {}", LogLimit.LINES);
        assertThat(taken()).hasSize(LogLimit.LINES);
        limit.tell();
        assertThat(taken()).hasSize(1);
        assertThat(lines.poll(1, TimeUnit.SECONDS)).isNull();
    }

    /// The thread that says what was left out is no reason not to end.
    @Test
    void itsThreadHoldsUpNoEnd() throws Exception {
        assertThat(
                        context.getScheduledExecutorService()
                                .submit(() -> Thread.currentThread().isDaemon())
                                .get())
                .isTrue();
    }
}
