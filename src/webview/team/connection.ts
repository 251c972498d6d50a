import { button, element, setText } from '../dom';

export type ConnectionState = 'live' | 'polling' | 'lost';

/** Shows how current the page is: a word in the header and, while the service cannot be reached, a line that explains it. */
export class Connection {
  readonly badge = element('span', 'connection');
  readonly notice = element('div', 'note lost');
  readonly #text = element('span', '');
  readonly #retries = new Set<() => void>();

  constructor() {
    this.badge.setAttribute('role', 'status');
    this.notice.setAttribute('role', 'status');
    this.notice.append(
      this.#text,
      button('Try Now', 'secondary', () => this.retryNow()),
    );
    window.addEventListener('online', () => this.retryNow());
    this.show('live');
  }

  /** @param reason why the service cannot be reached, as a sentence */
  show(state: ConnectionState, reason = ''): void {
    this.badge.dataset['state'] = state;
    setText(this.badge, { live: 'Live', polling: 'Polling', lost: 'Reconnecting…' }[state]);
    this.notice.hidden = state !== 'lost';
    if (state === 'lost') setText(this.#text, `${reason} Trying again. What you see may be out of date.`);
  }

  /** Adds an action to run as soon as the network is back, or the user asks for it. @returns a function that removes it */
  onRetry(retry: () => void): () => void {
    this.#retries.add(retry);
    return () => this.#retries.delete(retry);
  }

  retryNow(): void {
    for (const retry of [...this.#retries]) retry();
  }
}
