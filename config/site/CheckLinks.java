// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Looks at each page of a site: whether its links lead to files and headings that are there, and
/// whether it loads anything (scripts, styles, fonts, pictures, frames) from elsewhere.
///
/// `java CheckLinks.java FOLDER`; ends with 1 and a line for each fault.
public final class CheckLinks {
    private static final Pattern CODE = Pattern.compile("(?s)<(script|style)\\b([^>]*)>.*?</\\1>");
    private static final Pattern TAG = Pattern.compile("<(\\w+)((?:\\s+[\\w:.-]+(?:\\s*=\\s*(?:\"[^\"]*\"|'[^']*'|[^\\s>]+))?)*)\\s*/?>");
    private static final Pattern ATTRIBUTE =
            Pattern.compile("([\\w:.-]+)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s>]+))");
    private static final Pattern LOADED = Pattern.compile("url\\(\\s*[\"']?([^)\"']+)|@import\\s+[\"']([^\"']+)");
    private static final Pattern OUTSIDE = Pattern.compile("(?i)(?:[a-z][a-z0-9+.-]*:)?//.*");
    /// Where a reader goes, rather than what a page loads.
    private static final Set<String> FOLLOWED = Set.of("a", "area");

    private final Path site;
    private final List<String> faults = new ArrayList<>();
    private final Map<Path, Set<String>> anchors = new HashMap<>();
    private int links;

    private CheckLinks(Path site) {
        this.site = site;
    }

    public static void main(String[] args) throws IOException {
        CheckLinks check = new CheckLinks(Path.of(args[0]).toRealPath());
        int pages = check.run();
        check.faults.forEach(System.err::println);
        System.err.printf("site: %d pages, %d links, %d faults%n", pages, check.links, check.faults.size());
        System.exit(check.faults.isEmpty() && pages > 0 ? 0 : 1);
    }

    private int run() throws IOException {
        int pages = 0;
        try (Stream<Path> files = Files.walk(site)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.toString();
                if (name.endsWith(".html")) {
                    pages++;
                    page(file);
                } else if (name.endsWith(".css")) {
                    style(file, Files.readString(file));
                }
            }
        }
        return pages;
    }

    private void page(Path page) throws IOException {
        String html = Files.readString(page);
        Matcher code = CODE.matcher(html);
        while (code.find()) {
            if (code.group(1).equals("style")) {
                style(page, code.group());
            }
        }
        Matcher tag = TAG.matcher(withoutCode(html));
        while (tag.find()) {
            String element = tag.group(1).toLowerCase(java.util.Locale.ROOT);
            Matcher attribute = ATTRIBUTE.matcher(tag.group(2));
            boolean canonical = tag.group(2).contains("canonical");
            while (attribute.find()) {
                String name = attribute.group(1);
                String value = value(attribute);
                if (canonical) {
                    continue;
                }
                switch (name) {
                    case "href", "src", "data", "poster", "action" -> link(page, element, value);
                    case "srcset" -> {
                        for (String each : value.split(",", -1)) {
                            link(page, element, each.strip().split("\\s", 2)[0]);
                        }
                    }
                    case "style" -> style(page, value);
                    default -> {}
                }
            }
        }
    }

    private static String withoutCode(String html) {
        return CODE.matcher(html).replaceAll("<$1$2></$1>");
    }

    private static String value(Matcher attribute) {
        for (int group = 2; group <= 4; group++) {
            if (attribute.group(group) != null) {
                return attribute.group(group).replace("&amp;", "&");
            }
        }
        return "";
    }

    private void style(Path file, String css) throws IOException {
        Matcher loaded = LOADED.matcher(css);
        while (loaded.find()) {
            link(file, "style", loaded.group(1) == null ? loaded.group(2) : loaded.group(1));
        }
    }

    private void link(Path from, String element, String link) throws IOException {
        if (link.startsWith("data:") || link.startsWith("javascript:") || link.startsWith("mailto:")) {
            return;
        }
        if (OUTSIDE.matcher(link).matches()) {
            if (!FOLLOWED.contains(element)) {
                fault(from, "loads " + link);
            }
            return;
        }
        links++;
        String[] parts = link.split("#", 2);
        String path = URLDecoder.decode(parts[0].replaceFirst("\\?.*", "").replace("+", "%2B"), StandardCharsets.UTF_8);
        Path to = path.isEmpty() ? from : path.startsWith("/") ? site.resolve(path.substring(1)) : from.resolveSibling(path);
        to = to.normalize();
        if (Files.isDirectory(to)) {
            to = to.resolve("index.html");
        }
        if (!to.startsWith(site) || !Files.exists(to)) {
            fault(from, "leads to " + link + ", which is not there");
        } else if (parts.length > 1 && !parts[1].isEmpty() && to.toString().endsWith(".html")) {
            String heading = URLDecoder.decode(parts[1].replace("+", "%2B"), StandardCharsets.UTF_8);
            if (!anchors(to).contains(heading)) {
                fault(from, "leads to " + link + ", which has no such place");
            }
        }
    }

    private Set<String> anchors(Path page) throws IOException {
        Set<String> known = anchors.get(page);
        if (known == null) {
            known = new HashSet<>();
            Matcher tag = TAG.matcher(withoutCode(Files.readString(page)));
            while (tag.find()) {
                Matcher attribute = ATTRIBUTE.matcher(tag.group(2));
                while (attribute.find()) {
                    if (attribute.group(1).equals("id") || attribute.group(1).equals("name")) {
                        known.add(value(attribute).replace("&lt;", "<").replace("&gt;", ">"));
                    }
                }
            }
            anchors.put(page, known);
        }
        return known;
    }

    private void fault(Path from, String what) {
        faults.add(site.relativize(from) + " " + what);
    }
}
