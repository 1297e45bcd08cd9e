// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Each link of a page to another page, or to a heading of one, leads there.
class PageLinksTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            Stream.concat(top, docs)
                    .filter(page -> page.toString().endsWith(".md"))
                    .forEach(pages::add);
        }
        return pages;
    }

    @Test
    void leadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int seen = 0;
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                String file = link.group(1);
                if (file.contains(":")) {
                    continue;
                }
                seen++;
                Path target = file.isEmpty() ? page : page.resolveSibling(file);
                boolean found = Files.exists(target);
                if (found && link.group(2) != null) {
                    found = headings(target).contains(link.group(2));
                }
                if (!found) {
                    broken.add(page.getFileName() + " -> " + link.group());
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(seen).isGreaterThan(20);
    }

    /// As they are written in links.
    private static Set<String> headings(Path page) throws IOException {
        Set<String> headings = new HashSet<>();
        for (String line : Files.readAllLines(page)) {
            if (line.startsWith("#")) {
                headings.add(
                        line.replaceFirst("^#+ ", "")
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                                .replace(' ', '-'));
            }
        }
        return headings;
    }
}
