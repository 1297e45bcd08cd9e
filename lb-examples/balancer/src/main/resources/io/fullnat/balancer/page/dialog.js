// SPDX-License-Identifier: Apache-2.0
// Questions before something is changed. The browser's own dialog keeps the focus in it, closes on Esc, and gives the
// focus back.
import { h } from './dom.js';

let number = 0;

/**
 * Asks, and does it.
 *
 * @param title what would be done; lines what comes of it; field an input, or null; action the button's word; run does
 *   it, and throws what is said then
 */
export function ask({ title, lines, field = null, action, tone = 'plain', run }) {
  const id = `dialog-${++number}`;
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const go = h('button', { type: 'submit', class: tone === 'bad' ? 'danger' : 'primary' }, action);
  const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const form = h('form', { novalidate: true, onsubmit: submit },
    h('h2', { id }, title),
    ...lines.map((line) => h('p', {}, line)),
    field?.element,
    wrong,
    h('p', { class: 'buttons' }, cancel, go));
  const dialog = h('dialog', { 'aria-labelledby': id, onclose: () => dialog.remove() }, form);

  async function submit(event) {
    event.preventDefault();
    const refused = field?.check() ?? '';
    if (refused) {
      wrong.textContent = refused;
      field.input.focus();
      return;
    }
    go.disabled = true;
    wrong.textContent = '';
    try {
      await run(field?.input.value);
      dialog.close();
    } catch (failure) {
      wrong.textContent = `Not done: ${failure.message}`;
      go.disabled = false;
      go.focus();
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  (field ? field.input : go).focus();
  field?.input.select();
  return dialog;
}

/** Shows something to read. */
export function show(title, ...content) {
  const id = `dialog-${++number}`;
  const dialog = h('dialog', { 'aria-labelledby': id, onclose: () => dialog.remove() },
    h('h2', { id }, title), ...content,
    h('p', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => dialog.close() }, 'Close')));
  document.body.append(dialog);
  dialog.showModal();
}

/** A field for a whole number. */
export function numberField(label, value, least, most) {
  const id = `field-${++number}`;
  const input = h('input', { id, type: 'text', inputmode: 'numeric', autocomplete: 'off', value });
  return {
    input,
    element: h('p', { class: 'field' }, h('label', { for: id }, label), input),
    check: () => (/^[0-9]{1,6}$/.test(input.value.trim()) && +input.value >= least && +input.value <= most
      ? '' : `Write a whole number, ${least} to ${most}.`),
  };
}
