// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Lays out what the site is made of: pages in the folders that they have in the repository, a page
/// for each source file or folder that one of them links to, and the generator's configuration.
///
/// `java PreparePages.java REPOSITORY INPUT OUTPUT CONFIGURATION JAVADOC`, the last of which is a
/// folder of the output, or empty.
public final class PreparePages {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(#[^)\\s]*)?\\)");
    private static final Pattern NAVIGATED = Pattern.compile("docs/[\\w./-]+\\.md");
    private static final Map<String, String> LANGUAGES =
            Map.of("java", "java", "yaml", "yaml", "yml", "yaml", "json", "json", "sh", "sh");
    private static final String FENCE = "`".repeat(8);

    private final Path repository;
    private final Path input;
    private final Set<Path> linked = new TreeSet<>();

    private PreparePages(Path repository, Path input) {
        this.repository = repository;
        this.input = input;
    }

    public static void main(String[] args) throws IOException {
        PreparePages pages = new PreparePages(Path.of(args[0]), Path.of(args[1]));
        pages.copy();
        pages.sources();
        Files.writeString(Path.of(args[3]), pages.configuration(args[2], args[4]));
    }

    private void copy() throws IOException {
        try (Stream<Path> top = Files.list(repository);
                Stream<Path> docs = Files.walk(repository.resolve("docs"))) {
            for (Path file : Stream.concat(top, docs).filter(Files::isRegularFile).toList()) {
                Path page = repository.relativize(file);
                if (page.toString().endsWith(".md")) {
                    write(page, withLinks(page, Files.readString(file)));
                } else if (page.startsWith("docs")) {
                    Files.createDirectories(input.resolve(page).getParent());
                    Files.copy(file, input.resolve(page));
                }
            }
        }
        Files.copy(repository.resolve("config/site/site.css"), input.resolve("site.css"));
    }

    /// A link to what is no page leads to the page made of it.
    private String withLinks(Path page, String text) {
        return LINK.matcher(text)
                .replaceAll(link -> Matcher.quoteReplacement(withPage(page, link.group(1), link.group())));
    }

    private String withPage(Path page, String target, String link) {
        Path file = page.resolveSibling(target).normalize();
        boolean copied = file.startsWith("docs") && Files.isRegularFile(repository.resolve(file));
        if (target.endsWith(".md") || copied || !Files.exists(repository.resolve(file))) {
            return link;
        }
        if (file.equals(Path.of("docs/adr"))) {
            return link.replace(target, target + "README.md");
        }
        linked.add(file);
        return link.replace(target, target.replaceFirst("/$", "") + (isFolder(file) ? "/index.md" : ".md"));
    }

    private boolean isFolder(Path file) {
        return Files.isDirectory(repository.resolve(file));
    }

    private void sources() throws IOException {
        for (Path file : List.copyOf(linked)) {
            if (isFolder(file)) {
                folder(file);
            }
        }
        for (Path file : linked) {
            if (!isFolder(file)) {
                write(Path.of(file + ".md"), source(file));
            }
        }
    }

    private void folder(Path folder) throws IOException {
        StringBuilder page = new StringBuilder("# " + folder.getFileName() + "\n\n`" + folder + "`\n\n");
        try (Stream<Path> files = Files.list(repository.resolve(folder))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                linked.add(folder.resolve(name));
                page.append("- [").append(name).append("](").append(name).append(".md)\n");
            }
        }
        write(folder.resolve("index.md"), page.toString());
    }

    private String source(Path file) throws IOException {
        String name = file.getFileName().toString();
        String language = LANGUAGES.getOrDefault(name.replaceFirst(".*\\.", ""), "text");
        String text = Files.readString(repository.resolve(file)).stripTrailing();
        return "# " + name + "\n\n`" + file + "`\n\n" + FENCE + language + "\n" + text + "\n" + FENCE + "\n";
    }

    private void write(Path page, String text) throws IOException {
        Files.createDirectories(input.resolve(page).toAbsolutePath().getParent());
        Files.writeString(input.resolve(page), text);
    }

    private String configuration(String output, String javadoc) throws IOException {
        String template = Files.readString(repository.resolve("config/site/mkdocs.yml"));
        List<String> others = new ArrayList<>();
        List<String> decisions = new ArrayList<>();
        try (Stream<Path> docs = Files.walk(repository.resolve("docs"))) {
            Set<String> known =
                    NAVIGATED.matcher(template).results().map(each -> each.group()).collect(Collectors.toSet());
            docs.map(file -> repository.relativize(file).toString())
                    .filter(page -> page.endsWith(".md") && !known.contains(page))
                    .sorted()
                    .forEach(page -> (page.startsWith("docs/adr/") ? decisions : others).add(page));
        }
        // A page that has no place yet is not lost.
        return template.replace("@INPUT@", input.toString())
                .replace("@OUTPUT@", output)
                .replace("@JAVADOC@", javadoc.isEmpty() ? "" : "      - Javadoc: " + javadoc + "/index.html")
                .replace("@DECISIONS@", entries(decisions, " ".repeat(10)))
                .replace("@OTHERS@", others.isEmpty() ? "" : "  - More:\n" + entries(others, " ".repeat(6)));
    }

    private static String entries(List<String> pages, String indent) {
        return pages.stream().map(page -> indent + "- " + page).collect(Collectors.joining("\n"));
    }
}
