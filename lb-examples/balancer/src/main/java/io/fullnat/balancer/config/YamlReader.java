// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads YAML 1.2 text. Nothing is ever instantiated from it.
///
/// The parser's events go to a tape. The library's own tree takes some ten kilobytes for each
/// service of a configuration, more than a balancer of 20,000 services has to spare.
final class YamlReader {
    /// The longest value. A path has 4096 bytes at most (Linux' `PATH_MAX`), and no other value of
    /// a configuration is longer.
    static final int MAX_VALUE = 4096;

    /// Values, lists and mappings, in all: those of twice as many services as the text has room
    /// for.
    private static final int MAX_NODES = 8_000_000;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 50;
    private static final int BUFFER = 1 << 14;

    private final MeteredText text;
    private final Parser parser;
    private final ScalarResolver resolver;
    private final Problems problems;
    private final YamlTape tape = new YamlTape();
    private final Map<String, Integer> plainWords = new HashMap<>();
    private final Map<String, Integer> quotedWords = new HashMap<>();
    private final Map<Anchor, Integer> anchors = new HashMap<>();
    private int aliases;
    private int nodes;
    private int lastLine;

    private YamlReader(LoadSettings settings, List<String> yaml, Problems problems) {
        text = new MeteredText(yaml);
        parser = new ParserImpl(settings, new StreamReader(settings, text));
        resolver = settings.getSchema().getScalarResolver();
        this.problems = problems;
    }

    /// Reads one document.
    ///
    /// @param yaml the text, in pieces
    /// @param lines whether nodes and problems get to know their line; costs as much again
    /// @param problems gets the syntax error, if there is one
    /// @return the root, empty if the text is empty or broken
    static Optional<YamlNode> parse(List<String> yaml, boolean lines, Problems problems) {
        LoadSettings settings =
                LoadSettings.builder()
                        .setCodePointLimit(Integer.MAX_VALUE) // the file has a limit
                        .setBufferSize(BUFFER)
                        .setUseMarks(lines)
                        .build();
        YamlReader reader = new YamlReader(settings, yaml, problems);
        try {
            return reader.root();
        } catch (UnreadableException e) {
            problems.add(Math.max(1, reader.lastLine), String.valueOf(e.getMessage()));
        } catch (MarkedYamlEngineException e) {
            problems.add(e.getProblemMark().map(Mark::getLine).orElse(0) + 1, syntax(e));
        } catch (ReaderException e) {
            problems.add(
                    Math.max(1, reader.lastLine),
                    "not YAML: the character U+%04X may not stand in a file"
                            .formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            problems.add(
                    Math.max(1, reader.lastLine),
                    "not YAML: " + oneLine(String.valueOf(e.getMessage())));
        }
        return Optional.empty();
    }

    private static String syntax(MarkedYamlEngineException e) {
        String context = e.getContext() == null ? "" : e.getContext() + ", ";
        String problem = e.getProblem();
        String remedy =
                problem != null && problem.endsWith("found ':'")
                        ? "; text that begins with a colon stands in quotes, as in \"::/0\""
                        : "";
        return oneLine("not YAML: " + context + (problem == null ? "damaged" : problem) + remedy);
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\s+", " ");
    }

    private Event next() {
        Event event = parser.next();
        text.advance();
        lastLine = line(event);
        return event;
    }

    private Optional<YamlNode> root() {
        next(); // the stream's start
        if (parser.checkEvent(Event.ID.StreamEnd)) {
            return Optional.empty();
        }
        next(); // the document's start
        Optional<YamlNode> root = Optional.of(tape.node(node(0)));
        next(); // the document's end
        if (!parser.checkEvent(Event.ID.StreamEnd)) {
            problems.add(line(next()), "not YAML: there is a second document");
        }
        return root;
    }

    /// Appends the next node.
    ///
    /// @return where it is on the tape
    private int node(int depth) {
        Event event = next();
        int line = line(event);
        if (++nodes > MAX_NODES) {
            throw problems.endWith("more than " + MAX_NODES + " keys, values and lists");
        }
        if (event instanceof AliasEvent alias) {
            return aliased(alias, line);
        }
        if (depth > MAX_DEPTH) {
            throw new UnreadableException("nested deeper than " + MAX_DEPTH + " levels");
        }
        int node =
                switch (event) {
                    case ScalarEvent scalar -> tape.text(line, word(scalar));
                    case SequenceStartEvent ignored -> items(depth, line);
                    case MappingStartEvent ignored -> entries(depth, line);
                    default -> throw new YamlEngineException("unexpected " + event.getEventId());
                };
        ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
        return node;
    }

    private int aliased(AliasEvent alias, int line) {
        Integer node = anchors.get(alias.getAlias());
        if (node == null) {
            problems.add(line, "not YAML: there is no anchor &" + alias.getAlias());
            return tape.text(line, tape.add(new YamlTape.Word("", Tag.NULL)));
        }
        if (tape.isText(node)) {
            return tape.text(line, tape.word(node));
        }
        if (++aliases > MAX_ALIASES) {
            throw new UnreadableException("more than " + MAX_ALIASES + " aliases (*...) of lists");
        }
        return tape.sameAs(line, node);
    }

    private int items(int depth, int line) {
        int node = tape.items(line);
        int size = 0;
        for (; !parser.checkEvent(Event.ID.SequenceEnd); size++) {
            node(depth + 1);
        }
        next();
        tape.close(node, size);
        return node;
    }

    private int entries(int depth, int line) {
        int node = tape.entries(line);
        int size = 0;
        for (; !parser.checkEvent(Event.ID.MappingEnd); size++) {
            node(depth + 1);
            node(depth + 1);
        }
        next();
        tape.close(node, size);
        return node;
    }

    /// The number of a scalar's word. Equal texts are one word, and resolved once.
    private int word(ScalarEvent scalar) {
        String value = scalar.getValue();
        if (value.length() > MAX_VALUE) {
            throw new UnreadableException(
                    "a value of "
                            + value.length()
                            + " characters is longer than "
                            + MAX_VALUE
                            + "; it begins with \""
                            + value.substring(0, 20)
                            + "\"");
        }
        Optional<String> tag = scalar.getTag().filter(name -> !name.equals("!"));
        if (tag.isPresent()) {
            return tape.add(new YamlTape.Word(value, new Tag(tag.get())));
        }
        boolean plain = scalar.getImplicit().canOmitTagInPlainScalar();
        Map<String, Integer> known = plain ? plainWords : quotedWords;
        Integer number = known.get(value);
        if (number == null) {
            number = tape.add(new YamlTape.Word(value, plain ? resolved(value) : Tag.STR));
            known.put(value, number);
        }
        return number;
    }

    /// No number, truth value or null has a colon or two dots in it (YAML 1.2.2 §10.3.2): an
    /// address is seen to be text without the resolver's regular expressions.
    private Tag resolved(String value) {
        boolean text = value.indexOf(':') >= 0 || value.indexOf('.') != value.lastIndexOf('.');
        return text ? Tag.STR : resolver.resolve(value, true);
    }

    private static int line(Event event) {
        return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }
}
