// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ColumnTest {
    /// A name in a table is a part of its line, whatever is in it.
    @Test
    void showsHostileCellsVisibly() {
        assertThat(Column.table(List.of("NAME", "N"), List.of(List.of("a\u001b[2J\nb\u202e", "1"))))
                .isEqualTo("NAME                 N\na\\u001b[2J\\nb\\u202e  1\n");
        assertThat(Column.left("\u009b", 8)).isEqualTo("\\u009b  ");
        assertThat(Column.right("\n", 4)).isEqualTo("  \\n");
    }
}
