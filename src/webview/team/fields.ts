import { element } from '../dom';

/** Time after the last key before a search starts, in ms. */
const pauseMs = 250;

/** A field whose text starts a search when the typing pauses. */
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

/** @param all the choice that filters nothing */
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
