package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogSetupTest {
    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void completeTheContext() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    @Test
    void logsWarningsToStandardError() {
        assertThat(logged()).matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  X: wrong\\R");
    }

    @Test
    void showsMoreIfAsked() {
        System.setProperty("fullnat.log", "INFO");
        try {
            assertThat(logged().lines()).hasSize(2).last().asString().endsWith("INFO  X: done");
        } finally {
            System.clearProperty("fullnat.log");
        }
    }

    @Test
    void leavesItToAFileThatIsNamed() {
        System.setProperty("logback.configurationFile", "other.xml");
        try {
            assertThat(new LogSetup().configure(context))
                    .isEqualTo(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY);
        } finally {
            System.clearProperty("logback.configurationFile");
        }
    }

    @Test
    void isFoundByLogback() {
        assertThat(ServiceLoader.load(Configurator.class))
                .anyMatch(found -> found instanceof LogSetup);
    }

    private String logged() {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            assertThat(new LogSetup().configure(context))
                    .isEqualTo(Configurator.ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
            context.getLogger("a.b.X").warn("wrong");
            context.getLogger("a.b.X").info("done");
            return bytes.toString(StandardCharsets.UTF_8);
        } finally {
            System.setErr(before);
        }
    }
}
