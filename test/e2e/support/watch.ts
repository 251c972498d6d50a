import type { Frame, Page } from 'playwright-core';

/** A text that was shown from this moment on. */
export interface Shown {
  /** By the clock of this machine (`Date.now()`), in milliseconds. */
  at: number;
  text: string;
}

/**
 * Has a page record each text that an element shows, with its time, so that texts that are only shown for milliseconds are not missed, and
 * two pages can be compared.
 * @param selector the first matching element is watched, even if it appears later
 */
export async function watchText(page: Page | Frame, selector: string): Promise<void> {
  await page.evaluate((wanted) => {
    const shown: { at: number; text: string }[] = [];
    Object.assign(window, { [`shown ${wanted}`]: shown });
    const look = () => {
      const text = document.querySelector(wanted)?.textContent;
      if (text !== undefined && text !== shown.at(-1)?.text) shown.push({ at: Date.now(), text });
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
  }, selector);
}

/** What {@link watchText} has recorded, oldest first. */
export function shownTexts(page: Page | Frame, selector: string): Promise<Shown[]> {
  return page.evaluate(
    (wanted) => (window as unknown as Record<string, { at: number; text: string }[]>)[`shown ${wanted}`] ?? [],
    selector,
  );
}
