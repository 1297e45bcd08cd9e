// SPDX-License-Identifier: Apache-2.0
// Elements. What balancers, servers and people say becomes text, never markup: nothing here takes HTML.

/** Makes an element. Attributes that are functions are listeners, as onclick; null and false leave one out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets an element's text, and touches nothing if it is there already. */
export function text(element, value) {
  const words = String(value);
  if (element.textContent !== words) {
    element.textContent = words;
  }
}

/** Sets or removes an attribute, and touches nothing if it is so already. */
export function attribute(element, name, value) {
  if (value === null || value === false) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

export const byId = (id) => document.getElementById(id);

/** Says something to who does not see it, and shows it for a while. */
export function say(words) {
  const said = byId('said');
  said.textContent = words;
  said.classList.add('shown');
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.classList.remove('shown'), 6000);
}

/** A word with a shape and a colour: either is enough to tell it apart. */
export function mark() {
  const word = h('span', { class: 'word' });
  const element = h('span', { class: 'mark' }, h('span', { class: 'shape', 'aria-hidden': 'true' }), word);
  return { element, set: (tone, words) => { attribute(element, 'data-tone', tone); text(word, words); } };
}

/** How much of something is used: a bar beside its number. */
export function gauge() {
  const bar = document.createElement('meter');
  const word = h('span', { class: 'word' });
  bar.min = 0;
  bar.max = 100;
  bar.setAttribute('aria-hidden', 'true');
  return {
    element: h('span', { class: 'gauge' }, bar, word),
    set: (percent, words, warn = 80) => {
      bar.value = Math.max(0, Math.min(100, percent));
      attribute(bar, 'data-tone', percent >= 95 ? 'bad' : percent >= warn ? 'warn' : 'good');
      text(word, words);
    },
  };
}
