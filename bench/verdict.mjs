/** Prints what a bench measures, each beside its goal, and has the process exit with 1 when one was missed. */
export class Verdict {
  #missed = 0;

  /**
   * @param {string} name
   * @param {number | undefined} value undefined: it could not be measured, which misses every goal
   * @param {{goal?: number, unit?: string, notes?: readonly (string | undefined)[]}} options `goal`: the most that the value may be; `notes`: what is said after it, such as a peer's value
   */
  line(name, value, { goal, unit = 'ms', notes = [] } = {}) {
    const said = value === undefined ? 'not measured' : `${text(value)} ${unit}`;
    const isMet = goal === undefined || (value !== undefined && value <= goal);
    if (!isMet) this.#missed += 1;
    const aim = goal === undefined ? '' : `goal ${text(goal)} ${unit}: ${isMet ? 'OK' : 'NOT OK'}`;
    const rest = notes.filter(Boolean).join('; ');
    console.log(`${name.padEnd(58)} ${said.padEnd(13)} ${aim.padEnd(22)} ${rest}`.trimEnd());
  }

  end() {
    console.log(this.#missed === 0 ? '\nAll goals are met.' : `\nGoals missed: ${this.#missed}.`);
    if (this.#missed > 0) process.exitCode = 1;
  }
}

/** The value below which a share of the values is; undefined if there are none. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

function text(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 1 : 0);
}
