// SPDX-License-Identifier: Apache-2.0
// What stands around the views: how the balancer is, how old the figures are, what lasts that should not.
import { attribute, byId, h, text } from './dom.js';
import { clock, count, duration, plain, words as spoken } from './format.js';
import { ofBalancer } from './health.js';

const OLD = 7000;
const MOST_SHOWN = 8;

export class Frame {
  #last = 0;
  #reason = '';
  #paused = false;
  #notices = { stale: null, wrong: null, restarted: null };
  #conditions = '';

  constructor() {
    setInterval(() => this.#age(), 1000);
  }

  /** An answer came. */
  update(answer, words) {
    const [tone, word] = ofBalancer(answer.status);
    attribute(byId('state'), 'data-tone', tone);
    text(byId('state-word'), word);
    text(byId('facts'), `${answer.version} · up ${duration((answer.time - answer.startedAt) / 1000)} · revision ${count(answer.revision)}`);
    this.#show(answer.conditions, words);
  }

  /** All that is shown is new. */
  fresh() {
    this.#last = Date.now();
    this.#reason = '';
    this.#paused = false;
    this.#age();
  }

  failed(failure) {
    this.#reason = failure.message;
    this.#age();
  }

  pause(paused) {
    this.#paused = paused;
    this.#age();
  }

  wrong(message) {
    this.#notice('wrong', message);
  }

  restarted(answer) {
    this.#notice('restarted', `The balancer was started anew at ${clock(answer.startedAt)}; its counters began again.`);
    setTimeout(() => this.#notice('restarted', ''), 60000);
  }

  #age() {
    const age = Date.now() - this.#last;
    const old = this.#reason !== '' || this.#paused || age > OLD;
    const since = this.#last === 0 ? '' : ` What is shown is of ${clock(this.#last)}, ${duration(age / 1000)} ago.`;
    document.body.classList.toggle('stale', old && (this.#last > 0 || this.#reason !== ''));
    if (this.#paused) {
      this.#notice('stale', `Paused.${since}`);
    } else if (old && (this.#last > 0 || this.#reason)) {
      const reason = this.#reason || 'no new figures';
      this.#notice('stale', `${reason[0].toUpperCase()}${reason.slice(1)}.${since}`);
      if (this.#reason) {
        attribute(byId('state'), 'data-tone', 'off');
        text(byId('state-word'), 'no answer');
      }
    } else {
      this.#notice('stale', '');
    }
  }

  #notice(name, message) {
    const there = this.#notices[name];
    if (!message) {
      there?.remove();
      this.#notices[name] = null;
    } else if (there) {
      text(there, message);
    } else {
      // Said once, as it appears; what it counts afterwards is not.
      this.#notices[name] = h('p', { class: 'notice', 'data-tone': name === 'restarted' ? 'off' : 'warn', role: name === 'stale' ? null : 'alert' }, message);
      byId('notices').append(this.#notices[name]);
    }
  }

  #show(conditions, words) {
    const section = byId('conditions');
    section.hidden = conditions.length === 0;
    const now = conditions.map((each) => `${each.condition} ${each.subject} ${each.detail}`).join('\n');
    if (now !== this.#conditions) {
      this.#conditions = now;
      const more = conditions.length - MOST_SHOWN;
      section.replaceChildren(
        h('h2', { class: 'hidden' }, 'Conditions that last'),
        h('ul', {}, ...conditions.slice(0, MOST_SHOWN).map((each) => this.#condition(each, words))),
        more > 0 ? h('p', { class: 'more' }, `and ${count(more)} more, by fullnat health`) : '');
    }
    section.querySelectorAll('.age').forEach((age, place) => text(age, `for ${duration(conditions[place].seconds)}`));
  }

  #condition(each, words) {
    return h('li', {},
      h('span', { class: 'mark', 'data-tone': 'warn' }, h('span', { class: 'shape', 'aria-hidden': 'true' }), h('strong', {}, spoken(each.condition))),
      ' ', h('span', { class: 'subject' }, each.subject), ' ', h('span', { class: 'age' }),
      h('span', { class: 'second' }, each.detail),
      h('span', { class: 'second remedy' }, `What helps: ${plain(words.conditions[each.condition]?.remedy ?? 'see the manual')}.`));
  }
}
