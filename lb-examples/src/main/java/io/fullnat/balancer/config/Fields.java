package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// One mapping of the file with the keys that it may have. Whatever does not fit goes to the
/// problems with its line; a value that could not be read is then simply absent, so that reading
/// goes on and finds the next one. For one thread.
final class Fields {
    private final Problems problems;
    private final String path;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();

    private Fields(Problems problems, String path, int line) {
        this.problems = problems;
        this.path = path;
        this.line = line;
    }

    /// Opens a mapping.
    ///
    /// @param node what stands in the file
    /// @param path where that is, for messages; empty for the whole file
    /// @param known the keys it may have
    /// @return empty if it is no mapping at all
    static Optional<Fields> of(Node node, String path, Problems problems, List<String> known) {
        if (!(node instanceof MappingNode mapping)) {
            problems.add(
                    YamlTree.line(node),
                    (path.isEmpty() ? "the file" : path)
                            + " is "
                            + YamlTree.kind(node)
                            + ", not a mapping with the keys "
                            + String.join(", ", known));
            return Optional.empty();
        }
        Fields fields = new Fields(problems, path, YamlTree.line(node));
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            fields.take(tuple, known, seen);
        }
        return Optional.of(fields);
    }

    private void take(NodeTuple tuple, List<String> known, Map<String, Integer> seen) {
        int keyLine = YamlTree.line(tuple.getKeyNode());
        if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
            problems.add(keyLine, prefix() + "a key is " + YamlTree.kind(tuple.getKeyNode()));
            return;
        }
        String key = keyNode.getValue();
        Integer first = seen.putIfAbsent(key, keyLine);
        if (first != null) {
            problems.add(
                    keyLine,
                    prefix() + "key \"" + key + "\" is there twice, first in line " + first);
        } else if (!known.contains(key)) {
            problems.add(
                    keyLine,
                    prefix()
                            + "unknown key \""
                            + key
                            + "\""
                            + Spelling.nearest(key, known)
                                    .map(n -> ", did you mean \"" + n + "\"?")
                                    .orElse("; known keys: " + String.join(", ", known)));
        } else {
            values.put(key, tuple.getValueNode());
        }
    }

    /// Notes a problem of a key's value.
    void problem(String key, String message) {
        Node node = values.get(key);
        problems.add(node == null ? line : YamlTree.line(node), path(key) + ": " + message);
    }

    /// A value that must be there.
    <T> Optional<T> required(String key, Scalar<T> type) {
        if (!values.containsKey(key)) {
            missing(key);
            return Optional.empty();
        }
        return optional(key, type);
    }

    /// A value that may be left out.
    <T> Optional<T> optional(String key, Scalar<T> type) {
        Node node = values.get(key);
        return node == null ? Optional.empty() : read(node, path(key), type);
    }

    /// A list of scalars; empty if it is left out.
    <T> List<T> scalars(String key, Scalar<T> type) {
        return items(key, (node, itemPath) -> read(node, itemPath, type));
    }

    /// A list of mappings; empty if it is left out.
    ///
    /// @param known the keys of each
    /// @param reader makes one element, empty if it has a problem
    <T> List<T> mappings(String key, List<String> known, Reader<T> reader) {
        return items(
                key, (node, itemPath) -> of(node, itemPath, problems, known).flatMap(reader::read));
    }

    /// One mapping; empty if it is left out.
    Optional<Fields> mapping(String key, List<String> known) {
        Node node = values.get(key);
        return node == null ? Optional.empty() : of(node, path(key), problems, known);
    }

    /// Notes that a key is missing.
    void missing(String key) {
        problems.add(line, prefix() + "key \"" + key + "\" is missing");
    }

    /// The length of a list, elements with problems included.
    ///
    /// @return 0 if the key is absent or no list
    int size(String key) {
        return values.get(key) instanceof SequenceNode sequence ? sequence.getValue().size() : 0;
    }

    /// Whether a key was given, readable or not.
    boolean has(String key) {
        return values.containsKey(key);
    }

    private <T> List<T> items(String key, BiFunction<Node, String, Optional<T>> item) {
        Node node = values.get(key);
        if (node == null) {
            return List.of();
        }
        if (!(node instanceof SequenceNode sequence)) {
            problems.add(
                    YamlTree.line(node),
                    path(key) + " is " + YamlTree.kind(node) + ", not a list (\"- ...\")");
            return List.of();
        }
        List<T> items = new ArrayList<>();
        int index = 0;
        for (Node element : sequence.getValue()) {
            item.apply(element, path(key) + "[" + index++ + "]").ifPresent(items::add);
        }
        return items;
    }

    private <T> Optional<T> read(Node node, String where, Scalar<T> type) {
        if (!(node instanceof ScalarNode scalar) || YamlTree.isNull(node)) {
            problems.add(
                    YamlTree.line(node), where + " is " + YamlTree.kind(node) + ", not one value");
            return Optional.empty();
        }
        try {
            return Optional.of(type.read(scalar));
        } catch (BalancerException e) {
            problems.add(YamlTree.line(node), where + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private String prefix() {
        return path.isEmpty() ? "" : path + ": ";
    }

    /// Makes one element of a list of mappings.
    ///
    /// @param <T> what it becomes
    @FunctionalInterface
    interface Reader<T> {
        /// Reads the element.
        ///
        /// @return empty if it has a problem, which is noted then
        Optional<T> read(Fields fields);
    }
}
