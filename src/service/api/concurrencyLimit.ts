/** Limits how much work runs at a time, in total and per caller; the rest waits in order. */
export class ConcurrencyLimit {
  readonly #running = new Map<string, number>();
  readonly #waiting: { readonly caller: string; readonly begin: () => void }[] = [];
  #all = 0;

  /** @param most at a time @param mostEach of one caller */
  constructor(
    private readonly most: number,
    private readonly mostEach: number,
  ) {}

  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    if (this.#hasRoom(caller)) this.#take(caller);
    else await new Promise<void>((begin) => this.#waiting.push({ caller, begin }));
    try {
      return await work();
    } finally {
      this.#leave(caller);
    }
  }

  #hasRoom(caller: string): boolean {
    return this.#all < this.most && (this.#running.get(caller) ?? 0) < this.mostEach;
  }

  #take(caller: string): void {
    this.#all += 1;
    this.#running.set(caller, (this.#running.get(caller) ?? 0) + 1);
  }

  #leave(caller: string): void {
    this.#all -= 1;
    const left = (this.#running.get(caller) ?? 1) - 1;
    if (left === 0) this.#running.delete(caller);
    else this.#running.set(caller, left);
    const next = this.#waiting.findIndex((one) => this.#hasRoom(one.caller));
    const [first] = next < 0 ? [] : this.#waiting.splice(next, 1);
    if (!first) return;
    // In its place, before anyone else comes.
    this.#take(first.caller);
    first.begin();
  }
}
