// SPDX-License-Identifier: Apache-2.0
// Asks for the listener's token until one is let in. It stays in this tab's session.
import * as api from './api.js';
import { byId, h } from './dom.js';

/** Comes back once the balancer answers. */
export async function askForToken() {
  let wrong = api.hasToken() ? await refusal() : ' ';
  while (wrong) {
    api.remember('');
    await enter(wrong.trim());
    wrong = await refusal();
  }
}

/** Why the token is not let in; empty if it is. */
async function refusal() {
  try {
    await api.get('v2/overview/words');
    return '';
  } catch (failure) {
    if (failure.status !== 401) {
      throw failure;
    }
    return failure.message;
  }
}

function enter(wrong) {
  return new Promise((resolve) => {
    const input = h('input', { id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'token-wrong' });
    const form = h('form', { class: 'door', novalidate: true, onsubmit: submit },
      h('h2', {}, 'This balancer asks for a token'),
      h('p', {}, 'It is in the file that its configuration names under api.tcp, key token-file. It is kept in this tab until you close it.'),
      h('p', { class: 'field' }, h('label', { for: 'token' }, 'Token'), input),
      h('p', { class: 'wrong', id: 'token-wrong', role: 'alert' }, wrong ? `Not let in: ${wrong}.` : ''),
      h('p', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, 'Go on')));
    function submit(event) {
      event.preventDefault();
      const secret = input.value.trim();
      if (/^[\x21-\x7e]+$/.test(secret)) {
        api.remember(secret);
        form.remove();
        resolve();
      } else {
        form.querySelector('.wrong').textContent = 'A token has visible ASCII characters only.';
        input.focus();
      }
    }
    byId('main').replaceChildren(form);
    input.focus();
  });
}
