// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/configuration.md has a row for each key that the balancer reads, and for no other.
final class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../..", "docs", "configuration.md");
    private static final Pattern ROW =
            Pattern.compile("^\\| `([a-z\\[\\].-]+)` \\|.*\\|.*\\|.*\\|$", Pattern.MULTILINE);

    @Test
    void explainsEveryKey() throws IOException {
        List<String> explained =
                ROW.matcher(Files.readString(PAGE))
                        .results()
                        .map((MatchResult row) -> row.group(1))
                        .toList();

        assertThat(explained)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(
                                        keys("", ConfigurationFile.KEYS),
                                        keys("workers.", PortSection.WORKER_KEYS),
                                        keys("memory.", PortSection.MEMORY_KEYS),
                                        keys("ports[].", PortSection.PORT_KEYS),
                                        keys("api.", ApiSection.API_KEYS),
                                        keys("api.tcp.", ApiSection.TCP_KEYS),
                                        keys("metrics.", ApiSection.METRICS_KEYS),
                                        keys("kernel-path.", PortSection.KERNEL_PATH_KEYS),
                                        keys("arp.", NetworkSection.ARP_KEYS),
                                        keys("addresses[].", NetworkSection.ADDRESS_KEYS),
                                        keys("routes[].", NetworkSection.ROUTE_KEYS),
                                        keys("neighbours[].", NetworkSection.NEIGHBOUR_KEYS),
                                        keys("timeouts.", TimeoutSection.KEYS),
                                        keys("sets[].", SetSection.KEYS),
                                        keys("services[].", ServiceSection.SERVICE_KEYS),
                                        keys("services[].servers[].", ServiceSection.SERVER_KEYS),
                                        keys("services[].locals[].", ServiceSection.LOCAL_KEYS),
                                        keys("events.", EventSection.EVENT_KEYS),
                                        keys("events.webhooks[].", EventSection.WEBHOOK_KEYS),
                                        keys("log.", LogSection.LOG_KEYS),
                                        keys("log.levels.", LogSection.AREA_KEYS))
                                .flatMap(List::stream)
                                .toList());
    }

    private static List<String> keys(String prefix, List<String> names) {
        return names.stream().map(name -> prefix + name).toList();
    }
}
