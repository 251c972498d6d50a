#!/usr/bin/env node
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { keepCompiledCode } from './base/compiledCode';

/**
 * How long a function runs before V8 optimizes it, by V8's major version (Node 20; 22 and 24; VS Code's Electron): fifteen times the
 * default, because a ten-second scan otherwise spends a quarter of its CPU time optimizing functions that it hardly uses again. V8 reports
 * unknown flags on stderr.
 */
const lateOptimization: Readonly<Partial<Record<string, string>>> = {
  11: '--interrupt-budget=1000000',
  12: '--invocation-count-for-turbofan=45000',
  13: '--invocation-count-for-turbofan=45000',
};

/** The commands that use most of the program. If a shorter one wrote the cache, these would have to compile the rest each time. */
const cachingCommands = ['scan', 'serve'];

// Before any code is compiled, since compiled code is tied to the flags that it was compiled with.
const flag = lateOptimization[process.versions.v8.split('.')[0] ?? ''];
if (flag !== undefined) setFlagsFromString(flag);
keepCompiledCode(__dirname, cachingCommands.includes(process.argv[2] ?? ''));
createRequire(__filename)(join(__dirname, 'main.js'));
