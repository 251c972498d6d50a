import type { Range } from '../ir/ir';
import { bitsOf, type Bits, type Defect } from '../models/defects';
import { openOf } from './facts';
import type { Taint, Value } from './value';

/** A place where data can do harm. */
export interface Site extends Range {
  readonly file: string;
  readonly defect: Defect;
  /** The untrusted data that reaches it, if any. */
  readonly taint: Taint | undefined;
  /** Whether it is a defect regardless of the data. */
  readonly isMisuse: boolean;
  /** Whether part of what reaches it is unknown. */
  readonly isUnknown: boolean;
}

/** The sinks that were reached. */
export class Sites {
  readonly #byPlace = new Map<string, Site>();
  readonly #fresh = new Set<string>();
  /** How often something new was found. */
  changes = 0;

  add(
    file: string,
    { from, to }: Range,
    defect: Defect,
    taint: Taint | undefined,
    unknown: number,
    misused = false,
  ): void {
    const key = `${from}:${to}:${defect}:${file}`;
    const old = this.#byPlace.get(key);
    const isUnknown = (unknown & bitsOf(defect)) !== 0 || old?.isUnknown === true;
    const isBetter = taint !== undefined && (old?.taint === undefined || taint.confidence > old.taint.confidence);
    const isMisuse = misused || old?.isMisuse === true;
    if (old && !isBetter && isUnknown === old.isUnknown && isMisuse === old.isMisuse) return;
    this.#byPlace.set(key, { file, from, to, defect, taint: isBetter ? taint : old?.taint, isMisuse, isUnknown });
    this.#fresh.add(key);
    this.changes++;
  }

  /** Also records what is known about texts and arguments, for {@link areTextsHarmless}. */
  keepTexts(): void {
    this.#texts = new Map();
  }
  #texts:
    | Map<string, { readonly file: string; readonly from: number; readonly isText: boolean; bits: Bits }>
    | undefined;

  /** Records a composed text, or an argument. */
  note(file: string, { from }: Range, value: Value, isText: boolean): void {
    if (!this.#texts) return;
    const key = `${from} ${isText} ${file}`;
    const known = this.#texts.get(key);
    const bits = openOf(value);
    if (known && (bits & ~known.bits) === 0) return;
    this.changes++;
    if (known) known.bits |= bits;
    else this.#texts.set(key, { file, from, isText, bits });
  }

  /** Whether texts are composed there, and everything in them and in arguments is known and cannot cause a defect. */
  areTextsHarmless(file: string, from: number, to: number, bits: Bits): boolean {
    const there = [...(this.#texts?.values() ?? [])].filter(
      (one) => one.file === file && one.from >= from && one.from < to,
    );
    return there.some(({ isText }) => isText) && there.every((one) => (one.bits & bits) === 0);
  }

  /** The sites that are new or changed since the last call. */
  take(): Site[] {
    const sites = [...this.#fresh].flatMap((key) => this.#byPlace.get(key) ?? []);
    this.#fresh.clear();
    return sites;
  }

  /** All sites of a file. */
  of(file: string): readonly Site[] {
    return [...this.#byPlace.values()].filter((site) => site.file === file);
  }
}
