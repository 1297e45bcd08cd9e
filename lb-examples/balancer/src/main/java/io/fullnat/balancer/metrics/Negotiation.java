// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Chooses by what a client says that it takes (RFC 9110 §12.5).
final class Negotiation {
    private static final Pattern QUALITY =
            Pattern.compile("q=(0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?)");
    private static final Pattern VERSION = Pattern.compile("version=\"?([0-9.]+)\"?");
    private static final List<String> OPEN_METRICS_VERSIONS = List.of("1.0.0", "0.0.1");
    private static final List<String> TEXT_VERSIONS = List.of("0.0.4");

    private Negotiation() {}

    /// One element of such a header.
    ///
    /// @param value in front of the parameters, in lower case
    /// @param version empty if it is not said
    /// @param quality 0 to 1
    private record Element(String value, String version, double quality) {}

    private static Stream<Element> elements(String header) {
        return Stream.of(header.toLowerCase(Locale.ROOT).split(",", -1)).map(Negotiation::element);
    }

    private static Element element(String text) {
        String version = "";
        double quality = 1;
        List<String> parts = List.of(text.split(";", -1));
        for (String part : parts.subList(1, parts.size())) {
            Matcher says = QUALITY.matcher(part.strip());
            Matcher names = VERSION.matcher(part.strip());
            if (says.matches()) {
                quality = Double.parseDouble(says.group(1));
            } else if (names.matches()) {
                version = names.group(1);
            }
        }
        return new Element(parts.getFirst().strip(), version, quality);
    }

    /// The format for a client: OpenMetrics if it names it and wants nothing else more, else text,
    /// which everybody can read.
    ///
    /// @param accept the header, empty if it is missing
    static Format format(String accept) {
        double open =
                elements(accept)
                        .filter(element -> element.value.equals("application/openmetrics-text"))
                        .filter(element -> isOf(element, OPEN_METRICS_VERSIONS))
                        .mapToDouble(Element::quality)
                        .max()
                        .orElse(0);
        double text =
                elements(accept)
                        .filter(element -> element.value.equals("text/plain"))
                        .filter(element -> isOf(element, TEXT_VERSIONS))
                        .mapToDouble(Element::quality)
                        .max()
                        .orElse(0);
        return open > 0 && open >= text ? Format.OPEN_METRICS : Format.TEXT;
    }

    private static boolean isOf(Element element, List<String> versions) {
        return element.version.isEmpty() || versions.contains(element.version);
    }

    /// Whether a client takes a body that is compressed by gzip.
    ///
    /// @param acceptEncoding the header, empty if it is missing
    static boolean gzip(String acceptEncoding) {
        List<Element> all = elements(acceptEncoding).toList();
        return all.stream()
                .filter(element -> element.value.equals("gzip"))
                .findFirst()
                .or(() -> all.stream().filter(each -> each.value.equals("*")).findFirst())
                .filter(element -> element.quality > 0)
                .isPresent();
    }
}
