// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.page;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.config.EventKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The page's files are complete, and keep to what its policy allows.
final class PageFilesTest {
    private static final Path SOURCES = Path.of("src/main/resources/io/fullnat/balancer/page");
    private static final Set<String> OF_LIBRARY = Set.of("/page/uplot.js", "/page/uplot.css");
    private static final Pattern NAMED = Pattern.compile("(?:src|href)=\"([^\"#][^\"]*)\"");
    private static final Pattern IMPORTED = Pattern.compile("from '\\./([^']+)'");

    private final Map<String, PageFile> files =
            PageFiles.read().stream()
                    .collect(Collectors.toMap(PageFile::path, Function.identity()));

    private String text(String path) {
        return new String(requireNonNull(files.get(path)).content(), StandardCharsets.UTF_8);
    }

    private Stream<String> own() {
        return files.keySet().stream().filter(path -> !OF_LIBRARY.contains(path));
    }

    @Test
    void areAllThatStandInTheFolder() throws IOException {
        Set<String> there = new TreeSet<>();
        try (Stream<Path> list = Files.list(SOURCES)) {
            list.forEach(file -> there.add("/page/" + file.getFileName()));
        }
        there.remove("/page/index.html");
        there.add("/");
        there.addAll(OF_LIBRARY);

        assertThat(files.keySet()).isEqualTo(there);
    }

    /// They have to stand in two places, as a style sheet cannot ask for either.
    @Test
    void theDarkColoursAreTheSameChosenOrNot() {
        String style = text("/page/app.css");

        assertThat(declarations(style, ":root:not([data-theme=\"light\"]) {"))
                .hasSizeGreaterThan(20)
                .isEqualTo(declarations(style, ":root[data-theme=\"dark\"] {"));
    }

    private static List<String> declarations(String style, String selector) {
        int from = style.indexOf(selector) + selector.length();
        return style.substring(from, style.indexOf('}', from))
                .strip()
                .lines()
                .map(String::strip)
                .toList();
    }

    @Test
    void nameNoFileThatIsNotThere() {
        Matcher named = NAMED.matcher(text("/"));
        List<String> found = named.results().map(each -> "/" + each.group(1)).toList();

        assertThat(found).isNotEmpty();
        assertThat(files.keySet()).containsAll(found);
        own().filter(path -> path.endsWith(".js"))
                .forEach(path ->
                        IMPORTED.matcher(text(path))
                                .results()
                                .forEach(each ->
                                        assertThat(files).containsKey("/page/" + each.group(1))));
    }

    /// What a server or a name says never becomes markup, and nothing is asked of anybody else.
    @Test
    void putInTextAsTextAndAskNobodyElse() {
        own().forEach(path ->
                assertThat(text(path))
                        .as(path)
                        .doesNotContainPattern(
                                "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\("
                                        + "|new Function|srcdoc|javascript:|style=|'style'"
                                        + "|<script>|<style|\\son[a-z]+=\"")
                        .doesNotContainPattern("https?://(?!www\\.w3\\.org/2000/svg)"));
    }

    @Test
    void haveASentenceForEachKindOfEvents() {
        assertThat(EventKind.all())
                .allSatisfy(kind ->
                        assertThat(text("/page/events.js")).contains("case '" + kind + "':"));
    }

    @Test
    void theLibraryIsTheWholeAndMinimalOne() {
        assertThat(text("/page/uplot.js")).startsWith("/*! https://github.com/leeoniya/uPlot");
        assertThat(text("/page/uplot.css")).contains(".u-wrap");
    }

    @Test
    void saysWhatItIsAndWhatItMay() {
        PageFile page = requireNonNull(files.get("/"));

        assertThat(page.headers())
                .containsEntry("Content-Type", "text/html; charset=utf-8")
                .containsEntry("X-Content-Type-Options", "nosniff")
                .containsEntry("Cache-Control", "no-cache")
                .containsEntry("Referrer-Policy", "no-referrer")
                .containsEntry(
                        "Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src"
                                + " 'self'; img-src 'self'; frame-ancestors 'none'; base-uri"
                                + " 'none'; form-action 'none'");
        String tag = requireNonNull(page.headers().get("ETag"));
        assertThat(tag).matches("\"[0-9a-f]{32}\"");
        assertThat(page.isKnown(tag)).isTrue();
        assertThat(page.isKnown("\"other\", W/" + tag)).isTrue();
        assertThat(page.isKnown("*")).isTrue();
        assertThat(page.isKnown("")).isFalse();
        assertThat(page.isKnown("\"other\"")).isFalse();
    }
}
