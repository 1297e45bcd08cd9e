package io.fullnat.balancer.config;

import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// YAML 1.2 text as a tree of nodes that know their line. Nothing is ever instantiated from it.
final class YamlTree {
    private YamlTree() {}

    /// Reads one document.
    ///
    /// @param label the file's name, for messages
    /// @param yaml the text
    /// @param problems gets the syntax error, if there is one
    /// @return the root, empty if the text is empty or broken
    static Optional<Node> parse(String label, String yaml, Problems problems) {
        LoadSettings settings =
                LoadSettings.builder().setLabel(label).setAllowNonScalarKeys(true).build();
        try {
            StreamReader reader = new StreamReader(settings, yaml);
            return new Composer(settings, new ParserImpl(settings, reader)).getSingleNode();
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark().map(Mark::getLine).orElse(0) + 1, syntax(e));
        } catch (YamlEngineException e) {
            problems.add(1, "not YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    private static String syntax(MarkedYamlEngineException e) {
        String context = e.getContext() == null ? "" : e.getContext() + ", ";
        return ("not YAML: " + context + e.getProblem()).replaceAll("\\s+", " ");
    }

    /// Where a node starts.
    ///
    /// @return from 1
    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    /// Whether a key was given no value at all.
    static boolean isNull(Node node) {
        return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
    }

    /// What a node is, in the words of a message.
    ///
    /// @return for example `a list`
    static String kind(Node node) {
        return switch (node) {
            case MappingNode ignored -> "a mapping";
            case SequenceNode ignored -> "a list";
            case ScalarNode scalar when isNull(scalar) -> "empty";
            case ScalarNode scalar when scalar.getTag().equals(Tag.STR) ->
                    "the text \"" + scalar.getValue() + "\"";
            case ScalarNode scalar -> scalar.getValue();
            default -> "an alias";
        };
    }
}
