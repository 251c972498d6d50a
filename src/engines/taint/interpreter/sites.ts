import type { Range } from '../ir/ir';
import { bitsOf, type Defect } from '../models/defects';
import type { Taint } from './value';

/** A place where data can do harm. */
export interface Site extends Range {
  readonly file: string;
  readonly defect: Defect;
  /** The data from outside that reaches it, if any. */
  readonly taint: Taint | undefined;
  /** Whether nothing is known of a part of what reaches it. */
  readonly isUnknown: boolean;
}

/** The sinks that were reached. */
export class Sites {
  readonly #byPlace = new Map<string, Site>();
  readonly #fresh = new Set<string>();

  add(file: string, { from, to }: Range, defect: Defect, taint: Taint | undefined, unknown: number): void {
    const key = `${from}:${to}:${defect}:${file}`;
    const old = this.#byPlace.get(key);
    const isUnknown = (unknown & bitsOf(defect)) !== 0 || old?.isUnknown === true;
    const isBetter = taint !== undefined && (old?.taint === undefined || taint.confidence > old.taint.confidence);
    if (old && !isBetter && isUnknown === old.isUnknown) return;
    this.#byPlace.set(key, { file, from, to, defect, taint: isBetter ? taint : old?.taint, isUnknown });
    this.#fresh.add(key);
  }

  /** The sites that are new or changed since the last call. */
  take(): Site[] {
    const sites = [...this.#fresh].flatMap((key) => this.#byPlace.get(key) ?? []);
    this.#fresh.clear();
    return sites;
  }

  /** All sites of a file. */
  of(file: string): Site[] {
    return [...this.#byPlace.values()].filter((site) => site.file === file);
  }
}
