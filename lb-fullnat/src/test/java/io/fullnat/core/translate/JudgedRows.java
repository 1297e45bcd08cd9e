// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.core.translate.FamilyPacket.Ends;
import java.io.IOException;
import java.util.HexFormat;

/// The packets of the fixture page for another translator, which knows of no ports: a line each,
/// the row's title and the packet. `judge` sends them through it and writes what becomes of them.
final class JudgedRows {
    /// A stateless translator leaves ports as they are.
    static final Ends SAME_PORTS = new Ends(40_000, 8080, 40_000, 8080);

    private JudgedRows() {}

    /// The packet of a row. Errors of routers come from the end of the connection instead: the
    /// other translator has no address for a router.
    static byte[] packet(FamilyFixtureTest.Row row) {
        String text = row.in().replace("from=router ", "");
        return FamilyPacket.bytes(text, text.startsWith("6"), SAME_PORTS);
    }

    public static void main(String... arguments) throws IOException {
        for (FamilyFixtureTest.Row row : FamilyFixtureTest.read("rfc7915.txt")) {
            System.out.println(row.title() + "\t" + HexFormat.of().formatHex(packet(row)));
        }
    }
}
