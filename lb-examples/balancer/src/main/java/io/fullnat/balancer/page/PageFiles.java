// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// The files of the page, as they are on the class path: its own, and those of the library that
/// draws charts.
public final class PageFiles {
    /// Below it everything is but the page itself.
    public static final String FOLDER = "/page/";

    private static final List<String> OWN =
            List.of(
                    "app.css",
                    "parts.css",
                    "icon.svg",
                    "actions.js",
                    "addresses.js",
                    "api.js",
                    "app.js",
                    "charts.js",
                    "connections.js",
                    "dialog.js",
                    "dom.js",
                    "events.js",
                    "format.js",
                    "frame.js",
                    "health.js",
                    "keys.js",
                    "listing.js",
                    "machine.js",
                    "outcomes.js",
                    "rates.js",
                    "servers.js",
                    "services.js",
                    "sets.js",
                    "summary.js",
                    "table.js",
                    "theme.js",
                    "token.js");

    private static final String LIBRARY = "META-INF/resources/webjars/uplot/";
    private static final String ABOUT_LIBRARY =
            "META-INF/maven/org.webjars.npm/uplot/pom.properties";

    private PageFiles() {}

    /// Reads all of them.
    ///
    /// @return in no order that matters
    /// @throws IllegalStateException if one is missing: what was built is incomplete
    public static List<PageFile> read() {
        List<PageFile> files = new ArrayList<>();
        files.add(new PageFile("/", type("index.html"), own("index.html")));
        for (String name : OWN) {
            files.add(new PageFile(FOLDER + name, type(name), own(name)));
        }
        String library = LIBRARY + version() + "/dist/";
        files.add(file("uplot.js", library + "uPlot.iife.min.js"));
        files.add(file("uplot.css", library + "uPlot.min.css"));
        return files;
    }

    private static PageFile file(String name, String resource) {
        return new PageFile(FOLDER + name, type(name), fromClassPath(resource));
    }

    private static String version() {
        Properties properties = new Properties();
        try {
            properties.load(
                    new StringReader(
                            new String(fromClassPath(ABOUT_LIBRARY), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static byte[] own(String name) {
        return read(name, PageFiles.class.getResourceAsStream(name));
    }

    private static byte[] fromClassPath(String name) {
        return read(name, PageFiles.class.getClassLoader().getResourceAsStream(name));
    }

    private static byte[] read(String name, @Nullable InputStream found) {
        try (InputStream in = found) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalStateException("no type of " + name);
        };
    }
}
