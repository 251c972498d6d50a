import {
  detailState,
  detailTexts,
  toDetail,
  type DetailModel,
  type DetailState,
  type FromDetail,
  type HelpBlock,
  type ShownFix,
  type ShownStep,
} from '../protocol/detailPanel';
import { connect, onMessage } from './extensionHost';
import { button, element } from './dom';

/** The Finding Detail view. It renders what the extension host sends; its own state is the typed reason and the scroll position. */

const vscode = connect<FromDetail, DetailState>();
const main = document.getElementById('panel') ?? document.body;
const texts = detailTexts.parse(JSON.parse(main.dataset['texts'] ?? ''));
const reason = element('input', 'reason');
const expiry = element('select', 'expiry');
const stepCount = element('span', 'step-count');
let steps: HTMLButtonElement[] = [];
let model: DetailModel | undefined;
let current: number | undefined;

document.body.classList.add('detail');
stepCount.setAttribute('role', 'status');
reason.type = 'text';
reason.maxLength = 2000;
reason.placeholder = texts.reason;
reason.setAttribute('aria-label', texts.reason);
reason.addEventListener('input', saveState);
reason.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') addToBaseline();
});
expiry.setAttribute('aria-label', texts.expires);
expiry.append(...texts.expiry.map(({ days, text }) => new Option(text, days === null ? '' : String(days))));
expiry.addEventListener('change', saveState);
window.addEventListener('scroll', saveState, { passive: true });

function show(next: DetailModel | null): void {
  const isOther = next?.id !== model?.id;
  const focused = focusedKey();
  model = next ?? undefined;
  if (!next) {
    main.replaceChildren(element('h1', 'hidden', texts.title), element('p', 'empty', texts.empty));
    return;
  }
  if (isOther) {
    const saved = detailState.safeParse(vscode.getState()).data;
    reason.value = saved?.id === next.id ? saved.reason : '';
    expiry.value = saved?.id === next.id ? saved.days : '';
    current = undefined;
  }
  main.replaceChildren(
    head(next),
    ...section('', next.message === '' ? [] : [element('p', 'message', next.message), ...snippet(next.snippet)]),
    ...section(texts.flow, flow(next), next.flow.length > 1 ? [stepCount, ...stepButtons()] : []),
    ...section(texts.fix, next.fix ? fix(next.fix) : []),
    ...section(texts.suggestion, next.suggestion === '' ? [] : [element('p', 'suggestion', next.suggestion)]),
    ...section(texts.example, [...example(texts.bad, 'bad', next.bad), ...example(texts.good, 'good', next.good)]),
    ...section(texts.help, help(next.help)),
    ...section(texts.links, links(next)),
    ...section(texts.decide, decide(next)),
    actions(),
  );
  showStep(current);
  if (isOther) scrollTo(next.id);
  else main.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
}

/** Restores the scroll position for the finding that was shown last; another one starts at its top. */
function scrollTo(id: string): void {
  const saved = detailState.safeParse(vscode.getState()).data;
  window.scrollTo(0, saved?.id === id ? saved.top : 0);
  saveState();
}

function focusedKey(): string {
  const active = document.activeElement;
  return active instanceof HTMLElement ? (active.dataset['key'] ?? '') : '';
}

/** Marks a control, so that it keeps the focus when everything is rendered again. */
function keyed<T extends HTMLElement>(control: T, name: string): T {
  control.dataset['key'] = name;
  return control;
}

function head({ title, severity, facts, place, canOpen, here, notes }: DetailModel): HTMLElement {
  const header = element('header', `top ${severity}`);
  const list = element('p', 'facts');
  facts.forEach((fact, at) => list.append(at > 0 ? ' · ' : '', element('span', at === 0 ? 'severity' : '', fact)));
  const where = canOpen
    ? keyed(
        button(place, 'link place', () => vscode.postMessage({ type: 'open' })),
        'place',
      )
    : element('p', 'place', place);
  header.append(element('h1', 'heading', title), list, where);
  if (here) {
    const row = element('p', 'here');
    const which = texts.hereOf.replace('{0}', String(here.index + 1)).replace('{1}', String(here.count));
    row.append(
      element('span', '', which),
      arrow(texts.previousHere, 'previousHere', '↑'),
      arrow(texts.nextHere, 'nextHere', '↓'),
    );
    header.append(row);
  }
  for (const note of notes) {
    const row = element('p', 'note', note);
    row.setAttribute('role', 'note');
    header.append(row);
  }
  return header;
}

