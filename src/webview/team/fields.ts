import { element } from '../dom';

/** Delay between the last key and the start of a search, in ms. */
const pauseMs = 250;

/** A field that starts a search when the user stops typing. */
export function searchField(label: string, onChange: () => void): HTMLInputElement {
  const field = element('input', 'search');
  field.type = 'search';
  field.placeholder = label;
  field.maxLength = 200;
  field.spellcheck = false;
  field.setAttribute('aria-label', label);
  let pause: ReturnType<typeof setTimeout> | undefined;
  field.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(onChange, pauseMs);
  });
  return field;
}

/** @param all the choice that disables the filter */
export function selectOf(
  label: string,
  all: string,
  choices: readonly (readonly [string, string])[],
  onChange: () => void,
): HTMLSelectElement {
  const select = element('select', 'level');
  select.setAttribute('aria-label', label);
  select.append(new Option(all, ''), ...choices.map(([value, text]) => new Option(text, value)));
  select.addEventListener('change', onChange);
  return select;
}
