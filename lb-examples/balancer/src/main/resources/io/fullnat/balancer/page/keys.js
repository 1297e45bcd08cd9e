// SPDX-License-Identifier: Apache-2.0
// What keys do, beside what they do in every page.
import { show } from './dialog.js';
import { byId, h } from './dom.js';

const LIST = [
  ['/', 'search'],
  ['Esc', 'empty the search, close a dialog'],
  ['1 – 8', 'the views, from left to right'],
  ['Tab, Enter', 'go on, open'],
  ['?', 'this list'],
];

function help() {
  show('Keys', h('dl', { class: 'keys' }, ...LIST.flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])));
}

/** @param search finds the search of the view; views their names in order */
export function begin(search, views) {
  byId('keys').addEventListener('click', help);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]')) {
      return;
    }
    const field = search();
    if (event.key === 'Escape' && field && document.activeElement === field) {
      field.value = '';
      field.dispatchEvent(new Event('input'));
      field.blur();
      return;
    }
    if (event.target.closest('input, select, textarea')) {
      return;
    }
    if (event.key === '/' && field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === '?') {
      help();
    } else if (/^[1-9]$/.test(event.key) && views[+event.key - 1]) {
      location.hash = views[+event.key - 1];
    }
  });
}
