import type { VsCode } from './vscode';
import { waitFor } from './wait';

const sideBarWidth = 300;

/** Makes the side bar as wide as most people have it. */
export async function narrow({ page }: VsCode): Promise<void> {
  const bar = page.locator('.part.sidebar');
  await waitFor('the side bar to be 300 px wide', async () => {
    const box = await bar.boundingBox();
    if (!box) return false;
    if (Math.abs(box.width - sideBarWidth) <= 1) return true;
    const [edge, middle] = [box.x + box.width, box.y + box.height / 2];
    await page.mouse.move(edge, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + sideBarWidth, middle, { steps: 5 });
    await page.mouse.up();
    return false;
  });
}
