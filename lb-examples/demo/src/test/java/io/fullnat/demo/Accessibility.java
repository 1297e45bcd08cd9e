// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// What axe-core finds wrong with a page for those who cannot see it, see it poorly, or have no
/// mouse: violations of WCAG 2.2, levels A and AA, contrast among them.
final class Accessibility {
    private static final String RUN =
            """
            const done = arguments[arguments.length - 1];
            axe.run(document, {
              runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
              resultTypes: ['violations'],
            }).then(
              (found) => done(found.violations.map((each) => `${each.impact} ${each.id}: ${each.nodes
                .map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`).join('\\n')),
              (wrong) => done(String(wrong)));
            """;

    private Accessibility() {}

    /// Looks at what is shown now.
    ///
    /// @return violations, a line each; empty if there are none
    static String violations(Chromium browser) {
        browser.script(axe());
        return String.valueOf(browser.later(RUN));
    }

    private static String axe() {
        try (InputStream in = Accessibility.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
