import * as z from 'zod';

// Imported before everything else, since schemas check this when they are created: zod compiles them to code from strings, which the page's
// policy forbids.
z.config({ jitless: true });