/** A section with a heading; none if it has no content. */
function section(title: string, content: readonly HTMLElement[], beside: readonly HTMLElement[] = []): HTMLElement[] {
  if (content.length === 0) return [];
  const part = element('section', 'part');
  if (title !== '') {
    const bar = element('div', 'bar-line');
    bar.append(element('h2', 'section', title), ...beside);
    part.append(bar);
  }
  part.append(...content);
  return [part];
}

function snippet(code: string): HTMLElement[] {
  return code === '' ? [] : [element('pre', 'code', code)];
}

function flow({ flow: all, flowNote, canOpen }: DetailModel): HTMLElement[] {
  steps = [];
  if (all.length === 0) return [];
  const list = element('ol', 'flow');
  list.append(...all.map((step, at) => stepRow(step, at, canOpen)));
  return [list, ...(flowNote === '' ? [] : [element('p', 'dim', flowNote)])];
}

function stepRow({ role, roleText, place, message, code }: ShownStep, at: number, canOpen: boolean): HTMLElement {
  const row = element('li', `step-row ${role}`);
  const go = keyed(
    button('', 'step-button', () => vscode.postMessage({ type: 'step', index: at })),
    `step ${at}`,
  );
  go.disabled = !canOpen;
  go.addEventListener('keydown', onStepKey);
  const number = element('span', 'number', String(at + 1));
  const text = element('span', 'step-text');
  const line = element('span', 'step-head');
  line.append(element('span', 'role', roleText), ' ', element('bdi', 'step-place', place));
  text.append(line);
  if (message !== '') text.append(element('bdi', 'step-message', message));
  if (code !== '') text.append(element('code', 'step-code', code));
  go.append(number, text);
  row.append(go);
  steps.push(go);
  return row;
}

/** The arrow keys move through the steps, along with the focus. */
function onStepKey(event: KeyboardEvent): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || steps.length === 0) return;
  event.preventDefault();
  const at = steps.findIndex((step) => step === document.activeElement);
  const next = Math.min(steps.length - 1, Math.max(0, at + by));
  steps[next]?.focus();
  vscode.postMessage({ type: 'step', index: next });
}

function stepButtons(): HTMLElement[] {
  return [arrow(texts.previousStep, 'previousStep', '↑'), arrow(texts.nextStep, 'nextStep', '↓')];
}

function arrow(
  text: string,
  type: 'nextStep' | 'previousStep' | 'nextHere' | 'previousHere',
  sign: string,
): HTMLButtonElement {
  const one = keyed(
    button(sign, 'secondary icon', () => vscode.postMessage({ type })),
    type,
  );
  one.title = text;
  one.setAttribute('aria-label', text);
  one.disabled = model?.canOpen === false;
  return one;
}

function showStep(index: number | undefined): void {
  current = index;
  stepCount.textContent =
    index === undefined || steps.length === 0
      ? ''
      : texts.stepOf.replace('{0}', String(index + 1)).replace('{1}', String(steps.length));
  for (const [at, step] of steps.entries()) {
    if (at === index) step.setAttribute('aria-current', 'step');
    else step.removeAttribute('aria-current');
  }
  if (index !== undefined) steps[index]?.scrollIntoView({ block: 'nearest' });
}

function fix({ title, files, canApply, note }: ShownFix): HTMLElement[] {
  const parts: HTMLElement[] = [element('p', 'fix-title', title)];
  for (const { path, rows } of files) {
    if (files.length > 1) parts.push(element('p', 'fix-file', path));
    const diff = element('div', 'diff code');
    diff.append(
      ...rows.map(({ kind, text }) => {
        const tag = kind === 'added' ? 'ins' : kind === 'removed' ? 'del' : 'span';
        const row = element(tag, `row ${kind}`);
        const sign = element('span', 'sign', kind === 'added' ? '+' : kind === 'removed' ? '-' : ' ');
        sign.setAttribute('aria-hidden', 'true');
        if (kind !== 'same')
          row.append(element('span', 'hidden', `${kind === 'added' ? texts.added : texts.removed}: `));
        row.append(sign, element('bdi', 'text', text));
        return row;
      }),
    );
    parts.push(diff);
  }
  if (note !== '') parts.push(element('p', 'dim', note));
  if (canApply) {
    const apply = keyed(
      button(texts.apply, 'primary', () => vscode.postMessage({ type: 'apply' })),
      'apply',
    );
    const row = element('div', 'actions');
    row.append(apply);
    parts.push(row);
  }
  return parts;
}

