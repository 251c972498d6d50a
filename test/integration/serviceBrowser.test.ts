import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { browserArguments } from '../support/browser.mjs';
import { findChromium } from '../support/setup.mjs';
import { gated } from './support/analyzers';
import { startService, until } from './support/service';
import { patience } from '../support/patience.mjs';

describe('a web page that watches a job', function () {
  this.timeout(patience(60_000));

  it('sees it end through the browser’s EventSource, if its origin is allowed', async () => {
    const page = createServer((_, response) =>
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>dashboard</title>'),
    );
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const gate = gated();
    const tree = { 'a.js': '' };
    const open = await startService({ analyzers: [gate.analyzer], tree, allowOrigins: [origin] });
    const shut = await startService({ analyzers: [gate.analyzer], tree });
    const executablePath = findChromium();
    const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: browserArguments });
    try {
      const tab = await browser.newPage();
      await tab.goto(origin);
      const follow = (url: string) =>
        tab.evaluate(
          (address) =>
            new Promise<string[]>((resolve) => {
              const seen: string[] = [];
              const source = new EventSource(address);
              const end = () => {
                source.close();
                resolve(seen);
              };
              source.onerror = () => {
                seen.push('error');
                end();
              };
              source.onmessage = (event) => {
                const { status } = JSON.parse(event.data as string) as { status: string };
                seen.push(status);
                if (status === 'completed') end();
              };
            }),
          url,
        );
      const id = await open.submit({ path: open.root });
      const seen = follow(`${open.url}/events/${id}`);
      await until(() => gate.runs.length > 0);
      gate.open();
      assert.equal((await seen).at(-1), 'completed');
      const other = await shut.submit({ path: shut.root });
      assert.deepEqual(await follow(`${shut.url}/events/${other}`), ['error']);
    } finally {
      await browser.close();
      await open.close();
      await shut.close();
      page.close();
    }
  });
});
