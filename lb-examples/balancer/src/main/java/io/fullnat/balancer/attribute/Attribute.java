// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// One attribute of services or of real servers, described once: how files, commands, lists, JSON
/// and pages call it, what values it has, and what it means. All of these are made from it.
/// Immutable and thread-safe.
///
/// @param <T> what has it
/// @param <V> what a value is
public final class Attribute<T, V> {
    private final AttributeBuilder<T, V> said;

    /// Where an attribute stands beside JSON, which has all.
    public enum Shown {
        /// Everywhere, its default too.
        ALWAYS,
        /// Its default only in texts of all that there is to say, not in files, rules and lists.
        IN_FULL,
        /// Only if it differs from its default.
        IF_SET
    }

    /// @param said all of it; not changed any more
    Attribute(AttributeBuilder<T, V> said) {
        this.said = said;
    }

    /// The key in files, and what people call it.
    ///
    /// @return lower case
    public String name() {
        return said.name;
    }

    /// What values it has.
    ///
    /// @return their kind
    public Kind<V> kind() {
        return said.kind;
    }

    /// The value of something.
    ///
    /// @param owner what has it
    /// @return its value, which may be the default
    public V get(T owner) {
        return said.get.apply(owner);
    }

    /// Another value of something.
    ///
    /// @param owner what has it
    /// @param value any
    /// @return a new owner
    public T with(T owner, V value) {
        return said.with.apply(owner, value);
    }

    /// The same with the default.
    ///
    /// @param owner what has it
    /// @return a new owner
    public T reset(T owner) {
        return said.with.apply(owner, said.usual);
    }

    /// Whether something has another value than the default.
    ///
    /// @param owner what has it
    /// @return true if it is to be told
    public boolean isSet(T owner) {
        return !get(owner).equals(said.usual);
    }

    /// Whether files, rules and lists name it.
    ///
    /// @param owner what has it
    /// @return true if it is set, or always to be told
    public boolean isTold(T owner) {
        return said.shown == Shown.ALWAYS || isSet(owner);
    }

    /// Where it stands.
    ///
    /// @return beside JSON, which has all
    public Shown shown() {
        return said.shown;
    }

    /// What an option of a command makes of its owner.
    ///
    /// @param option as typed, for messages
    /// @param words what stands behind it
    /// @return the edit
    /// @throws io.fullnat.api.BalancerException for words that are no value
    public UnaryOperator<T> edit(String option, String words) {
        UnaryOperator<V> edit = said.kind.edit(option, words);
        return owner -> with(owner, edit.apply(get(owner)));
    }

    /// Its value as commands read it, with what is secret: for what is read again.
    ///
    /// @param owner what has it
    /// @return in quotes where needed
    public String words(T owner) {
        return said.kind.words(get(owner));
    }

    /// Its value for everybody's eyes.
    ///
    /// @param owner what has it
    /// @return as [#words], without what is secret
    public String shownWords(T owner) {
        return said.kind.shown(get(owner));
    }

    /// Name and value for people.
    ///
    /// @param owner what has it
    /// @return for example `timeout 300s`
    public String spoken(T owner) {
        return said.name + " " + said.kind.spoken(get(owner));
    }

    /// Name and value as in differences.
    ///
    /// @param owner what has it
    /// @return for example `timeout 300`
    public String told(T owner) {
        return said.name + " " + shownWords(owner);
    }

    /// Name, value before and value after.
    ///
    /// @param before what has it
    /// @param after what has it then
    /// @return for example `timeout 300 -> 60`
    public String told(T before, T after) {
        return told(shownWords(before), after);
    }

    /// Name, what was before, and value after.
    ///
    /// @param before in words
    /// @param after what has it then
    /// @return for example `timeout ? -> 60`
    public String told(String before, T after) {
        return said.name + " " + before + " -> " + shownWords(after);
    }

    /// The letter of its option, in all grammars.
    ///
    /// @return empty if there is none
    public Optional<Character> letter() {
        return said.letter == ' ' ? Optional.empty() : Optional.of(said.letter);
    }

    /// Its option of `ipvsadm`.
    ///
    /// @return without dashes
    public String ipvsadmOption() {
        return said.ipvsadm;
    }

    /// Its word in lists of `ipvsadm`.
    ///
    /// @return without dashes
    public String flag() {
        return said.flag.isEmpty() ? said.ipvsadm : said.flag;
    }

    /// What its option of `ipvsadm` means if no value follows.
    ///
    /// @return empty if one must
    public Optional<String> withoutValue() {
        return said.withoutValue.isEmpty() ? Optional.empty() : Optional.of(said.withoutValue);
    }

    /// Its option of the plain verbs.
    ///
    /// @return with dashes
    public String verbOption() {
        return "--" + said.name;
    }

    /// Its field in the JSON of lists.
    ///
    /// @return in camel case
    public String listingField() {
        return said.listing;
    }

    /// Its field in the models of the API.
    ///
    /// @return as the agent spells such fields
    public String restField() {
        return said.rest;
    }

    /// What a request means that leaves it out.
    ///
    /// @return whether it is kept; else it takes the default
    public boolean isKept() {
        return said.kept;
    }

    /// The title of its column.
    ///
    /// @return empty if it has none
    public Optional<String> column() {
        return said.column.isEmpty() ? Optional.empty() : Optional.of(said.column);
    }

    /// What stands for its value in help of the verbs.
    ///
    /// @return for example `SECONDS`
    public String label() {
        return said.label;
    }

    /// Its part of the usage of `ipvsadm`.
    ///
    /// @return for example `[--refusal reject|drop]`
    public String ipvsadmUsage() {
        String option = letter().map(letter -> "-" + letter).orElse("--" + said.ipvsadm);
        return "[" + option + " " + said.usage + "]";
    }

    /// What `ipvsadm --help` says of it.
    ///
    /// @return a line
    public String ipvsadmHelp() {
        return said.ipvsadmHelp;
    }

    /// What a verb's help says of it.
    ///
    /// @param adds whether the verb adds its owner
    /// @return a sentence
    public String verbHelp(boolean adds) {
        return adds ? said.addHelp : said.editHelp;
    }

    /// What the API's document says of it.
    ///
    /// @param request whether in the model of a request
    /// @return a phrase
    public String modelHelp(boolean request) {
        return request ? said.requestHelp : said.answerHelp;
    }

    /// The cells of its row in docs/configuration.md, behind the key.
    ///
    /// @return type, default, meaning
    public List<String> row() {
        return List.of(said.rowType, said.rowUsual, said.rowMeaning);
    }

    @Override
    public String toString() {
        return said.name;
    }
}
