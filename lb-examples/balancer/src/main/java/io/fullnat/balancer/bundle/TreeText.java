// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.balancer.doctor.Inquiry;
import java.io.IOException;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// JSON and YAML read, freed of secrets by the names of keys, and written again. What cannot be
/// read is left out: nobody knows what is in it.
final class TreeText {
    private static final JsonMapper JSON = new JsonMapper();

    private TreeText() {}

    /// One object whose one field is a list: as many items as there is room for.
    ///
    /// @param most characters
    static Part list(String name, Inquiry.Answer answer, int most) {
        StringWriter text = new StringWriter();
        String trouble = answer.failure();
        try (JsonParser parser = JSON.createParser(answer.text())) {
            JsonToken token = parser.nextToken();
            while (token != null && token != JsonToken.START_ARRAY) {
                if (token == JsonToken.FIELD_NAME) {
                    text.append("{\"").append(parser.currentName()).append("\": [");
                }
                token = parser.nextToken();
            }
            int count = 0;
            while (token != null && parser.nextToken() == JsonToken.START_OBJECT) {
                String item =
                        JSON.writeValueAsString(SafeTree.of(parser.readValueAs(Object.class)));
                if (text.getBuffer().length() + item.length() > most) {
                    trouble = "cut after " + count + " items";
                    break;
                }
                text.append(count++ == 0 ? "\n" : ",\n").append(item);
            }
        } catch (IOException cut) {
            trouble = trouble.isEmpty() ? "the answer is not whole" : trouble;
        }
        return new Part(name, text.getBuffer().isEmpty() ? "" : text + "\n]}\n", trouble);
    }

    /// A whole document.
    static Part json(String name, Inquiry.Answer answer) {
        if (!answer.isWhole()) {
            return new Part(name, "", answer.failure());
        }
        try {
            Object tree = SafeTree.of(JSON.readValue(answer.text(), Object.class));
            StringWriter text = new StringWriter();
            try (JsonGenerator generator = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
                JSON.writeValue(generator, tree);
            }
            return Part.of(name, text + "\n");
        } catch (IOException e) {
            return new Part(name, "", "it is no JSON");
        }
    }

    /// A configuration as a tree.
    ///
    /// @throws YamlEngineException if it is no YAML
    static @Nullable Object tree(String yaml) {
        LoadSettings settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        return new Load(settings).loadFromString(yaml);
    }

    /// A configuration that is known to have no key that is not known.
    static Part yaml(String name, String text) {
        try {
            Object tree = SafeTree.of(tree(text));
            return Part.of(
                    name,
                    new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build())
                            .dumpToString(tree));
        } catch (YamlEngineException e) {
            return new Part(name, "", "it is no YAML");
        }
    }
}
