// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What the installed package says that it needs, and what its programs ask the loader for.
final class PackageNeeds {
    static final String RUNTIME = "/usr/lib/fullnat/runtime";

    private static final Pattern NAME = Pattern.compile("^[a-z0-9][a-z0-9+.-]*");
    private static final Pattern NEEDED = Pattern.compile("NEEDED +(\\S+)");
    private static final Pattern GLIBC = Pattern.compile("GLIBC_2\\.(\\d+)");
    private static final Pattern MAPPED = Pattern.compile("/\\S+/([^/\\s]+\\.so[^/\\s]*)$");

    private final CleanRoot root;

    PackageNeeds(CleanRoot root) {
        this.root = root;
    }

    /// The packages that are named, each alternative.
    Set<String> named() throws IOException, InterruptedException {
        return names(root.run("dpkg-query -W -f '${Depends}' fullnat"));
    }

    private static Set<String> names(String depends) {
        Set<String> names = new TreeSet<>();
        for (String each : depends.split("[,|]", -1)) {
            Matcher name = NAME.matcher(each.strip());
            if (name.find()) {
                names.add(name.group());
            }
        }
        return names;
    }

    private String headers() throws IOException, InterruptedException {
        return root.run(
                "find %s -type f -exec objdump -p {} + 2>/dev/null || true".formatted(RUNTIME));
    }

    /// Libraries of others that the runtime's are linked with.
    Set<String> linked() throws IOException, InterruptedException {
        Set<String> libraries = new TreeSet<>();
        NEEDED.matcher(headers()).results().forEach(found -> libraries.add(found.group(1)));
        String own = root.run("find " + RUNTIME + " -name '*.so*' -printf '%f\\n'");
        libraries.removeAll(Arrays.asList(own.split("\n", -1)));
        return libraries;
    }

    /// The newest version of the C library, 2.N, of which something is asked for.
    int newestGlibc() throws IOException, InterruptedException {
        return GLIBC.matcher(headers())
                .results()
                .mapToInt(found -> Integer.parseInt(found.group(1)))
                .max()
                .orElseThrow();
    }

    /// Libraries of others that a process has loaded.
    Set<String> loaded(long pid) throws IOException, InterruptedException {
        Set<String> libraries = new TreeSet<>();
        for (String line : root.run("cat /proc/" + pid + "/maps").lines().toList()) {
            Matcher mapped = MAPPED.matcher(line);
            if (!line.contains(RUNTIME) && mapped.find()) {
                libraries.add(mapped.group(1));
            }
        }
        return libraries;
    }

    /// The packages that bring libraries. All are asked for at once, as each answer costs a reading
    /// of all that is installed.
    Set<String> of(Set<String> libraries) throws IOException, InterruptedException {
        String asked = libraries.stream().collect(Collectors.joining("' '*/", "'*/", "'"));
        List<String> found = root.run("dpkg -S " + asked).lines().toList();
        Set<String> packages = new TreeSet<>();
        for (String library : libraries) {
            String first =
                    found.stream()
                            .filter(line -> line.endsWith("/" + library))
                            .findFirst()
                            .orElseThrow();
            packages.add(first.substring(0, first.indexOf(':')));
        }
        return packages;
    }
}
