// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import io.fullnat.balancer.run.Notices;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.MDC;

/// What a copy of the balancer logs, to which `trace` gives a packet, as that servers go down.
class UnheardLinesTest {
    private static final String FILE = "logback.configurationFile";

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        UnheardLines.leaveOut(context);
        appendAll();
    }

    private void appendAll() {
        lines.setContext(context);
        lines.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(lines);
    }

    @AfterEach
    void end() {
        MDC.remove(Notices.FAULT);
        context.stop();
    }

    private List<String> taken() {
        List<String> taken = lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        lines.list.clear();
        return taken;
    }

    private void logInACopy() {
        try (MDC.MDCCloseable _ = MDC.putCloseable(Notices.UNHEARD, "trace")) {
            context.getLogger("watch").info("server {} is down", "a");
            context.getLogger("watch").error("a fault");
        }
    }

    @Test
    void areLeftOutWhateverAppenderThereIs() {
        logInACopy();
        context.getLogger("watch").info("server {} is up", "a");
        assertThat(taken()).containsExactly("server a is up");
    }

    /// As it happens when a file that is watched has changed.
    @Test
    void areLeftOutAfterTheLogWasSetUpAnew() {
        context.reset();
        UnheardLines.leaveOut(context);
        appendAll();
        assertThat(context.getTurboFilterList()).hasSize(1);
        logInACopy();
        assertThat(taken()).isEmpty();
    }

    /// The build names such a file, and so do these tests: what is set up there is not the
    /// product's.
    @Test
    void areLeftOutWhereAFileSetsUpTheLog() {
        LoggerContext other = new LoggerContext();
        String before = System.getProperty(FILE);
        System.setProperty(FILE, "other.xml");
        try {
            new LogSetup().configure(other);
        } finally {
            if (before == null) {
                System.clearProperty(FILE);
            } else {
                System.setProperty(FILE, before);
            }
        }
        assertThat(other.getTurboFilterList()).hasOnlyElementsOfType(UnheardLines.class).hasSize(1);
        other.stop();
    }

    @Test
    void theFirstFaultIsKeptWithItsPlace() {
        try (MDC.MDCCloseable _ = MDC.putCloseable(Notices.UNHEARD, "trace")) {
            context.getLogger("a").warn("b", new IllegalStateException("only a warning"));
            assertThat(MDC.get(Notices.FAULT)).isNull();
            context.getLogger("a").error("{} failed {} {}", 1, 2, 3, new ArithmeticException("no"));
            context.getLogger("a").error("failed", new IllegalStateException("later"));
        }
        assertThat(MDC.get(Notices.FAULT))
                .startsWith(
                        "java.lang.ArithmeticException: no at "
                                + UnheardLinesTest.class.getName()
                                + ".theFirstFault");
        assertThat(taken()).isEmpty();
        MDC.remove(Notices.FAULT);
        context.getLogger("a").error("failed", new IllegalStateException("of the running one"));
        assertThat(MDC.get(Notices.FAULT)).isNull();
        assertThat(taken()).containsExactly("failed");
    }
}
