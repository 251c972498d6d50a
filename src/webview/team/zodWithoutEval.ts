import * as z from 'zod';

// Imported before all else, since schemas look when they are made: zod compiles them to code that is made of text, which the page's policy forbids.
z.config({ jitless: true });
