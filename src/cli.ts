#!/usr/bin/env node
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { keepCompiledCode } from './base/compiledCode';

/**
 * How much bytecode a function runs, in bytes, before V8 optimizes it: fifteen times as much as by default, where a scan of ten seconds spends a quarter
 * of its CPU time on optimizing functions that it hardly uses again.
 */
const interruptBudget = 1_000_000;

/** The commands that use most of the program. What a shorter one leaves would make them compile the rest again each time. */
const working = ['scan', 'serve'];

// Before any code is compiled, since compiled code belongs to the flags that it was compiled with.
setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
keepCompiledCode(__dirname, working.includes(process.argv[2] ?? ''));
createRequire(__filename)(join(__dirname, 'main.js'));
