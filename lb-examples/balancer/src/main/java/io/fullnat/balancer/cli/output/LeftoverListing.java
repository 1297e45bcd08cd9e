// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.AttributeJson;
import io.fullnat.balancer.attribute.LeftoverAttributes;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;

/// What becomes of packets that nothing explains, as a table or as JSON.
public record LeftoverListing(boolean json) implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        LeftoverPolicy policy = operations.control().desired().leftovers();
        if (json) {
            ObjectNode node = ListingJson.object();
            AttributeJson.write(LeftoverAttributes.ALL, policy, node, AttributeJson.Names.LISTING);
            out.println(ListingJson.text(node, true));
            return;
        }
        out.printf("%-18s %9s %9s%n", "NAME", "VALUE", "DEFAULT");
        for (Attribute<LeftoverPolicy, ?> part : LeftoverAttributes.ALL) {
            out.printf(
                    "%-18s %9s %9s%n",
                    part.name(), part.shownWords(policy), part.shownWords(LeftoverPolicy.DEFAULT));
        }
    }
}
