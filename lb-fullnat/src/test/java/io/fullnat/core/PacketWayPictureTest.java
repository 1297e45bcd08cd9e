// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The stages in the drawing of a packet's way are classes, in the order of docs/architecture.md.
class PacketWayPictureTest {
    private static final Path DOCS = Path.of("../docs");
    private static final Pattern STAGE =
            Pattern.compile("\\b(?:[A-Z]\\w*Input|SessionStart|NoSession|Forwarder)\\b");

    private static List<String> stages(String text) {
        return STAGE.matcher(text).results().map(MatchResult::group).distinct().toList();
    }

    @Test
    void itsStagesAreThoseOfThePage() throws IOException {
        String picture = Files.readString(DOCS.resolve("images/packet-way.svg"));
        String drawn = picture.substring(picture.indexOf("</style>"));
        String page = Files.readString(DOCS.resolve("architecture.md"));
        String said = page.substring(page.indexOf("EthernetInput → "));
        said = said.substring(0, said.indexOf("```"));

        assertThat(stages(drawn)).contains("EthernetInput", "NoSession");
        assertThat(stages(said)).containsAll(stages(drawn));
        for (String stage : stages(drawn)) {
            assertThat(Path.of("src/main/java/io/fullnat/core/path", stage + ".java")).exists();
        }
    }
}
