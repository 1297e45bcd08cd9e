// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.man.ManPages;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fullnat man`: prints manual pages.
@Command(
        name = "man",
        description = "Prints a manual page, in the macros of man(7).",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  fullnat man ipvsadm | man -l -")
final class ManCommand implements Callable<Integer> {
    /// By which programs that package others fix the time of what they make.
    private static final String EPOCH = "SOURCE_DATE_EPOCH";

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "PAGE", description = "fullnat, ipvsadm or dpip")
    private String name = "";

    ManCommand() {}

    @Override
    public Integer call() {
        CommandLine line = spec.commandLine();
        ManPages pages = new ManPages(date(System.getenv(EPOCH)));
        String page =
                switch (name) {
                    case "fullnat" -> pages.fullnat(line.getParent());
                    case "ipvsadm" -> pages.ipvsadm();
                    case "dpip" -> pages.dpip();
                    default ->
                            throw new BalancerException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "no page \""
                                            + name
                                            + "\"; there is "
                                            + String.join(", ", ManPages.NAMES));
                };
        PrintWriter out = line.getOut();
        out.print(page);
        out.flush();
        return 0;
    }

    private static String date(@Nullable String epoch) {
        try {
            Instant instant =
                    epoch == null ? Instant.now() : Instant.ofEpochSecond(Long.parseLong(epoch));
            return instant.atOffset(ZoneOffset.UTC).toLocalDate().toString();
        } catch (NumberFormatException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    EPOCH + "=" + epoch + " is no number of seconds",
                    e);
        }
    }
}
