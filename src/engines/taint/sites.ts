import type { Node } from './tree';
import type { FlowStep } from './flowSteps';
import { bits, type Defect, type Value } from './value';

/** A sink, and the worst of all values that reach it. */
export interface Site {
  /** UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  readonly defect: Defect;
  readonly state: 'bad' | 'unknown' | 'good';
  /** The last step of the flow to it; undefined for a call that is bad on its own. */
  readonly flow?: FlowStep;
}

const worse = { good: 0, unknown: 1, bad: 2 };

/** Defects that a composed string can cause; the others depend only on the call. */
const byText: readonly Defect[] = [
  'code',
  'command',
  'ldap',
  'path',
  'redirect',
  'sql',
  'ssrf',
  'trust',
  'xpath',
  'xss',
];

/** Collects what an analysis of a file finds. */
export class Sites {
  readonly #sites = new Map<string, Site>();
  readonly #texts = new Map<number, number>();
  readonly #arguments = new Map<number, number>();

  /** What was collected, in a form that takes little memory. */
  result(): FileSites {
    return new FileSites([...this.#sites.values()], packed(this.#texts), packed(this.#arguments));
  }

  /** Records a value that reaches a sink. */
  addValue(node: Node, defect: Defect, value: Value): void {
    const bit = bits[defect];
    const state = (value.tainted & bit) !== 0 ? 'bad' : (value.unknown & bit) !== 0 ? 'unknown' : 'good';
    const flows = state === 'bad' ? value.flows : undefined;
    this.addState(node, defect, state, (flows?.find(({ mask }) => (mask & bit) !== 0) ?? flows?.[0])?.last);
  }

  /** Records whether a sink is a defect. */
  addState({ from, to }: Node, defect: Defect, state: Site['state'], flow?: FlowStep): void {
    const key = `${from} ${to} ${defect}`;
    const known = this.#sites.get(key);
    if (!known || worse[state] > worse[known.state])
      this.#sites.set(key, { from, to, defect, state, ...(flow && { flow }) });
  }

  /** Records a composed string, or a returned value. */
  addText(node: Node, value: Value): void {
    note(this.#texts, node, value);
  }

  /** Records an argument of a call. */
  addArgument(node: Node, value: Value): void {
    note(this.#arguments, node, value);
  }
}

/** The results of analyzing a file. */
export class FileSites {
  /** @param texts composed strings and returned values, and @param given arguments of calls: offsets, each followed by the defects it can cause, as bits */
  constructor(
    private readonly sites: readonly Site[],
    private readonly texts: Int32Array,
    private readonly given: Int32Array,
  ) {}

  get bad(): Site[] {
    return this.sites.filter((site) => site.state === 'bad');
  }

  /** Whether a range of offsets is free from a defect: every value in it is known and harmless. */
  isHarmless(from: number, to: number, defect: Defect): boolean {
    const sites = this.sites.filter((site) => site.defect === defect && site.from < to && site.to > from);
    if (sites.length > 0) return sites.every(({ state }) => state === 'good');
    if (!byText.includes(defect)) return false;
    const texts = masksIn(this.texts, from, to);
    return (
      texts.length > 0 && [...texts, ...masksIn(this.given, from, to)].every((mask) => (mask & bits[defect]) === 0)
    );
  }
}

function packed(noted: ReadonlyMap<number, number>): Int32Array {
  return Int32Array.from([...noted].flat());
}

function masksIn(packed: Int32Array, from: number, to: number): number[] {
  const masks: number[] = [];
  for (let at = 0; at < packed.length; at += 2) {
    const offset = packed[at] ?? 0;
    if (offset >= from && offset < to) masks.push(packed[at + 1] ?? 0);
  }
  return masks;
}

function note(noted: Map<number, number>, node: Node, value: Value): void {
  noted.set(node.from, value.tainted | value.unknown | (noted.get(node.from) ?? 0));
}