function example(title: string, className: string, code: string): HTMLElement[] {
  return code === '' ? [] : [element('h3', className, title), element('pre', 'code', code)];
}

/** The tool's description of the rule, as text and links: nothing in it is markup. */
function help(blocks: readonly HelpBlock[]): HTMLElement[] {
  const made: HTMLElement[] = [];
  let list: HTMLElement | undefined;
  for (const { kind, parts } of blocks) {
    if (kind !== 'item') list = undefined;
    if (kind === 'code') {
      made.push(element('pre', 'code', parts.map(({ text }) => text).join('')));
      continue;
    }
    const block = element(kind === 'heading' ? 'h3' : kind === 'item' ? 'li' : 'p', '');
    for (const { text, code, url } of parts) {
      const part = element(url !== undefined ? 'a' : code === true ? 'code' : 'bdi', '', text);
      if (url !== undefined) part.setAttribute('href', url);
      block.append(part);
    }
    if (kind !== 'item') made.push(block);
    else {
      if (!list) made.push((list = element('ul', 'links')));
      list.append(block);
    }
  }
  return made;
}

function links({ links: all }: DetailModel): HTMLElement[] {
  if (all.length === 0) return [];
  const list = element('ul', 'links');
  list.append(
    ...all.map(({ text, url }) => {
      const row = element('li', '');
      const link = element('a', '', text);
      link.href = url;
      row.append(link);
      return row;
    }),
  );
  return [list];
}

function decide({ can }: DetailModel): HTMLElement[] {
  const row = element('div', 'actions');
  type Decision =
    | 'ignoreHere'
    | 'ignoreInFile'
    | 'ignoreInFolder'
    | 'ignoreRule'
    | 'turnOffRule'
    | 'restore'
    | 'explainDecision';
  const add = (text: string, type: Decision) =>
    row.append(
      keyed(
        button(text, 'secondary', () => vscode.postMessage({ type })),
        type,
      ),
    );
  const parts: HTMLElement[] = [];
  if (can.baseline) {
    const line = element('div', 'reason-row');
    line.append(
      keyed(reason, 'reason'),
      keyed(expiry, 'expiry'),
      keyed(button(texts.baseline, 'secondary', addToBaseline), 'baseline'),
    );
    parts.push(line);
  }
  if (can.ignoreHere) add(texts.ignoreHere, 'ignoreHere');
  if (can.ignoreRule) add(texts.ignoreInFile, 'ignoreInFile');
  if (can.ignoreInFolder) add(texts.ignoreInFolder, 'ignoreInFolder');
  if (can.ignoreRule) add(texts.ignoreRule, 'ignoreRule');
  if (can.ignoreRule) add(texts.turnOffRule, 'turnOffRule');
  if (can.restore) add(texts.restore, 'restore');
  if (can.explainDecision) add(texts.explainDecision, 'explainDecision');
  return row.childElementCount > 0 ? [...parts, row] : parts;
}

function actions(): HTMLElement {
  const row = element('div', 'actions');
  for (const [text, type] of [
    [texts.explain, 'explain'],
    [texts.copy, 'copy'],
  ] as const)
    row.append(
      keyed(
        button(text, 'secondary', () => vscode.postMessage({ type })),
        type,
      ),
    );
  return row;
}

function addToBaseline(): void {
  const days = expiry.value === '' ? null : Number(expiry.value);
  vscode.postMessage({ type: 'baseline', reason: reason.value.trim(), days });
}

function saveState(): void {
  if (model) vscode.setState({ id: model.id, reason: reason.value, days: expiry.value, top: window.scrollY });
}

onMessage(toDetail, (message) => {
  if (message.type === 'model') show(message.model);
  else showStep(message.index ?? undefined);
});
show(null);
vscode.postMessage({ type: 'ready' });
